// Package catalog says what demands are about, how long each level may take over them, and which words officials keep for their answers.
//
// A Catalog is data and never changes; the Service holds the city's current one
// and changes it.
package catalog

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"bilin/internal/i18n"
)

// WorkingDay is the working time that a limit counts as one day, 7 hours as in
// workday.DefaultHours.
const WorkingDay = 7 * time.Hour

// The shortest and the longest limit, in working time.
const (
	MinLimit = 15 * time.Minute
	MaxLimit = 60 * WorkingDay
)

// Rung is how high a demand has climbed.
type Rung int

// The rungs, from below.
const (
	Cell Rung = iota + 1
	Group
	Village
	Town
	Department
	Office // the city office
)

var rungs = [...]string{"", "cell", "group", "village", "town", "department", "office"}

// Rungs lists them from below.
func Rungs() []Rung { return []Rung{Cell, Group, Village, Town, Department, Office} }

// String returns the rung's name in code; its message key is "catalog.rung." and this.
func (r Rung) String() string {
	if !r.valid() {
		return ""
	}
	return rungs[r]
}

func (r Rung) valid() bool { return r >= Cell && r <= Office }

// Urgency is how soon something must be done.
type Urgency int

// The urgencies.
const (
	Normal Urgency = iota
	Urgent
	Critical // somebody may come to harm
)

var urgencies = [...]string{"normal", "urgent", "critical"}

// Urgencies lists them, the ordinary one first.
func Urgencies() []Urgency { return []Urgency{Normal, Urgent, Critical} }

// String returns the urgency's name in code; its message key is "catalog.urgency." and this.
func (u Urgency) String() string {
	if !u.valid() {
		return ""
	}
	return urgencies[u]
}

func (u Urgency) valid() bool { return u >= Normal && u <= Critical }

// Category is what a demand is about: "环境卫生", and under it "垃圾清运".
type Category struct {
	ID           string
	ParentID     string // "" for the upper of the two levels
	Code         string // short ASCII name for files and interfaces, never changed
	Name, NameEN string
	DepartmentID string // the department that stands behind it, "" for none or the parent's
	Retired      bool   // no new demand gets it; old ones keep it
	Sort         int
	Version      int
}

// In returns the name in a language.
func (c Category) In(locale string) string {
	if locale == i18n.EN && c.NameEN != "" {
		return c.NameEN
	}
	return c.Name
}

// Limit is the working time that a rung has for demands of a category.
type Limit struct {
	CategoryID string // "" is the city's default
	Urgency    Urgency
	Rung       Rung
	Time       time.Duration
}

// limits are by urgency and rung; 0 is "not said here".
type limits [len(urgencies)][len(rungs)]time.Duration

// Catalog is the city's categories and limits at one moment. It may be used by
// several goroutines.
type Catalog struct {
	byID     map[string]Category
	byCode   map[string]string     // id by code
	children map[string][]Category // those in use, by parent; "" has the roots
	limits   map[string]limits     // by category; "" has the city's defaults
}

// New makes a catalogue. Codes are unique, parents known and roots themselves,
// and limits within their bounds; a limit the city leaves unsaid is the built-in one.
func New(categories []Category, own []Limit) (*Catalog, error) {
	c := &Catalog{byID: map[string]Category{}, byCode: map[string]string{}, children: map[string][]Category{}, limits: map[string]limits{"": standard}}
	for _, cat := range categories {
		if _, taken := c.byCode[cat.Code]; taken || cat.ID == "" {
			return nil, fmt.Errorf("catalog: category %q: code %q is taken or there is no id", cat.ID, cat.Code)
		}
		c.byID[cat.ID], c.byCode[cat.Code] = cat, cat.ID
	}
	for _, cat := range categories {
		if parent, ok := c.byID[cat.ParentID]; cat.ParentID != "" && (!ok || parent.ParentID != "") {
			return nil, fmt.Errorf("catalog: category %q: its parent %q is no category of the upper level", cat.ID, cat.ParentID)
		}
		if !cat.Retired {
			c.children[cat.ParentID] = append(c.children[cat.ParentID], cat)
		}
	}
	for _, list := range c.children {
		slices.SortFunc(list, func(a, b Category) int { return cmp.Or(cmp.Compare(a.Sort, b.Sort), strings.Compare(a.Code, b.Code)) })
	}
	for _, l := range own {
		if err := l.check(); err != nil {
			return nil, fmt.Errorf("catalog: limit of %q: %w", l.CategoryID, err)
		}
		set := c.limits[l.CategoryID]
		set[l.Urgency][l.Rung] = l.Time
		c.limits[l.CategoryID] = set
	}
	return c, nil
}

