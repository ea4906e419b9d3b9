package catalog

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/plaintext"
)

// What can be done with the catalogue.
const (
	ActEdit auth.Action = "catalog.edit" // categories, limits, the departments behind them
	ActKeep auth.Action = "catalog.keep" // answers kept for one's own office or department
)

// Rules gives them to roles. Answers are each office's own.
var Rules = []auth.Rule{
	{Action: ActEdit, Roles: []auth.Role{auth.CityOffice, auth.Admin}},
	{Action: ActKeep, Roles: []auth.Role{auth.VillageOfficial, auth.TownOfficial, auth.CityOffice}, Own: true},
	{Action: ActKeep, Roles: []auth.Role{auth.Department}, Own: true, OfDepartment: true},
}

// Bounds of what is entered, in characters.
const (
	MaxName     = 20
	MaxNameEN   = 60
	MaxTitle    = 40
	MaxAnswer   = 1000
	maxCode     = 40
	maxSort     = 10_000
	maxCategory = 300 // categories of one city, retired ones too
	maxKept     = 200 // answers of one office
)

// check refuses a limit outside its bounds.
func (l Limit) check() error {
	switch {
	case !l.Urgency.valid() || !l.Rung.valid():
		return errs.E(errs.Invalid, "catalog.no_such_limit")
	case l.Time < MinLimit || l.Time > MaxLimit || l.Time%time.Minute != 0:
		return errs.E(errs.Invalid, "catalog.bad_limit", "days", int(MaxLimit/WorkingDay)).
			WithField(l.Field(), "catalog.bad_limit", "days", int(MaxLimit/WorkingDay))
	}
	return nil
}

// Field names the limit's input in a form.
func (l Limit) Field() string { return l.Urgency.String() + "_" + l.Rung.String() }

// checkOrder refuses limits under which the more urgent may take longer.
func (c *Catalog) checkOrder(categoryID string) error {
	for _, r := range Rungs() {
		for _, u := range []Urgency{Urgent, Critical} {
			if c.Limit(categoryID, u, r) > c.Limit(categoryID, u-1, r) {
				return errs.E(errs.Invalid, "catalog.urgent_longer").
					WithField(Limit{Urgency: u, Rung: r}.Field(), "catalog.urgent_longer")
			}
		}
	}
	return nil
}

var codeForm = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// check cleans a category that is entered and refuses it if it doesn't fit among the others.
func (c *Catalog) check(cat Category) (Category, error) {
	var err error
	if cat.Name, err = words("name", cat.Name, MaxName, true); err != nil {
		return cat, err
	}
	if cat.NameEN, err = words("name_en", cat.NameEN, MaxNameEN, false); err != nil {
		return cat, err
	}
	parent, known := c.Category(cat.ParentID)
	switch {
	case cat.ParentID != "" && (!known || parent.ParentID != ""):
		return cat, errs.E(errs.NotFound, "catalog.no_category")
	case cat.Sort < 0 || cat.Sort > maxSort:
		return cat, errs.E(errs.Invalid, "catalog.bad_sort", "max", maxSort).WithField("sort", "catalog.bad_sort", "max", maxSort)
	case len(cat.Code) > maxCode || !codeForm.MatchString(cat.Code):
		return cat, errs.E(errs.Invalid, "catalog.bad_code").WithField("code", "catalog.bad_code")
	}
	for _, other := range c.byID {
		if other.ID == cat.ID {
			continue
		}
		if other.Code == cat.Code {
			return cat, errs.E(errs.Conflict, "catalog.code_taken").WithField("code", "catalog.code_taken")
		}
		if other.ParentID == cat.ParentID && other.Name == cat.Name && !other.Retired && !cat.Retired {
			return cat, errs.E(errs.Invalid, "catalog.name_taken").WithField("name", "catalog.name_taken")
		}
	}
	return cat, nil
}

// freeCode makes a code for somebody who gave none: the parent's and a number.
func (c *Catalog) freeCode(parentID string) string {
	base := "category"
	if parent, ok := c.Category(parentID); ok {
		base = parent.Code
	}
	for n := 1; ; n++ {
		code := base + "-" + strconv.Itoa(n)
		if _, taken := c.byCode[code]; !taken {
			return code
		}
	}
}

// lastSort is where a new category goes: behind its neighbours.
func (c *Catalog) lastSort(parentID string) int {
	last := 0
	for _, cat := range c.byID {
		if cat.ParentID == parentID {
			last = max(last, cat.Sort)
		}
	}
	return min(last+10, maxSort)
}

// words cleans a text of one line and refuses one that is missing or too long.
func words(field, text string, limit int, required bool) (string, error) {
	text = plaintext.OneLine(text)
	return bounded(field, text, limit, required)
}

func bounded(field, text string, limit int, required bool) (string, error) {
	switch {
	case text == "" && required:
		return "", errs.E(errs.Invalid, "catalog.missing").WithField(field, "catalog.missing")
	case utf8.RuneCountInString(text) > limit:
		return "", errs.E(errs.Invalid, "catalog.too_long", "max", limit).WithField(field, "catalog.too_long", "max", limit)
	}
	return text, nil
}

// check cleans an answer that is kept.
func (t Template) check() (Template, error) {
	var err error
	if t.Title, err = words("title", t.Title, MaxTitle, true); err != nil {
		return t, err
	}
	text := strings.TrimSpace(strings.ReplaceAll(strings.ToValidUTF8(t.Text, ""), "\r\n", "\n"))
	t.Text, err = bounded("text", text, MaxAnswer, true)
	return t, err
}

// answersFor reports whether one of the actor's own posts is the department's,
// or, for an office, is no department's.
func answersFor(actor auth.Actor, unitID, departmentID string) bool {
	return actor.System || slices.ContainsFunc(actor.Grants, func(g auth.Grant) bool {
		return g.UnitID == unitID && g.DepartmentID == departmentID
	})
}
