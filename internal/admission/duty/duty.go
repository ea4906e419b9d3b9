// Package duty says what the network is for, whose work what is by the duty lists, and which data the city already holds.
//
// A Catalog is data and never changes; the Service holds the city's current one
// and changes it.
package duty

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"bilin/internal/i18n"
)

// The three duty lists.
const (
	Own       = "own"        // the department's own work
	Assist    = "assist"     // the network helps, the department answers for it
	TakenBack = "taken_back" // back with the department; can't be asked of the network
)

// Lists names them in their order.
func Lists() []string { return []string{Own, Assist, TakenBack} }

// Function is something the network is for; the roots are categories of them.
type Function struct {
	ID, ParentID string // ParentID "" for a category
	Code         string // short ASCII name for files and interfaces, never changed
	Name, NameEN string
	Retired      bool // no new matter gets it; old ones keep it
	Sort         int
	Version      int
}

// In returns the name in a language.
func (f Function) In(locale string) string { return inLocale(locale, f.Name, f.NameEN) }

// Duty is an item of a department's duty lists.
type Duty struct {
	ID, Code     string // Code is as the city's lists number it, such as "MZ-03"
	DepartmentID string
	List         string // Own, Assist or TakenBack
	Title        string
	Basis        string // the law or rule it stands on
	FunctionID   string // "" where it is part of none
	Retired      bool   // no longer on the list
	Version      int
}

// Field is a kind of data that the city already holds.
type Field struct {
	ID, Code     string
	Name, NameEN string
	DepartmentID string   // who holds it; "" if not said
	Place        string   // where: a register, a system
	Words        []string // words in a text that mean this data
	Retired      bool
	Version      int
}

// In returns the name in a language.
func (f Field) In(locale string) string { return inLocale(locale, f.Name, f.NameEN) }

func inLocale(locale, zh, en string) string {
	if locale == i18n.EN && en != "" {
		return en
	}
	return zh
}

// Catalog is the city's functions, duty lists and data at one moment. It may be
// used by several goroutines; slices it returns belong to it.
type Catalog struct {
	functions map[string]Function
	children  map[string][]Function // those in use, by parent; "" has the categories
	codes     map[string]string     // ids of functions by code

	all          []Duty // every item, by code
	duties       map[string]Duty
	dutyCodes    map[string]string
	byDepartment map[string][]Duty // those in use; "" has all

	fields     []Field // all of them, by code
	used       []Field // those in use
	fieldIDs   map[string]Field
	fieldCodes map[string]string
}

// New makes a catalogue. Codes are unique, functions have a category, and
// categories none above.
func New(functions []Function, duties []Duty, fields []Field) (*Catalog, error) {
	c := &Catalog{
		functions: map[string]Function{}, children: map[string][]Function{}, codes: map[string]string{},
		duties: map[string]Duty{}, dutyCodes: map[string]string{}, byDepartment: map[string][]Duty{},
		fieldIDs: map[string]Field{}, fieldCodes: map[string]string{},
	}
	if err := c.addFunctions(functions); err != nil {
		return nil, err
	}
	if err := c.addDuties(duties); err != nil {
		return nil, err
	}
	return c, c.addFields(fields)
}

func (c *Catalog) addFunctions(functions []Function) error {
	for _, f := range functions {
		if _, taken := c.codes[f.Code]; taken || f.ID == "" {
			return fmt.Errorf("duty: function %q: code %q is taken or there is no id", f.ID, f.Code)
		}
		c.functions[f.ID], c.codes[f.Code] = f, f.ID
	}
	for _, f := range functions {
		if parent, ok := c.functions[f.ParentID]; f.ParentID != "" && (!ok || parent.ParentID != "") {
			return fmt.Errorf("duty: function %q: %q is no category", f.ID, f.ParentID)
		}
		if !f.Retired {
			c.children[f.ParentID] = append(c.children[f.ParentID], f)
		}
	}
	for _, list := range c.children {
		slices.SortFunc(list, byPlace)
	}
	return nil
}

func byPlace(a, b Function) int {
	return cmp.Or(cmp.Compare(a.Sort, b.Sort), strings.Compare(a.Code, b.Code))
}

