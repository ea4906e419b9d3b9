package network

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"bilin/internal/auth"
	"bilin/internal/errs"
)

// Statistical codes have 12 digits; each level below the village adds two.
const (
	statisticalDigits = 12
	digitsPerLevel    = 2
	maxNameLength     = 40
	maxReasonLength   = 200
	maxHouseholdSize  = 60
	maxStatement      = 500
)

// checkText trims a text and refuses an empty or overlong one.
func checkText(field, s string, limit int) (string, error) {
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		return "", errs.E(errs.Invalid, "network.text_missing").WithField(field, "network.text_missing")
	case utf8.RuneCountInString(s) > limit:
		return "", errs.E(errs.Invalid, "network.text_too_long", "n", limit).WithField(field, "network.text_too_long", "n", limit)
	}
	return s, nil
}

func checkName(s string) (string, error) { return checkText("name", s, maxNameLength) }

// checkDay refuses what isn't a date; "" is one only where optional.
func checkDay(field, day string, optional bool) error {
	if day == "" && optional {
		return nil
	}
	if _, err := time.Parse(dayLayout, day); err != nil {
		return errs.Wrap(err, errs.Invalid, "network.bad_date").WithField(field, "network.bad_date")
	}
	return nil
}

// addDays returns the date so many days later.
func addDays(day string, n int) (string, error) {
	t, err := time.Parse(dayLayout, day)
	return t.AddDate(0, 0, n).Format(dayLayout), err
}

// mustBeActive refuses what concerns a unit that ended.
func (u *Unit) mustBeActive() error {
	if u.Active() {
		return nil
	}
	return errs.E(errs.Conflict, "network.unit_ended", "unit", u.Name)
}

// codePrefix is what the codes of everything under a unit begin with. A town's
// statistical code ends in zeros where a village's goes on.
func codePrefix(level Level, code string) string {
	if len(code) == statisticalDigits {
		switch level {
		case City:
			return code[:6]
		case Town:
			return code[:9]
		}
	}
	return code
}

// CodeRange returns the bounds lo <= code < hi of the codes in u's subtree.
func (u *Unit) CodeRange() (lo, hi string) {
	prefix := codePrefix(u.Level, u.Code)
	return prefix, prefix + "~"
}

// codeLength is how many digits a unit of a level has.
func codeLength(l Level) int {
	if l <= Village {
		return statisticalDigits
	}
	return statisticalDigits + digitsPerLevel*int(l-Village)
}

// checkCode refuses a code that doesn't extend the parent's or has the wrong length.
func checkCode(parent *Unit, level Level, code string) error {
	ok := len(code) == codeLength(level) && strings.Trim(code, "0123456789") == ""
	if parent != nil {
		ok = ok && strings.HasPrefix(code, codePrefix(parent.Level, parent.Code)) && code != parent.Code
	}
	if !ok {
		return errs.E(errs.Invalid, "network.bad_code").WithField("code", "network.bad_code")
	}
	return nil
}

// nextCode returns the first free code under a parent. A code once used is
// never given to another unit.
func nextCode(parent *Unit, taken []string) (string, error) {
	prefix := codePrefix(parent.Level, parent.Code)
	digits := codeLength(parent.Level+1) - len(prefix)
	highest := 0
	for _, code := range taken {
		if n, err := strconv.Atoi(strings.TrimPrefix(code, prefix)); err == nil {
			highest = max(highest, n)
		}
	}
	number := strconv.Itoa(highest + 1)
	if len(number) > digits {
		return "", errs.E(errs.Conflict, "network.codes_used_up", "unit", parent.Name)
	}
	return prefix + strings.Repeat("0", digits-len(number)) + number, nil
}

// recoded returns a subtree's code after its top went from one code to another.
func recoded(code, from, to string) string { return to + strings.TrimPrefix(code, from) }

// canMove refuses a move that would break the tree of six levels.
func (u *Unit) canMove(to *Unit) error {
	switch {
	case u.mustBeActive() != nil:
		return u.mustBeActive()
	case to.mustBeActive() != nil:
		return to.mustBeActive()
	case u.Level < Village || to.Level != u.Level-1:
		return errs.E(errs.Conflict, "network.wrong_level", "unit", u.Name, "to", to.Name)
	case u.ParentID == to.ID:
		return errs.E(errs.Conflict, "network.already_there", "unit", u.Name, "to", to.Name)
	}
	return nil
}

// canMerge refuses to merge what isn't of one kind.
func (u *Unit) canMerge(into *Unit) error {
	switch {
	case u.mustBeActive() != nil:
		return u.mustBeActive()
	case into.mustBeActive() != nil:
		return into.mustBeActive()
	case u.ID == into.ID || u.Level != into.Level || u.Level == City:
		return errs.E(errs.Conflict, "network.cannot_merge", "unit", u.Name, "to", into.Name)
	}
	return nil
}

