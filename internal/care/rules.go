package care

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"bilin/internal/auth"
	"bilin/internal/care/need"
	"bilin/internal/errs"
)

// How long things take, in days.
const (
	RemindDays = 14 // before its end an entry asks to be renewed
	AheadDays  = 3  // a contact appears before it is owed
	GraceDays  = 2  // a lead has for it after that day
	HighDays   = 1  // everybody above has
	AgainDays  = 30 // for so long after an entry's end, listing the household anew is a renewal
	tries      = 2  // nobody home so often, and it goes to the next
	lateDays   = 30 // a report may be so old
)

// Least is the smallest count that is shown.
const Least = 10

// MaxWords is how long the words of a need may be.
const MaxWords = 500

// doorstep is what each contact costs beside itself, in minutes: the way there.
const doorstep = 5

// PerHousehold is how many entries a household can have.
const PerHousehold = 3

// addDays is a day so many days later.
func addDays(day string, n int) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.AddDate(0, 0, n).Format(time.DateOnly)
}

func valid(day string) bool {
	_, err := time.Parse(time.DateOnly, day)
	return err == nil
}

// terms says what an entry for a need holds, or why it can't be.
func (c *Enter) terms(n need.Need, today string) (o need.Obligation, content Content, days int, err error) {
	o, content, days = n.Obligation, Content{Need: n.Code, Basis: c.Basis}, c.Days
	if days == 0 {
		days = n.LongDays
	}
	if c.EveryDays != 0 {
		o.EveryDays = c.EveryDays
	}
	if c.Official {
		o.Who = need.ByOfficial
	}
	switch {
	case n.Off:
		err = errs.Refuse("need", "care.need_off")
	case days < 1 || days > min(n.LongDays, need.Longest):
		err = errs.Refuse("days", "care.bad_days", "max", min(n.LongDays, need.Longest))
	case !slices.Contains(need.Everies(), o.EveryDays) || o.EveryDays > n.EveryDays:
		err = errs.Refuse("every", "care.bad_every", "max", n.EveryDays)
	case c.Basis != ByLaw && c.Basis != ByConsent:
		err = errs.Refuse("basis", "care.no_basis")
	case n.Consent && c.Basis != ByConsent:
		err = errs.Refuse("basis", "care.needs_consent")
	case c.Basis == ByConsent && c.Agreed != OnPaper && c.Agreed != InWords:
		err = errs.Refuse("agreed", "care.how_agreed")
	}
	if c.Basis == ByConsent {
		content.Agreed, content.AgreedOn = c.Agreed, today
	}
	return o, content, days, err
}

// renew moves the end of an entry; from then on somebody else has to.
func (e *Entry) renew(by auth.Actor, days int, today string) error {
	if days == 0 {
		days = e.LongDays
	}
	switch {
	case !e.RenewableBy(by):
		return errs.E(errs.Forbidden, "care.second_person")
	case days < 1 || days > min(e.LongDays, need.Longest):
		return errs.Refuse("days", "care.bad_days", "max", min(e.LongDays, need.Longest))
	case today > e.LapsesOn:
		return errs.E(errs.Gone, "care.gone")
	case !e.Ends(today):
		return errs.E(errs.Conflict, "care.too_early", "days", RemindDays)
	}
	e.LapsesOn, e.byID = addDays(today, days), by.Human()
	e.Version++
	return nil
}

// window says for how long whoever has a contact at a step has it.
func window(step Step, due string) (limit string) {
	if step == First || step == StandIn {
		return addDays(due, GraceDays)
	}
	return addDays(due, HighDays)
}

// begin is a contact as it comes to be.
func begin(e *Entry) Contact {
	return Contact{EntryID: e.ID, HouseholdID: e.HouseholdID, CellID: e.UnitID, VillageID: e.VillageID, OwedOn: e.NextOn, DueOn: e.NextOn,
		LimitOn: window(First, e.NextOn), Do: e.Do, Action: e.Action, Version: 1, every: e.EveryDays}
}

// Report takes what somebody says became of it. A contact that is done stays as
// it is: a second report of it says nothing new.
func (c *Contact) Report(o Outcome, day string) {
	if c.Done {
		return
	}
	c.Version++
	if o == Nobody {
		c.missed(day)
		return
	}
	c.Done, c.Outcome, c.DoneOn = true, o, day
	c.Late = day > addDays(c.OwedOn, GraceDays)
}