// Category returns a category, a retired one too.
func (c *Catalog) Category(id string) (Category, bool) {
	cat, ok := c.byID[id]
	return cat, ok
}

// ByCode returns the category with a code, a retired one too.
func (c *Catalog) ByCode(code string) (Category, bool) {
	return c.Category(c.byCode[code])
}

// Roots returns the categories of the upper level that are in use, in their
// order. The slice belongs to the catalogue.
func (c *Catalog) Roots() []Category { return c.children[""] }

// Children returns the categories in use under one of the upper level, in their
// order. The slice belongs to the catalogue.
func (c *Catalog) Children(id string) []Category {
	if id == "" {
		return nil
	}
	return c.children[id]
}

// All returns every category, retired ones too: the upper level in order, each
// followed by those under it.
func (c *Catalog) All() []Category {
	all := make([]Category, 0, len(c.byID))
	for _, cat := range c.byID {
		all = append(all, cat)
	}
	slices.SortFunc(all, func(a, b Category) int {
		x, y := c.root(a), c.root(b)
		return cmp.Or(cmp.Compare(x.Sort, y.Sort), strings.Compare(x.Code, y.Code), strings.Compare(a.ParentID, b.ParentID),
			cmp.Compare(a.Sort, b.Sort), strings.Compare(a.Code, b.Code))
	})
	return all
}

func (c *Catalog) root(cat Category) Category {
	if cat.ParentID == "" {
		return cat
	}
	return c.byID[cat.ParentID]
}

// Usable reports whether a new demand may get the category: neither it nor its
// parent is retired.
func (c *Catalog) Usable(id string) bool {
	cat, ok := c.byID[id]
	return ok && !cat.Retired && !c.root(cat).Retired
}

// Department returns the department that stands behind a category: its own, or
// else its parent's, or "".
func (c *Catalog) Department(id string) string {
	cat := c.byID[id]
	return cmp.Or(cat.DepartmentID, c.root(cat).DepartmentID)
}

// Limit returns the working time that a rung has: the category's own, else its
// parent's, else the city's default. It is never 0 for a rung and urgency that exist.
func (c *Catalog) Limit(categoryID string, u Urgency, r Rung) time.Duration {
	if !u.valid() || !r.valid() {
		return 0
	}
	return cmp.Or(c.Own(categoryID, u, r), c.Own(c.byID[categoryID].ParentID, u, r), c.Own("", u, r))
}

// Own returns the limit that a category itself sets, or 0. The category "" is
// the city's default.
func (c *Catalog) Own(categoryID string, u Urgency, r Rung) time.Duration {
	if !u.valid() || !r.valid() {
		return 0
	}
	set := c.limits[categoryID]
	return set[u][r]
}

// Path names a category with the one above it, such as "环境卫生 · 垃圾清运".
// It is "" for a category nobody knows.
func (c *Catalog) Path(id, locale string) string {
	cat, ok := c.byID[id]
	if !ok {
		return ""
	}
	if parent, ok := c.byID[cat.ParentID]; ok {
		return parent.In(locale) + " · " + cat.In(locale)
	}
	return cat.In(locale)
}

// own lists the limits that a category itself sets.
func (c *Catalog) own(categoryID string) []Limit {
	var out []Limit
	for _, u := range Urgencies() {
		for _, r := range Rungs() {
			if d := c.Own(categoryID, u, r); d > 0 {
				out = append(out, Limit{CategoryID: categoryID, Urgency: u, Rung: r, Time: d})
			}
		}
	}
	return out
}

// with returns the catalogue with other limits of one category.
func (c *Catalog) with(categoryID string, own []Limit) (*Catalog, error) {
	after := *c
	after.limits = maps.Clone(c.limits)
	set := limits{}
	if categoryID == "" {
		set = standard
	}
	for _, l := range own {
		if err := l.check(); err != nil {
			return nil, err
		}
		set[l.Urgency][l.Rung] = l.Time
	}
	after.limits[categoryID] = set
	return &after, after.checkOrder(categoryID)
}

// HasOwn reports whether a category sets any limit itself.
func (c *Catalog) HasOwn(categoryID string) bool { return len(c.own(categoryID)) > 0 }

// BuiltIn returns the limit of a city that set none.
func BuiltIn(u Urgency, r Rung) time.Duration {
	if !u.valid() || !r.valid() {
		return 0
	}
	return standard[u][r]
}