// canEnd refuses to end a unit that still holds something.
func (u *Unit) canEnd(children int) error {
	switch {
	case u.mustBeActive() != nil:
		return u.mustBeActive()
	case u.Level == City:
		return errs.E(errs.Conflict, "network.city_stays")
	case children > 0:
		return errs.E(errs.Conflict, "network.unit_has_children", "unit", u.Name, "n", children)
	case u.Households > 0:
		return errs.E(errs.Conflict, "network.unit_has_households", "unit", u.Name, "n", u.Households)
	}
	return nil
}

// canSplit refuses a split that leaves one side with nothing.
func (u *Unit) canSplit(children, households, goChildren, goHouseholds int) error {
	switch {
	case u.mustBeActive() != nil:
		return u.mustBeActive()
	case u.Level <= Town:
		return errs.E(errs.Conflict, "network.cannot_split", "unit", u.Name)
	case goChildren+goHouseholds == 0:
		return errs.E(errs.Invalid, "network.split_nothing")
	case goChildren == children && goHouseholds == households:
		return errs.E(errs.Invalid, "network.split_everything")
	}
	return nil
}

// homes says at which levels each role has posts.
var homes = map[auth.Role][]Level{
	auth.Lead:            {Cell},
	auth.GroupLead:       {Group},
	auth.AreaLead:        {Area},
	auth.LinkedOfficial:  {Area, Group},
	auth.VillageOfficial: {Village},
	auth.TownOfficial:    {Town},
	auth.CityOffice:      {City},
	auth.Command:         {City, Town},
	auth.Department:      {City},
	auth.Hotline:         {City},
	auth.Gateway:         {City},
	auth.PrivacyOfficer:  {City},
	auth.Auditor:         {City},
	auth.Admin:           {City},
}

// RolesAt lists the roles that a unit of a level can have posts of.
func RolesAt(level Level) []auth.Role {
	var out []auth.Role
	for _, r := range auth.Roles() {
		if slices.Contains(homes[r], level) {
			out = append(out, r)
		}
	}
	return out
}

// canHave refuses a post that doesn't belong at the unit.
func (u *Unit) canHave(role auth.Role, departmentID string) error {
	switch {
	case u.mustBeActive() != nil:
		return u.mustBeActive()
	case !slices.Contains(homes[role], u.Level):
		return errs.E(errs.Invalid, "network.role_misplaced").WithField("role", "network.role_misplaced")
	case (role == auth.Department) != (departmentID != ""):
		return errs.E(errs.Invalid, "network.department_needed").WithField("department", "network.department_needed")
	}
	return nil
}

// bornWith lists the posts that a new unit needs to be covered.
func bornWith(level Level) []auth.Role {
	switch level {
	case Area:
		return []auth.Role{auth.AreaLead, auth.LinkedOfficial}
	case Group:
		return []auth.Role{auth.GroupLead, auth.LinkedOfficial}
	case Cell:
		return []auth.Role{auth.Lead}
	}
	return nil
}

// checkTerm refuses a term that ends before it begins.
func checkTerm(from, until string, needsEnd bool) error {
	if err := checkDay("from", from, false); err != nil {
		return err
	}
	if err := checkDay("until", until, !needsEnd); err != nil {
		return err
	}
	if until != "" && until < from {
		return errs.E(errs.Invalid, "network.term_backwards").WithField("until", "network.term_backwards")
	}
	return nil
}

// checkSize refuses an implausible number of people.
func checkSize(n int) error {
	if n < 0 || n > maxHouseholdSize {
		return errs.E(errs.Invalid, "network.bad_size", "n", maxHouseholdSize).WithField("size", "network.bad_size", "n", maxHouseholdSize)
	}
	return nil
}

// FoldPhone brings a number into digits, with a leading + kept; ok is false for
// what isn't a number.
func FoldPhone(typed string) (phone string, ok bool) {
	var b strings.Builder
	for _, r := range strings.TrimSpace(typed) {
		switch {
		case r >= '０' && r <= '９':
			b.WriteRune(r - '０' + '0')
		case r >= '0' && r <= '9', r == '+' && b.Len() == 0:
			b.WriteRune(r)
		case r == ' ' || r == '-' || r == '－' || r == '(' || r == ')' || r == '（' || r == '）':
		default:
			return "", false
		}
	}
	n := len(strings.TrimPrefix(b.String(), "+"))
	return b.String(), b.Len() == 0 || n >= 5 && n <= 15
}

func checkPhone(typed string) (string, error) {
	phone, ok := FoldPhone(typed)
	if !ok {
		return "", errs.E(errs.Invalid, "network.bad_phone").WithField("phone", "network.bad_phone")
	}
	return phone, nil
}

// checkVersion turns a change since the page was shown into a question.
func checkVersion(shown, now int) error {
	if shown != now {
		return errs.E(errs.Stale, "network.changed_since")
	}
	return nil
}
