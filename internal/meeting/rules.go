package meeting

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"bilin/internal/errs"
	"bilin/internal/plaintext"
	"bilin/internal/workday"
)

// paragraphs keeps the lines of a text, without what is around them.
func paragraphs(s string) string {
	lines := strings.Split(plaintext.Lines(s), "\n")
	for i := range lines {
		lines[i] = plaintext.OneLine(lines[i])
	}
	lines = slices.CompactFunc(lines, func(a, b string) bool { return a == "" && b == "" })
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// fault notes what is wrong with a text that is needed.
func fault(bad *errs.Error, name, text string, limit int) {
	switch {
	case text == "":
		bad.WithField(name, "meeting.missing")
	case utf8.RuneCountInString(text) > limit:
		bad.WithField(name, "meeting.too_long", "max", limit)
	}
}

func faults() *errs.Error { return errs.E(errs.Invalid, "meeting.check") }

func found(bad *errs.Error) error {
	if len(bad.Fields) > 0 {
		return bad
	}
	return nil
}

// check cleans what a meeting is about. A new one needs a place and a time.
func (c Call) check(now time.Time) (Call, error) {
	c.Subject, c.Place = plaintext.OneLine(c.Subject), plaintext.OneLine(c.Place)
	bad := faults()
	fault(bad, "subject", c.Subject, MaxSubject)
	if c.Number == "" {
		fault(bad, "place", c.Place, MaxPlace)
		if !c.StartsAt.After(now.Add(-late)) || c.StartsAt.After(now.Add(MaxAhead)) {
			bad.WithField("day", "meeting.bad_time", "days", int(MaxAhead/(24*time.Hour)))
		}
	}
	var lines []string
	for _, l := range c.Lines {
		if l = plaintext.OneLine(l); l != "" && !slices.Contains(lines, l) {
			lines = append(lines, l)
		}
	}
	c.Lines = lines
	c.Demands = slices.Compact(slices.Sorted(slices.Values(c.Demands)))
	for _, l := range lines {
		if utf8.RuneCountInString(l) > MaxLine {
			bad.WithField("lines", "meeting.line_long", "max", MaxLine)
			break
		}
	}
	switch n := len(lines) + len(c.Demands); {
	case n == 0:
		bad.WithField("lines", "meeting.no_agenda")
	case n > MaxLines:
		bad.WithField("lines", "meeting.agenda_long", "max", MaxLines)
	}
	return c, found(bad)
}

// agenda makes the lines: demands first, by what they are about.
func agenda(c Call, topics map[string]string) (list []Item, err error) {
	for _, number := range c.Demands {
		topic, ok := topics[number]
		if !ok {
			return nil, errs.Refuse("demand", "meeting.no_demand")
		}
		list = append(list, Item{Words: topic, Demand: number})
	}
	for _, l := range c.Lines {
		list = append(list, Item{Words: l})
	}
	return list, nil
}

// coming refuses to change a meeting that is over.
func (m *Meeting) coming() error {
	if m.State != Called {
		return errs.E(errs.Conflict, "meeting.over")
	}
	return nil
}

// invitable refuses to invite to what nobody can come to, and to invite twice.
func (m *Meeting) invitable(now time.Time) error {
	switch err := m.coming(); {
	case err != nil:
		return err
	case m.Notice != "":
		return errs.E(errs.Conflict, "meeting.invited_already")
	case !m.StartsAt.After(now):
		return errs.E(errs.Conflict, "meeting.too_late_to_invite")
	}
	return nil
}

// move puts it elsewhere.
func (m *Meeting) move(c Move, now time.Time) error {
	if err := m.coming(); err != nil {
		return err
	}
	place, why := plaintext.OneLine(c.Place), plaintext.OneLine(c.Why)
	bad := faults()
	fault(bad, "place", place, MaxPlace)
	fault(bad, "why", why, MaxWhy)
	switch {
	case !c.StartsAt.After(now) || c.StartsAt.After(now.Add(MaxAhead)):
		bad.WithField("day", "meeting.bad_time_ahead", "days", int(MaxAhead/(24*time.Hour)))
	case place == m.Place && c.StartsAt.Equal(m.StartsAt):
		bad.WithField("day", "meeting.not_moved")
	}
	if err := found(bad); err != nil {
		return err
	}
	m.Place, m.StartsAt, m.Why, m.Moved, m.Untold = place, c.StartsAt, why, m.Moved+1, m.Notice != ""
	return nil
}

// cancel takes it back.
func (m *Meeting) cancel(why string) error {
	if err := m.coming(); err != nil {
		return err
	}
	why = plaintext.OneLine(why)
	bad := faults()
	fault(bad, "why_cancel", why, MaxWhy)
	if err := found(bad); err != nil {
		return err
	}
	m.State, m.Why, m.Untold = Cancelled, why, m.Notice != ""
	return nil
}

// begun refuses what can only be done at or after the meeting.
func (m *Meeting) begun(now time.Time) error {
	switch {
	case m.State == Cancelled:
		return errs.E(errs.Conflict, "meeting.over")
	case now.Before(m.StartsAt.Add(-Length)):
		return errs.E(errs.Conflict, "meeting.not_begun")
	}
	return nil
}

// record takes down how many came; the first time it is held by that.
func (m *Meeting) record(c Record, now time.Time) (Record, error) {
	if err := m.begun(now); err != nil {
		return c, err
	}
	c.Words = paragraphs(c.Words)
	bad := faults()
	if c.Came < 1 || c.Came > MaxCame {
		bad.WithField("came", "meeting.bad_number", "min", 1, "max", MaxCame)
	}
	if utf8.RuneCountInString(c.Words) > MaxMinutes {
		bad.WithField("words", "meeting.too_long", "max", MaxMinutes)
	}
	if err := found(bad); err != nil {
		return c, err
	}
	m.State, m.Came, m.Untold = Held, c.Came, false
	return c, nil
}

// longNumber is one that could be somebody's: not a year, not a sum or a count.
var longNumber = regexp.MustCompile(`([^\n\d０-９]{0,8})([\d０-９](?:[-－ 　]?[\d０-９]){3,})(.?)`)

// Numbers are the long numbers in a text with the words before them, for whoever
// lets everybody read it. What is surely a telephone, a document or a door was
// struck before; what is left nobody but a person can judge.
func Numbers(words string) (list []string) {
	for _, m := range longNumber.FindAllStringSubmatch(words, -1) {
		if m[3] != "" && strings.Contains("年元万户人米亩斤吨度个", m[3]) {
			continue
		}
		if n := strings.TrimLeft(m[1]+m[2], "，。、；：！？,.;:!? 　"); !slices.Contains(list, n) {
			list = append(list, n)
		}
	}
	return list
}

// check cleans what was resolved.
func (c Resolve) check(today string, latest time.Time) (Resolve, error) {
	c.Words = plaintext.OneLine(c.Words)
	bad := faults()
	fault(bad, "words", c.Words, MaxWords)
	switch c.Kind {
	case Demand:
		c.OwnerUnit, c.OwnerRole, c.DueDay = "", "", ""
	case Promise:
		day, err := time.ParseInLocation(time.DateOnly, c.DueDay, workday.City)
		if err != nil || c.DueDay < today || day.After(latest) {
			bad.WithField("due", "meeting.bad_due")
		}
		if c.OwnerUnit == "" || c.OwnerRole == "" {
			bad.WithField("owner", "meeting.no_owner")
		}
	default:
		bad.WithField("kind", "meeting.no_kind")
	}
	return c, found(bad)
}

// keep ends a promise with a sentence of what was done.
func (r *Resolution) keep(outcome string, now time.Time) error {
	switch {
	case r.Kind != Promise:
		return errs.E(errs.Conflict, "meeting.demand_closes")
	case !r.DoneAt.IsZero():
		return errs.E(errs.Conflict, "meeting.done_already")
	}
	outcome = plaintext.OneLine(outcome)
	bad := faults()
	fault(bad, "outcome", outcome, MaxOutcome)
	if utf8.RuneCountInString(outcome) < leastWords && outcome != "" {
		bad.WithField("outcome", "meeting.say_more")
	}
	if err := found(bad); err != nil {
		return err
	}
	r.Outcome, r.DoneAt, r.NextAt = outcome, now, time.Time{}
	return nil
}

// leastWords is what a sentence of what was done needs at least: "done" says nothing.
const leastWords = 6

// due is the end of the day by which something was promised.
func due(day string) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, day, workday.City)
	if err != nil {
		return time.Time{}
	}
	return t.AddDate(0, 0, 1)
}

// climb hands a promise that is long overdue to the unit above; it stays where
// there is none.
func (r *Resolution) climb(above string, now time.Time) bool {
	if !r.DoneAt.IsZero() || r.NextAt.IsZero() || now.Before(r.NextAt) {
		return false
	}
	if above == "" {
		r.NextAt = time.Time{}
		return true
	}
	r.WithUnit = above
	for !r.NextAt.After(now) { // one level at a time, however late the clock is
		r.NextAt = r.NextAt.Add(climbAfter)
	}
	return true
}

// became says what became of a resolution; state is that of its demand.
func (r Resolution) became(state string, closed bool, now time.Time) Followed {
	f := Followed{Resolution: r}
	switch {
	case r.Kind == Demand && state == "":
		f.Became = "unknown"
	case r.Kind == Demand:
		f.Became, f.Settled = Became(state), closed
	case !r.DoneAt.IsZero():
		f.Became, f.Settled = Done, true
	case now.Before(due(r.DueDay)):
		f.Became = Open
	default:
		f.Became = Overdue
	}
	return f
}

// shown refuses a change of what isn't any more as it was shown.
func shown(is, version int) error {
	if is != version {
		return errs.E(errs.Stale, "meeting.changed_since")
	}
	return nil
}