// missed is that nobody was home: once more the day after, then the next one's turn.
// A report about a day before that on which to try says nothing new: neither of a
// second try, nor to whoever it went on to.
func (c *Contact) missed(day string) {
	if day < addDays(c.DueOn, -AheadDays) || (c.Misses > 0 || c.Step > First) && day < c.DueOn {
		return
	}
	c.was, c.MissedOn = held{c.UnitID, c.Role, c.Step, c.DueOn, c.LimitOn, c.Misses}, day
	c.Misses++
	if c.Misses >= tries && c.Step < Village {
		c.climb(day)
		return
	}
	c.DueOn = addDays(day, 1)
	if c.LimitOn < c.DueOn {
		c.LimitOn = c.DueOn
	}
}

// unmiss puts it back to how it stood before somebody said that nobody was home,
// with today to go again.
func (c *Contact) unmiss(today string) {
	w := c.was
	c.UnitID, c.Role, c.Step, c.DueOn, c.LimitOn, c.Misses = w.UnitID, w.Role, w.Step, w.DueOn, max(w.LimitOn, today), w.Misses
	c.MissedOn, c.was = "", held{}
	c.Version++
}

// climb gives it to the next step, from the day after.
func (c *Contact) climb(day string) {
	c.Step, c.Misses = c.Step+1, 0
	c.DueOn = addDays(day, 1)
	c.LimitOn = window(c.Step, c.DueOn)
}

// Climb gives it to the next step if nobody said anything by its last day, and
// reports whether it did. What is with the village stays there.
func (c *Contact) Climb(today string) bool {
	if c.Done || c.Step >= Village || today <= c.LimitOn {
		return false
	}
	c.Version++
	c.climb(addDays(today, -1)) // due today: it has waited long enough
	return true
}

// next is the day of the contact after one that was done on a day.
func next(doneOn string, every int) string { return addDays(doneOn, every) }

// check says what is wrong with a report.
func (r *Report) check(today string) (Report, error) {
	out := *r
	out.Words = strings.TrimSpace(strings.ToValidUTF8(r.Words, ""))
	if out.Day == "" {
		out.Day = today
	}
	switch n := utf8.RuneCountInString(out.Words); {
	case !slices.Contains(Outcomes(), r.Outcome):
		return out, errs.Refuse("outcome", "care.no_outcome")
	case r.Outcome == NeedsHelp && n == 0:
		return out, errs.Refuse("words", "care.no_words")
	case n > MaxWords:
		return out, errs.Refuse("words", "care.long", "max", MaxWords)
	case !valid(out.Day) || out.Day > today || out.Day < addDays(today, -lateDays):
		return out, errs.Refuse("day", "care.bad_day")
	}
	if r.Outcome != NeedsHelp {
		out.Words = ""
	}
	return out, nil
}

// occurrences is how many contacts fall between two days, from one that is due
// on a day and then every so many days.
func occurrences(nextOn string, every int, first, last string) (n int) {
	if every < 1 || !valid(nextOn) {
		return 0
	}
	day := nextOn
	if day < first {
		gap := daysBetween(day, first)
		day = addDays(day, (gap+every-1)/every*every)
	}
	for ; day <= last; day = addDays(day, every) {
		n++
	}
	return n
}

func daysBetween(a, b string) int {
	from, errA := time.Parse(time.DateOnly, a)
	to, errB := time.Parse(time.DateOnly, b)
	if errA != nil || errB != nil {
		return 0
	}
	return int(to.Sub(from).Hours() / 24)
}

// shown is a count as it is shown: cut to fives, and -1 where it is too few to
// say. None is too few as well: a zero beside small counts would tell what isn't.
func shown(n int) int {
	if n < Least {
		return -1
	}
	return n / 5 * 5
}

// share is the percent of some of a whole, cut to fives, and -1 where they are
// too few to say: an exact one would give their count.
func share(n, of int) int {
	if n < Least || of < Least {
		return -1
	}
	return 100 * n / of / 5 * 5
}

// cutCursor is where a page by day begins.
func cutCursor(cursor string) (day, id string) {
	day, id, _ = strings.Cut(cursor, " ")
	return day, id
}

// dayTime is a day as an instant.
func dayTime(day string) time.Time {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return time.Time{}
	}
	return t
}
