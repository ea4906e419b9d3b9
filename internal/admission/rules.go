package admission

import (
	"slices"
	"strings"
	"time"

	"bilin/internal/errs"
	"bilin/internal/network"
)

// Bounds of the form, in characters.
const (
	MaxTitle = 60
	MaxText  = 2000
	MaxWords = 300
)

// ReviewDays is how many working days the city office has.
const ReviewDays = 15

// MaxEmergency is the longest that an emergency permit lasts.
const MaxEmergency = 72 * time.Hour

// MaxPermit is the longest that a permit lasts, in years.
const MaxPermit = 2

// Check returns what is wrong with the form, field by field, or nil. What is
// merely unwelcome is for the review to say.
func (c *Content) Check() error {
	bad := errs.E(errs.Invalid, "matter.check")
	need := func(name, value string, most int) {
		n := len([]rune(strings.TrimSpace(value)))
		switch {
		case n == 0:
			bad = bad.WithField(name, "matter.missing")
		case n > most:
			bad = bad.WithField(name, "matter.long", "max", most)
		}
	}
	need("department", c.DepartmentID, MaxWords)
	need("function", c.FunctionID, MaxWords)
	need("title", c.Title, MaxTitle)
	need("ask", c.Ask, MaxText)
	for name, value := range map[string]string{"basis": c.Basis, "responsible": c.Responsible, "support": c.Support, "other_data": c.OtherData, "why_not": c.WhyNot} {
		if len([]rune(value)) > MaxText {
			bad = bad.WithField(name, "matter.long", "max", MaxText)
		}
	}
	if !slices.Contains([]DutyList{Own, Assist, TakenBack}, c.Duty) {
		bad = bad.WithField("list", "matter.missing")
	}
	bad = c.checkWork(bad)
	bad = c.checkTime(bad)
	if len(bad.Fields) == 0 {
		return nil
	}
	slices.SortFunc(bad.Fields, func(a, b errs.Field) int { return strings.Compare(a.Name, b.Name) })
	return bad
}

func (c *Content) checkWork(bad *errs.Error) *errs.Error {
	if !slices.Contains(Ways, c.Way) {
		bad = bad.WithField("way", "matter.missing")
	}
	if c.Level < network.Area || c.Level > network.Cell {
		bad = bad.WithField("level", "matter.missing")
	}
	if c.Minutes < 0 || c.Minutes > 600 {
		bad = bad.WithField("minutes", "matter.range", "min", 0, "max", 600)
	}
	if c.HomeMinutes < 0 || c.HomeMinutes > 120 {
		bad = bad.WithField("home_minutes", "matter.range", "min", 0, "max", 120)
	}
	if c.Standing {
		return c.checkStanding(bad)
	}
	switch {
	case !c.Way.ToHouseholds() && c.Minutes == 0:
		bad = bad.WithField("minutes", "matter.costs_nothing")
	case c.Way.ToHouseholds() && (c.Level != network.Cell):
		bad = bad.WithField("level", "matter.homes_of_cells")
	case c.Way.ToHouseholds() && (c.Rotation < 1 || c.Rotation > 24):
		bad = bad.WithField("rotation", "matter.range", "min", 1, "max", 24)
	case c.Way.ToHouseholds() && c.HomeMinutes == 0:
		bad = bad.WithField("home_minutes", "matter.costs_nothing")
	}
	return bad
}

// checkStanding is of the matter of care contacts: neighbour leads go to the
// doors that the care list names, in every cell.
func (c *Content) checkStanding(bad *errs.Error) *errs.Error {
	switch {
	case c.Way != Visit:
		return bad.WithField("way", "matter.standing_way")
	case c.Level != network.Cell:
		return bad.WithField("level", "matter.homes_of_cells")
	case len(c.UnitIDs) > 0:
		return bad.WithField("units", "matter.standing_everywhere")
	case len(c.FieldIDs) > 0 || c.OtherData != "":
		return bad.WithField("other_data", "matter.standing_no_data")
	}
	return bad
}

func (c *Content) checkTime(bad *errs.Error) *errs.Error {
	from, wrong := time.Parse(time.DateOnly, c.From)
	if wrong != nil {
		bad = bad.WithField("from", "matter.bad_day")
	}
	until, wrongUntil := time.Parse(time.DateOnly, c.Until)
	switch {
	case wrongUntil != nil:
		bad = bad.WithField("until", "matter.bad_day")
	case wrong == nil && until.Before(from):
		bad = bad.WithField("until", "matter.ends_first")
	case wrong == nil && until.After(from.AddDate(MaxPermit, 0, 0)):
		bad = bad.WithField("until", "matter.too_long", "years", MaxPermit)
	}
	if slices.ContainsFunc(c.Months, func(m int) bool { return m < 1 || m > 12 }) {
		bad = bad.WithField("months", "matter.range", "min", 1, "max", 12)
	}
	if c.FirstDay < 1 || c.LastDay > 31 || c.FirstDay > c.LastDay {
		bad = bad.WithField("last_day", "matter.bad_window")
	}
	return bad
}

// steps says from which states a step leads where. What isn't here can't happen.
var steps = map[string]struct {
	from []State
	to   State
}{
	"submitted": {[]State{Draft, Returned}, Submitted},
	"admitted":  {[]State{Submitted}, Admitted},
	"returned":  {[]State{Submitted}, Returned},
	"refused":   {[]State{Submitted}, Refused},
	"revoked":   {[]State{Admitted}, Revoked},
	"expired":   {[]State{Admitted}, Expired},
}

// step moves the matter, if it stands where the step begins.
func (m *Matter) step(kind string) error {
	s, ok := steps[kind]
	if !ok || !slices.Contains(s.from, m.State) {
		return errs.E(errs.Conflict, "matter.not_now", "state", string(m.State))
	}
	m.State = s.to
	return nil
}

// Submit hands it in; the clock of working days starts.
func (m *Matter) Submit(decideBy, now time.Time) error {
	if err := m.Content.Check(); err != nil {
		return err
	}
	if err := m.step("submitted"); err != nil {
		return err
	}
	m.SubmittedAt, m.DecideBy, m.DecidedAt = now, decideBy, time.Time{}
	return nil
}

// Decide admits, returns, refuses or revokes it. Each takes a reason, which is public.
func (m *Matter) Decide(kind, reason string, now time.Time) error {
	switch n := len([]rune(strings.TrimSpace(reason))); {
	case n == 0:
		return errs.E(errs.Invalid, "matter.check").WithField("note", "matter.no_word")
	case n > MaxText:
		return errs.E(errs.Invalid, "matter.check").WithField("note", "matter.long", "max", MaxText)
	}
	if err := m.step(kind); err != nil {
		return err
	}
	m.DecidedAt = now
	return nil
}

// Lapsed reports whether its permit is over: past its last day, or past an emergency's end.
func (m *Matter) Lapsed(now time.Time) bool {
	if m.State != Admitted {
		return false
	}
	if m.Emergency {
		return !now.Before(m.EndsAt)
	}
	return now.Format(time.DateOnly) > m.Until
}

// CheckVersion compares what the asker saw with what is; 0 was not shown.
func (m *Matter) CheckVersion(version int) error {
	if version != 0 && version != m.Version {
		return errs.E(errs.Conflict, "matter.stale")
	}
	return nil
}