func (c *Catalog) addDuties(duties []Duty) error {
	duties = slices.SortedFunc(slices.Values(duties), func(a, b Duty) int { return strings.Compare(a.Code, b.Code) })
	c.all = duties
	for _, d := range duties {
		if _, taken := c.dutyCodes[d.Code]; taken || d.ID == "" {
			return fmt.Errorf("duty: item %q: code %q is taken or there is no id", d.ID, d.Code)
		}
		c.duties[d.ID], c.dutyCodes[d.Code] = d, d.ID
		if !d.Retired {
			c.byDepartment[d.DepartmentID] = append(c.byDepartment[d.DepartmentID], d)
			c.byDepartment[""] = append(c.byDepartment[""], d)
		}
	}
	return nil
}

func (c *Catalog) addFields(fields []Field) error {
	c.fields = slices.SortedFunc(slices.Values(fields), func(a, b Field) int { return strings.Compare(a.Code, b.Code) })
	for _, f := range c.fields {
		if _, taken := c.fieldCodes[f.Code]; taken || f.ID == "" {
			return fmt.Errorf("duty: data %q: code %q is taken or there is no id", f.ID, f.Code)
		}
		c.fieldIDs[f.ID], c.fieldCodes[f.Code] = f, f.ID
		if !f.Retired {
			c.used = append(c.used, f)
		}
	}
	return nil
}

// Functions returns the categories in use, in their order.
func (c *Catalog) Functions() []Function { return c.children[""] }

// Children returns the functions in use of a category, in their order.
func (c *Catalog) Children(id string) []Function {
	if id == "" {
		return nil
	}
	return c.children[id]
}

// Function returns a function or category, a retired one too.
func (c *Catalog) Function(id string) (Function, bool) {
	f, ok := c.functions[id]
	return f, ok
}

// FunctionByCode is Function by code.
func (c *Catalog) FunctionByCode(code string) (Function, bool) { return c.Function(c.codes[code]) }

// AllFunctions returns every one, retired ones too: the categories in order,
// each followed by what is in it.
func (c *Catalog) AllFunctions() []Function {
	all := make([]Function, 0, len(c.functions))
	for _, f := range c.functions {
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b Function) int {
		x, y := c.category(a), c.category(b)
		return cmp.Or(byPlace(x, y), strings.Compare(a.ParentID, b.ParentID), byPlace(a, b))
	})
	return all
}

func (c *Catalog) category(f Function) Function {
	if f.ParentID == "" {
		return f
	}
	return c.functions[f.ParentID]
}

// Usable reports whether a new matter may get the function: it is no category,
// and neither it nor its category is retired.
func (c *Catalog) Usable(id string) bool {
	f, ok := c.functions[id]
	return ok && f.ParentID != "" && !f.Retired && !c.category(f).Retired
}

// Path names a function with its category, such as "联系服务群众 · 上门看望".
// It is "" for one nobody knows.
func (c *Catalog) Path(id, locale string) string {
	f, ok := c.functions[id]
	if !ok {
		return ""
	}
	if parent, ok := c.functions[f.ParentID]; ok {
		return parent.In(locale) + " · " + f.In(locale)
	}
	return f.In(locale)
}

// Duties returns what is on a department's lists, by code; "" is every department.
func (c *Catalog) Duties(departmentID string) []Duty { return c.byDepartment[departmentID] }

// Duty returns an item, a retired one too.
func (c *Catalog) Duty(id string) (Duty, bool) {
	d, ok := c.duties[id]
	return d, ok
}

// DutyByCode is Duty by code.
func (c *Catalog) DutyByCode(code string) (Duty, bool) { return c.Duty(c.dutyCodes[code]) }

// Fields returns the data in use, by code.
func (c *Catalog) Fields() []Field { return c.used }

// AllFields returns retired ones too.
func (c *Catalog) AllFields() []Field { return c.fields }

// Field returns a kind of data, a retired one too.
func (c *Catalog) Field(id string) (Field, bool) {
	f, ok := c.fieldIDs[id]
	return f, ok
}

// FieldByCode is Field by code.
func (c *Catalog) FieldByCode(code string) (Field, bool) { return c.Field(c.fieldCodes[code]) }

// FieldsIn returns the data that a text speaks of: whose name or one of whose
// words is in it.
func (c *Catalog) FieldsIn(text string) []Field {
	text = strings.ToLower(text)
	var out []Field
	for _, f := range c.used {
		named := strings.Contains(text, strings.ToLower(f.Name))
		if named || slices.ContainsFunc(f.Words, func(w string) bool { return strings.Contains(text, strings.ToLower(w)) }) {
			out = append(out, f)
		}
	}
	return out
}

// AllDuties returns every item, retired ones too, by code.
func (c *Catalog) AllDuties() []Duty { return c.all }
