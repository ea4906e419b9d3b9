package duty

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/plaintext"
)

// ActEdit is changing functions, duty lists and the data catalogue. To read
// them needs no right: they are public.
const ActEdit auth.Action = "duty.edit"

// Rules gives it to roles.
var Rules = []auth.Rule{{Action: ActEdit, Roles: []auth.Role{auth.CityOffice, auth.Admin}}}

// Bounds of what is entered, in characters.
const (
	MaxName      = 20
	MaxNameEN    = 60
	MaxTitle     = 100
	MaxBasis     = 300
	MaxPlace     = 60
	MaxWord      = 30
	MaxWords     = 30 // words of one kind of data
	MaxCode      = 40
	maxSort      = 10_000
	maxFunctions = 200    // of one city, retired ones too
	maxDuties    = 20_000 // likewise
	maxFields    = 1_000  // likewise
)

var (
	codeForm     = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	dutyCodeForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
)

// checkFunction cleans a function that is entered and refuses it if it doesn't
// fit among the others.
func (c *Catalog) checkFunction(f Function) (Function, error) {
	var err error
	if f.Name, err = words("name", f.Name, MaxName, true); err != nil {
		return f, err
	}
	if f.NameEN, err = words("name_en", f.NameEN, MaxNameEN, false); err != nil {
		return f, err
	}
	parent, known := c.Function(f.ParentID)
	switch {
	case f.ParentID != "" && (!known || parent.ParentID != ""):
		return f, errs.Refuse("parent", "duty.no_function")
	case f.Sort < 0 || f.Sort > maxSort:
		return f, errs.Refuse("sort", "duty.bad_sort", "max", maxSort)
	case len(f.Code) > MaxCode || !codeForm.MatchString(f.Code):
		return f, errs.Refuse("code", "duty.bad_code")
	}
	for _, other := range c.functions {
		if other.ID != f.ID && other.Code == f.Code {
			return f, errs.Refuse("code", "duty.code_taken")
		}
		if other.ID != f.ID && other.ParentID == f.ParentID && other.Name == f.Name && !other.Retired && !f.Retired {
			return f, errs.Refuse("name", "duty.name_taken")
		}
	}
	return f, nil
}

// checkDuty is checkFunction for an item of a duty list. Departments are
// checked by the service, which knows them.
func (c *Catalog) checkDuty(d Duty) (Duty, error) {
	var err error
	if d.Code, err = words("code", d.Code, MaxCode, true); err != nil {
		return d, err
	}
	if d.Title, err = words("title", d.Title, MaxTitle, true); err != nil {
		return d, err
	}
	if d.Basis, err = words("basis", d.Basis, MaxBasis, true); err != nil {
		return d, err
	}
	f, known := c.Function(d.FunctionID)
	switch {
	case !dutyCodeForm.MatchString(d.Code):
		return d, errs.Refuse("code", "duty.bad_duty_code")
	case !slices.Contains(Lists(), d.List):
		return d, errs.Refuse("list", "duty.no_list")
	case d.FunctionID != "" && (!known || f.ParentID == ""):
		return d, errs.Refuse("function", "duty.no_function")
	}
	if other, taken := c.DutyByCode(d.Code); taken && other.ID != d.ID {
		return d, errs.Refuse("code", "duty.code_taken")
	}
	return d, nil
}

// checkField is checkFunction for a kind of data.
func (c *Catalog) checkField(f Field) (Field, error) {
	var err error
	if f.Name, err = words("name", f.Name, MaxName, true); err != nil {
		return f, err
	}
	if f.NameEN, err = words("name_en", f.NameEN, MaxNameEN, false); err != nil {
		return f, err
	}
	if f.Place, err = words("place", f.Place, MaxPlace, true); err != nil {
		return f, err
	}
	if f.Words, err = checkWords(f.Words); err != nil {
		return f, err
	}
	if len(f.Code) > MaxCode || !codeForm.MatchString(f.Code) {
		return f, errs.Refuse("code", "duty.bad_code")
	}
	if other, taken := c.FieldByCode(f.Code); taken && other.ID != f.ID {
		return f, errs.Refuse("code", "duty.code_taken")
	}
	return f, nil
}

// checkWords cleans the words that mean a kind of data. One of a single
// character would be found in nearly every text.
func checkWords(in []string) ([]string, error) {
	var out []string
	for _, w := range in {
		w, err := words("words", w, MaxWord, false)
		if err != nil {
			return nil, err
		}
		if w == "" || slices.Contains(out, w) {
			continue
		}
		if utf8.RuneCountInString(w) < 2 {
			return nil, errs.Refuse("words", "duty.short_word")
		}
		out = append(out, w)
	}
	if len(out) > MaxWords {
		return nil, errs.Refuse("words", "duty.many_words", "max", MaxWords)
	}
	return out, nil
}

// SplitWords reads words as people list them: by line, comma or 、.
func SplitWords(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("\n\r,，、;；", r) })
}

// freeCode makes a code for somebody who gave none: a base and a number.
func freeCode(base string, taken map[string]string) string {
	for n := 1; ; n++ {
		code := base + "-" + strconv.Itoa(n)
		if _, ok := taken[code]; !ok {
			return code
		}
	}
}

// lastSort is where a new function goes: behind its neighbours.
func (c *Catalog) lastSort(parentID string) int {
	last := 0
	for _, f := range c.functions {
		if f.ParentID == parentID {
			last = max(last, f.Sort)
		}
	}
	return min(last+10, maxSort)
}

// words cleans a text of one line and refuses one that is missing or too long.
func words(field, text string, limit int, required bool) (string, error) {
	text = plaintext.OneLine(text)
	switch {
	case text == "" && required:
		return "", errs.Refuse(field, "duty.missing")
	case utf8.RuneCountInString(text) > limit:
		return "", errs.Refuse(field, "duty.too_long", "max", limit)
	}
	return text, nil
}
