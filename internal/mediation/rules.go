package mediation

import (
	"strings"
	"time"
	"unicode/utf8"

	"bilin/internal/errs"
)

// text cleans a text; lines keeps its paragraphs.
func text(field, s string, max int, lines bool) (string, error) {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\r\n", "\n"), "")
	if !lines {
		s = strings.Join(strings.Fields(s), " ")
	}
	s = strings.TrimSpace(s)
	switch n := utf8.RuneCountInString(s); {
	case n == 0:
		return s, errs.Refuse(field, "mediation.missing")
	case n > max:
		return s, errs.Refuse(field, "mediation.too_long", "max", max)
	}
	return s, nil
}

func notNow() error { return errs.E(errs.Conflict, "mediation.not_now") }

func after(now time.Time, days int) time.Time { return now.AddDate(0, 0, days) }

// begin asks the other side.
func (c *Case) begin(now time.Time) {
	c.State, c.AskedAt, c.DueAt, c.Version = Asked, now, after(now, inviteDays), 1
}

// accept is the other side's yes.
func (c *Case) accept(household, unit string, now time.Time) error {
	switch {
	case c.State != Asked:
		return notNow()
	case household == c.Household[A]:
		return errs.Refuse("door", "mediation.same_home")
	}
	c.State, c.DueAt = Choosing, after(now, idleDays)
	c.Household[B], c.Unit[B] = household, unit
	return nil
}

// refuse is the other side's no. Nothing is held against anybody: the words go at once.
func (c *Case) refuse(now time.Time) error {
	if c.State != Asked {
		return notNow()
	}
	c.end(Refused, now)
	return nil
}

// stop ends it, by either side and at any time, or by the mediator.
func (c *Case) stop(side Side, now time.Time) error {
	if c.State == Ended || side == M && c.State != Talking || side == B && c.State == Asked {
		return notNow()
	}
	how := Stopped
	if c.stood {
		how = Broken
	}
	c.end(how, now)
	return nil
}

func (c *Case) end(how Outcome, now time.Time) {
	talked := c.State == Talking || c.State == Agreed
	agreed := c.State == Agreed
	c.State, c.Outcome, c.EndedAt, c.endedNow = Ended, how, now, true
	switch {
	case agreed:
		c.DueAt = after(now, keepAgreed)
	case talked:
		c.DueAt = after(now, keepEnded)
	default: // nothing was talked about
		c.destroy, c.DueAt = true, after(now, tellDays)
	}
}

// pick says whom a side would take. Once both would take the same, that one is called.
func (c *Case) pick(side Side, mediatorID string, now time.Time) error {
	if c.State != Choosing {
		return notNow()
	}
	c.Pick[side] = mediatorID
	if mediatorID != "" && c.Pick[side.other()] == mediatorID {
		c.State, c.Mediator = Called, mediatorID
	}
	c.DueAt = after(now, idleDays)
	return nil
}

// take is the mediator's yes.
func (c *Case) take(free bool, now time.Time) error {
	switch {
	case c.State != Called:
		return notNow()
	case !free:
		return errs.Refuse("free", "mediation.say_free")
	}
	c.State, c.DueAt = Talking, after(now, idleDays)
	return nil
}

// aside is the mediator's no, before or while they talk: the sides choose anew,
// and the draft that they made goes with them.
func (c *Case) aside(now time.Time) error {
	if c.State != Called && c.State != Talking {
		return notNow()
	}
	c.asideNow = c.Mediator
	c.State, c.Mediator, c.DueAt = Choosing, "", after(now, idleDays)
	c.Pick[A], c.Pick[B] = "", ""
	c.Confirmed[A], c.Confirmed[B], c.FollowOn = 0, 0, ""
	return nil
}

// say adds to the record.
func (c *Case) say(side Side, kind LineKind, now time.Time) error {
	switch {
	case c.State != Talking && c.State != Agreed || kind != Word && (c.State != Talking || side != M):
		return notNow()
	case c.Lines >= MaxLines:
		return errs.E(errs.Conflict, "mediation.enough")
	}
	c.Lines++
	if c.State == Talking {
		c.DueAt = after(now, idleDays)
	}
	return nil
}

// draft is a new edition of the agreement: what was confirmed before isn't any more.
func (c *Case) draft(followOn, today string, now time.Time) error {
	day, err := time.Parse(time.DateOnly, followOn)
	from, _ := time.Parse(time.DateOnly, today)
	if err != nil || !day.After(from) || day.After(from.AddDate(0, 0, maxFollow)) {
		return errs.Refuse("follow", "mediation.bad_follow", "days", maxFollow)
	}
	if err := c.say(M, Draft, now); err != nil {
		return err
	}
	c.Edition++
	c.Confirmed[A], c.Confirmed[B], c.FollowOn = 0, 0, followOn
	return nil
}

// confirm is a side's yes to the very edition that they were shown.
func (c *Case) confirm(side Side, edition int, now time.Time) error {
	switch {
	case c.State != Talking || side == M:
		return notNow()
	case c.Edition == 0 || edition != c.Edition || c.FollowOn == "":
		return errs.E(errs.Stale, "mediation.other_edition")
	}
	c.Confirmed[side], c.DueAt = edition, after(now, idleDays)
	if c.Confirmed[side.other()] != edition {
		return nil
	}
	day, err := time.Parse(time.DateOnly, c.FollowOn)
	if err != nil {
		return err
	}
	c.State, c.stood = Agreed, true
	c.Holds[A], c.Holds[B] = "", ""
	c.DueAt = after(day, followDays+1)
	return nil
}

// hold is a side's answer whether it holds. If not, they talk again.
func (c *Case) hold(side Side, yes bool, today string, now time.Time) error {
	switch {
	case c.State != Agreed || side == M:
		return notNow()
	case !yes:
		c.State, c.DueAt = Talking, after(now, idleDays)
		c.Confirmed[A], c.Confirmed[B] = 0, 0
		c.Holds[A], c.Holds[B] = "", ""
		return nil
	case today < c.FollowOn:
		return errs.E(errs.Conflict, "mediation.too_early", "day", c.FollowOn)
	}
	c.Holds[side] = "yes"
	if c.Holds[side.other()] == "yes" {
		c.end(Kept, now)
	}
	return nil
}

// tick is what time does: gone reports that nothing is to be left of the case.
func (c *Case) tick(now time.Time) (gone bool) {
	if now.Before(c.DueAt) {
		return false
	}
	switch c.State {
	case Ended:
		return true
	case Agreed:
		c.end(Kept, now)
	case Talking:
		how := Lapsed
		if c.stood {
			how = Broken
		}
		c.end(how, now)
	default:
		c.end(Lapsed, now)
	}
	return false
}

// home is where somebody lives and what they answer for, as far as recusal asks.
type home struct {
	household string
	cell      string
	serves    []string // cells at which they hold a post
}

// mustStepAside reports whether a mediator stands too near to a side: of the
// same household, the same cell, or the cell's own lead. Whether they are related
// only people can say; the mediator says so before taking a case, and each side
// by not choosing them.
func mustStepAside(m home, households, cells []string) bool {
	for i := range households {
		if m.household != "" && m.household == households[i] {
			return true
		}
	}
	for _, cell := range cells {
		if cell == "" {
			continue
		}
		if m.cell == cell {
			return true
		}
		for _, s := range m.serves {
			if s == cell {
				return true
			}
		}
	}
	return false
}

// shown refuses a change of what isn't any more as it was shown.
func shown(is, version int) error {
	if version != 0 && is != version {
		return errs.E(errs.Stale, "mediation.changed_since")
	}
	return nil
}
