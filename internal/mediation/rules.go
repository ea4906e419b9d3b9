package mediation

import (
	"slices"
	"strconv"
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
	c.end(c.instead(Stopped), now)
	return nil
}

// instead is how a case ends that nobody goes on with: what was agreed once is
// broken, else how it is.
func (c *Case) instead(how Outcome) Outcome {
	if c.stood {
		return Broken
	}
	return how
}

// end ends it. What was talked about is kept for a while, also when the sides were
// choosing somebody else by then.
func (c *Case) end(how Outcome, now time.Time) {
	agreed := c.State == Agreed
	talked := agreed || c.State == Talking || c.Lines > 0
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
func (c *Case) confirm(side Side, edition int, today string, now time.Time) error {
	switch {
	case c.State != Talking || side == M:
		return notNow()
	case c.Edition == 0 || edition != c.Edition || c.FollowOn == "":
		return errs.E(errs.Stale, "mediation.other_edition")
	case today >= c.FollowOn: // it would count as kept before anybody could say
		return errs.E(errs.Conflict, "mediation.follow_over", "day", c.FollowOn)
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

// hold is a side's answer whether the edition that they were shown holds.
func (c *Case) hold(side Side, edition int, yes bool, today string, now time.Time) error {
	switch {
	case c.State != Agreed || side == M:
		return notNow()
	case edition != c.Edition:
		return errs.E(errs.Stale, "mediation.other_edition")
	case !yes:
		c.broke(now)
		return nil
	case today < c.FollowOn:
		return errs.E(errs.Conflict, "mediation.too_early", "day", c.FollowOn)
	}
	c.Holds[side] = "yes"
	if c.Holds[side.other()] == "yes" || c.alone() {
		c.end(Kept, now)
	}
	return nil
}

// broke has them talk again, about a new draft: the old one, whose follow-up day
// may be over, binds nobody any more. Whose mediator has left chooses another.
func (c *Case) broke(now time.Time) {
	c.Confirmed[A], c.Confirmed[B], c.FollowOn = 0, 0, ""
	c.Holds[A], c.Holds[B] = "", ""
	switch {
	case c.alone():
		c.end(Broken, now)
	case c.Mediator == "":
		c.State, c.DueAt = Choosing, after(now, idleDays)
		c.Pick[A], c.Pick[B] = "", ""
	default:
		c.State, c.DueAt = Talking, after(now, idleDays)
	}
}

// erased stands for the household of a side that had itself erased.
const erased = "-"

// alone reports whether one side had itself erased: nobody is left to talk with.
func (c *Case) alone() bool { return c.Household[A] == erased || c.Household[B] == erased }

// forget erases a side from what both agreed, which stays for the other. It
// reports whether nobody is left to keep it for.
func (c *Case) forget(side Side) (nobody bool) {
	c.Household[side], c.Unit[side], c.name[side], c.hash[side] = erased, "", "", ""
	if side == A {
		c.words, c.invite = "", ""
	}
	return c.Household[side.other()] == erased
}

// gone reports whether the key was destroyed.
func (c *Case) gone() bool { return c.name[A] == "" && c.name[B] == "" }

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
	default:
		c.end(c.instead(Lapsed), now)
	}
	return false
}

// branch is a unit of the network, and those under it.
type branch struct {
	unit, parent string
	n            int // of a village: how many
	under        []*branch
}

// tell says of each unit how many there were, in full tens. What a unit has
// beyond its tens goes up, where it may make tens together with the others'. So
// whatever is told is a sum of tens, from whichever page it is subtracted, and
// what a village has beyond its own tens stays any number from none to nine.
func (b *branch) tell(told map[string]int) (tens, rest int) {
	if len(b.under) == 0 {
		tens, rest = b.n-b.n%few, b.n%few
	}
	for _, x := range b.under {
		t, r := x.tell(told)
		tens, rest = tens+t, rest+r
	}
	if more := together(rest, len(b.under)); more > 0 {
		tens, rest = tens+more, rest-more
	}
	told[b.unit] = tens
	return tens, min(rest, few-1)
}

// together is how many tens so many units may make out of what each has beyond
// its own: no more than the others could have if one had none.
func together(rest, units int) int {
	n := min(rest, (few-1)*(units-1))
	return n - n%few
}

// closeDays is how long after its end a year's figures are made, once and for
// all: what was going on at midnight, and clocks that differ a little, are over.
const closeDays = 7

// closed is the last year whose figures can be made.
func closed(now time.Time) string {
	return strconv.Itoa(now.AddDate(0, 0, -closeDays).Year() - 1)
}

// holder is somebody with a post at a cell, as its lead.
type holder struct{ person, name, household string }

// circle is who and what stands too near to the sides of a case.
type circle struct {
	households, cells []string
	holders           []holder // of posts at these cells
}

// tooNear reports whether a mediator who lives in a cell stands too near to a
// side: of the same household, of the same cell, or the cell's own lead, who may
// have offered without logging in and is then known by household or name.
// Whether they are related only people can say; the mediator says so before
// taking a case, and each side by not choosing them.
func (n circle) tooNear(m *Mediator, cell string) bool {
	if m.HouseholdID != "" && slices.Contains(n.households, m.HouseholdID) || cell != "" && slices.Contains(n.cells, cell) {
		return true
	}
	return slices.ContainsFunc(n.holders, func(h holder) bool {
		return h.person != "" && h.person == m.personID || h.household != "" && h.household == m.HouseholdID || h.name != "" && h.name == m.Name
	})
}

// agree is an official's yes to an offer. over says that they answer for the
// unit that the mediator is to be listed in; else only for where they live. It
// takes two people, and neither is who offered.
func (m *Mediator) agree(person string, own, over bool, now time.Time) error {
	switch {
	case m.State != Waiting:
		return notNow()
	case own || person == "" || person == m.personID:
		return errs.E(errs.Forbidden, "mediation.not_yourself")
	case m.checkedBy == person:
		return errs.E(errs.Conflict, "mediation.second_person")
	case m.checkedBy != "" && over:
		m.State, m.DecidedAt, m.checkedBy = Listed, now, ""
	default:
		m.checkedBy = person
	}
	return nil
}

// shown refuses a change of what isn't any more as it was shown.
func shown(is, version int) error {
	if version != 0 && is != version {
		return errs.E(errs.Stale, "mediation.changed_since")
	}
	return nil
}
