package rollcall

import (
	"time"
	"unicode/utf8"

	"bilin/internal/errs"
	"bilin/internal/plaintext"
)

// Say is what is reported of one household.
type Say struct {
	HouseholdID string
	Answer      Answer
	Need        Need
	Shown       int // the row's version when this was written; 0 for no row
}

func (s Say) check() error {
	switch {
	case s.HouseholdID == "" || !valid(s.Answer, Answers()):
		return errs.Refuse("say", "rollcall.no_answer")
	case s.Answer == Help && !valid(s.Need, Needs()):
		return errs.Refuse("need", "rollcall.no_need")
	case s.Answer != Help && s.Need != "":
		return errs.Refuse("need", "rollcall.no_answer")
	}
	return nil
}

// verdict is what becomes of a report.
type verdict int

const (
	take verdict = iota // it counts
	same                // it says what is known
	ask                 // somebody said otherwise meanwhile: whoever reports decides again
)

// judge compares a report with what is known. What was written before somebody
// else said otherwise never replaces that silently. A call for help does: it
// is never held back.
func judge(known *Row, s Say) verdict {
	if known == nil {
		return take
	}
	fresh := s.Shown == known.Version
	if known.Answer == s.Answer && known.Need == s.Need && (!fresh || known.Aid != Helped) {
		return same
	}
	if fresh || s.Answer == Help {
		return take
	}
	return ask
}

// Reporter is who reports, how and when.
type Reporter struct {
	ID, Name string
	Way      Way
	At       time.Time
}

// next is the row after a report that counts. A household that needs help
// waits since it first did; one that was helped and needs it again waits anew.
func next(known *Row, s Say, by Reporter) Row {
	row := Row{HouseholdID: s.HouseholdID, FirstAt: by.At}
	if known != nil {
		row = *known
	}
	waiting := row.Answer == Help && row.Aid != Helped
	row.Answer, row.Need, row.At, row.ByID, row.By, row.Way = s.Answer, s.Need, by.At, by.ID, by.Name, by.Way
	switch {
	case s.Answer != Help:
		row.HelpAt = time.Time{}
	case !waiting:
		row.HelpAt = by.At
	}
	row.Aid, row.AidAt, row.AidBy = NoAid, time.Time{}, ""
	row.Version++
	return row
}

// assist is the row after an official said what came of the need.
func assist(row Row, aid Aid, shown int, by string, at time.Time) (Row, error) {
	switch {
	case row.Answer != Help:
		return row, errs.E(errs.Stale, "rollcall.needs_none")
	case shown != row.Version:
		return row, errs.E(errs.Stale, "rollcall.changed_since")
	case aid == row.Aid || !valid(aid, []Aid{NoAid, UnderWay, Helped}):
		return row, errs.Refuse("aid", "rollcall.no_aid")
	}
	row.Aid, row.AidAt, row.AidBy = aid, at, by
	row.Version++
	return row, nil
}

// counts is what a row adds to its village's totals.
func counts(row *Row) (t Totals) {
	if row == nil {
		return t
	}
	switch row.Answer {
	case Safe:
		t.Safe = 1
	case NotReached:
		t.NotReached = 1
	case Help:
		t.Help = 1
		if row.Aid == Helped {
			t.Helped = 1
		}
	}
	return t
}

// change is what replacing a row adds to them.
func change(before, after *Row) Totals {
	b, a := counts(before), counts(after)
	return Totals{Safe: a.Safe - b.Safe, Help: a.Help - b.Help, Helped: a.Helped - b.Helped, NotReached: a.NotReached - b.NotReached}
}

// end closes an open roll-call.
func (c *Call) end(shown int, by string, at time.Time) error {
	switch {
	case !c.IsOpen():
		return errs.E(errs.Conflict, "rollcall.over")
	case shown != 0 && shown != c.Version:
		return errs.E(errs.Stale, "rollcall.changed_since")
	}
	c.State, c.ClosedAt, c.ClosedBy = Closed, at, by
	c.Version++
	return nil
}

// Due reports whether time ends it, or erases its rows.
func (c *Call) due(now time.Time) State {
	switch {
	case c.IsOpen() && !now.Before(c.OpenedAt.Add(Longest)):
		return Closed
	case c.State == Closed && !now.Before(c.ClosedAt.Add(Kept)):
		return Erased
	}
	return c.State
}

// checkReason is for the few words that leads read first.
func checkReason(text string) (string, error) {
	text = plaintext.OneLine(text)
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return "", errs.Refuse("reason", "rollcall.missing")
	case n > MaxReason:
		return "", errs.Refuse("reason", "rollcall.too_long", "max", MaxReason)
	}
	return text, nil
}

// oneEach refuses a report that says two things of one household.
func oneEach(says []Say) error {
	if len(says) == 0 || len(says) > MaxSays {
		return errs.Refuse("say", "rollcall.how_many", "max", MaxSays)
	}
	seen := map[string]bool{}
	for _, s := range says {
		if err := s.check(); err != nil {
			return err
		}
		if seen[s.HouseholdID] {
			return errs.Refuse("say", "rollcall.twice")
		}
		seen[s.HouseholdID] = true
	}
	return nil
}
