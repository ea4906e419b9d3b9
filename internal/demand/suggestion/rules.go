package suggestion

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"bilin/internal/address"
	"bilin/internal/demand"
	"bilin/internal/demand/board/redact"
	"bilin/internal/errs"
	"bilin/internal/plaintext"
)

func refuse(field, code string, args ...any) error {
	return errs.E(errs.Invalid, "suggestion.check").WithField(field, code, args...)
}

// text cleans words that everybody will read: numbers that give somebody away are refused.
func text(field, s string, max int, lines bool) (string, error) {
	if s = strings.TrimSpace(plaintext.Lines(s)); !lines {
		s = plaintext.OneLine(s)
	}
	switch n := utf8.RuneCountInString(s); {
	case n == 0:
		return s, refuse(field, "suggestion.missing")
	case n > max:
		return s, refuse(field, "suggestion.too_long", "max", max)
	case slices.ContainsFunc(redact.New(redact.Local{}).Look(s), func(f redact.Find) bool { return f.Kind.Certain() }):
		return s, refuse(field, "suggestion.private")
	}
	return s, nil
}

// within reads a day that lies so many days before or after today at most.
func within(field, day, today string, back, ahead int, code string) (time.Time, error) {
	at, err := time.Parse(time.DateOnly, day)
	from, bad := time.Parse(time.DateOnly, today)
	if err != nil || bad != nil || at.Before(from.AddDate(0, 0, -back)) || at.After(from.AddDate(0, 0, ahead)) {
		return time.Time{}, refuse(field, code)
	}
	return at, nil
}

// check cleans a decision. today is the city's day.
func (c Decision) check(today string) (Decision, error) {
	var errTitle, errReasons, errDue error
	c.Title, errTitle = text("title", c.Title, MaxTitle, false)
	c.Reasons, errReasons = text("reasons", c.Reasons, MaxReasons, true)
	if c.Adopt {
		due, err := within("due", c.DueOn, today, 0, maxAhead, "suggestion.bad_due")
		if errDue = err; err == nil && !c.Far && far(due, today) {
			errDue = refuse("far", "suggestion.far")
		}
	} else {
		c.DueOn = ""
	}
	return c, errs.Gather("suggestion.check", errTitle, errReasons, errDue)
}

// far reports whether a day is so far off that whoever promises it is asked whether they mean it.
func far(due time.Time, today string) bool {
	from, err := time.Parse(time.DateOnly, today)
	return err == nil && due.After(from.AddDate(0, farMonths, 0))
}

// check cleans what says that it is done.
func (c Finish) check(today string) (Finish, error) {
	var errWords, errRef error
	c.Words, errWords = text("words", c.Words, MaxWords, true)
	_, errOn := within("on", c.On, today, maxBack, 0, "suggestion.bad_on")
	if c.Link == "" {
		c.Link = ByWords
	}
	c.Ref = strings.TrimSpace(c.Ref)
	switch {
	case c.Link == ByWords:
		c.Ref = ""
	case c.Ref == "" || utf8.RuneCountInString(c.Ref) > MaxRef:
		errRef = refuse("ref", "suggestion.no_ref")
	case c.Link == ByDemand:
		number, err := demand.ParseNumber(c.Ref)
		if c.Ref = number; err != nil {
			errRef = refuse("ref", "suggestion.no_ref")
		}
	}
	return c, errs.Gather("suggestion.check", errWords, errOn, errRef)
}

// decide takes a decision over; what was decided before is decided anew.
func (s *Suggestion) decide(c Decision, now time.Time) {
	s.State, s.Title, s.Reasons, s.DueOn = Declined, c.Title, c.Reasons, ""
	s.Link, s.Ref, s.LinkTitle, s.DoneWords, s.DoneOn, s.DoneAt = "", "", "", "", "", time.Time{}
	if c.Adopt {
		s.State, s.DueOn = Adopted, c.DueOn
	}
	s.DecidedAt, s.MovedAt = now, now
}

// finish says what was done. Only what was adopted can be done.
func (s *Suggestion) finish(c Finish, linked Linked, now time.Time) error {
	if s.State != Adopted {
		return errs.E(errs.Conflict, "suggestion.not_adopted")
	}
	s.State, s.DoneWords, s.DoneOn, s.DoneAt, s.MovedAt = Done, c.Words, c.On, now, now
	s.Link, s.Ref, s.LinkTitle = c.Link, linked.Ref, linked.Title
	return nil
}

// The bounds of a search.
const (
	maxTerms = 5
	maxTerm  = 30
)

// terms are the words of a search that are looked for: the first few, each up to
// a length. Folded as the column is, they hold no sign that LIKE reads as more than itself.
func terms(text string) (list []string) {
	for _, word := range strings.Fields(text) {
		if runes := []rune(word); len(runes) > maxTerm {
			word = string(runes[:maxTerm])
		}
		if address.Fold(word) != "" && len(list) < maxTerms {
			list = append(list, word)
		}
	}
	return list
}

// Words is what a list is searched for, as far as it was typed.
func (f Filter) Words() string { return strings.Join(terms(f.Text), " ") }

// folded is what a suggestion is found by.
func (s *Suggestion) folded() string {
	parts := []string{s.Title, s.Reasons, s.DoneWords, s.LinkTitle, s.Office}
	for i, p := range parts {
		parts[i] = address.Fold(p)
	}
	return strings.Join(parts, "|")
}
