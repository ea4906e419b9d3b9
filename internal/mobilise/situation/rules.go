package situation

import (
	"cmp"
	"hash/fnv"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"bilin/internal/errs"
	"bilin/internal/mobilise"
	"bilin/internal/plaintext"
)

// Rising reports whether more is better: the target says so.
func (o *Objective) Rising() bool { return o.Target > o.Start }

// Current is the latest value.
func (o *Objective) Current() int64 { return o.last().Value }

// UpdatedAt is since when it is that.
func (o *Objective) UpdatedAt() time.Time { return o.last().At }

// Version counts its values.
func (o *Objective) Version() int { return len(o.Points) }

// Curve is its values, few enough to be drawn.
func (o *Objective) Curve() []Point { return thin(o.Points, CurvePoints) }

func (o *Objective) last() Point {
	if len(o.Points) == 0 {
		return Point{At: o.AddedAt, Value: o.Start}
	}
	return o.Points[len(o.Points)-1]
}

// done reports whether a value is as good as the target.
func (o *Objective) done(value int64) bool {
	if o.Rising() {
		return value >= o.Target
	}
	return value <= o.Target
}

// Done reports whether it is reached now.
func (o *Objective) Done() bool { return o.done(o.Current()) }

// DoneAt is since when it has been reached without falling back; zero if it isn't.
func (o *Objective) DoneAt() time.Time {
	var since time.Time
	for i := len(o.Points) - 1; i >= 0 && o.done(o.Points[i].Value); i-- {
		since = o.Points[i].At
	}
	return since
}

// Late reports whether its deadline passed before it was reached.
func (o *Objective) Late(now time.Time) bool {
	return !o.Deadline.IsZero() && !o.Done() && now.After(o.Deadline)
}

// Share is how much of the way is done, from 0 to 1. It is 1 only at the target.
func (o *Objective) Share() float64 {
	switch {
	case o.Done():
		return 1
	case o.Target == o.Start:
		return 0
	}
	return max(0, min(0.999, float64(o.Current()-o.Start)/float64(o.Target-o.Start)))
}

// Turn is what a new value changes.
type Turn int

// The turns.
const (
	Moves   Turn = iota // it is still open, or still reached
	Arrives             // the target is reached
	Falls               // it had been reached, and no longer is
)

// Set adds a value. Its time is never before that of the value before it,
// whatever the clocks say.
func (o *Objective) Set(value int64, by string, now time.Time) (Point, Turn, error) {
	switch {
	case value < 0 || value > MaxValue:
		return Point{}, Moves, errs.Refuse("value", "situation.bad_value", "max", MaxValue)
	case len(o.Points) >= mostPoints:
		return Point{}, Moves, errs.E(errs.Conflict, "situation.too_many_values", "max", mostPoints)
	}
	p, was := Point{At: now, Value: value, By: by}, o.Done()
	if before := o.UpdatedAt(); now.Before(before) {
		p.At = before
	}
	o.Points = append(o.Points, p)
	switch {
	case o.Done() && !was:
		return p, Arrives, nil
	case was && !o.Done():
		return p, Falls, nil
	}
	return p, Moves, nil
}

// Add asks for an objective.
type Add struct {
	Key, Number   string
	Name, Unit    string
	Start, Target int64
	Deadline      time.Time // zero for none
}

func (c Add) check(now time.Time) (Add, error) {
	var err error
	if c.Name, err = words("name", c.Name, MaxName); err != nil {
		return c, err
	}
	if c.Unit, err = words("unit", c.Unit, MaxUnit); err != nil {
		return c, err
	}
	switch {
	case c.Start < 0 || c.Start > MaxValue:
		return c, errs.Refuse("start", "situation.bad_value", "max", MaxValue)
	case c.Target < 0 || c.Target > MaxValue:
		return c, errs.Refuse("target", "situation.bad_value", "max", MaxValue)
	case c.Start == c.Target:
		return c, errs.Refuse("target", "situation.no_way")
	case !c.Deadline.IsZero() && !c.Deadline.After(now):
		return c, errs.Refuse("deadline", "situation.deadline_past")
	}
	return c, nil
}

func words(field, text string, limit int) (string, error) {
	text = plaintext.OneLine(text)
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return "", errs.Refuse(field, "situation.missing")
	case n > limit:
		return "", errs.Refuse(field, "situation.too_long", "max", limit)
	}
	return text, nil
}

// Elapsed is an order's clock: since it was issued, until it ended.
func Elapsed(o *mobilise.Order, now time.Time) time.Duration {
	if o.IssuedAt.IsZero() {
		return 0
	}
	if !o.EndedAt.IsZero() && o.EndedAt.Before(now) {
		now = o.EndedAt
	}
	return max(0, now.Sub(o.IssuedAt))
}

// newest are the latest entries of a timeline, the newest first, by when they
// happened: some are noted later than that, as milestones are.
func newest(events []mobilise.Event) []mobilise.Event {
	list := slices.Clone(events[max(0, len(events)-keptEvents):])
	slices.SortFunc(list, func(a, b mobilise.Event) int { return cmp.Or(b.At.Compare(a.At), b.Seq-a.Seq) })
	return list
}

// steps are the shares whose moments are kept, in percent.
var steps = []int{50, 90, 99}

// passed are the steps that a part of a whole has come to.
func passed(part, whole int) []int {
	n := 0
	for n < len(steps) && whole > 0 && part*100 >= steps[n]*whole {
		n++
	}
	return steps[:n]
}

// due are the marks that are passed and not yet kept.
func due(kept []Mark, t mobilise.Tally, roll *Roll) (marks []Mark) {
	add := func(what string, part, whole int) {
		for _, pct := range passed(part, whole) {
			if !slices.ContainsFunc(kept, func(m Mark) bool { return m.What == what && m.Pct == pct }) {
				marks = append(marks, Mark{What: what, Pct: pct})
			}
		}
	}
	add(Reached, t.Reached, t.People)
	add(Answered, t.Answered, t.People)
	if roll != nil {
		add(RollCall, roll.Reported(), roll.Expected)
	}
	return marks
}

// nth is the moment at which so many of some moments had come; zero if they haven't.
func nth(times []int64, n int) time.Time {
	slices.Sort(times)
	if first, _ := slices.BinarySearch(times, 1); n > 0 && first+n <= len(times) { // 0 is never
		return time.UnixMilli(times[first+n-1]).UTC()
	}
	return time.Time{}
}

// needed is how many of a whole make a share.
func needed(whole, pct int) int { return (whole*pct + 99) / 100 }

// thin leaves the first point, the last, and at most one for each slice of time.
func thin(points []Point, most int) []Point {
	if len(points) <= most {
		return points
	}
	first, last := points[0].At, points[len(points)-1].At
	span := max(1, last.Sub(first)/time.Duration(most-2))
	out := points[:1:1]
	for i, p := range points[1:] {
		slot, next := p.At.Sub(first)/span, i+2
		if next == len(points) || points[next].At.Sub(first)/span != slot {
			out = append(out, p)
		}
	}
	return out
}

// Shade is the colour of a village on the map: how many of its people were
// reached, and how many come or have come, each from 0 (nobody) to 5
// (everybody) with quarters between. It is one character: 0 to z for 6*reached
// + coming, and a dot where nobody is called.
func Shade(v mobilise.VillageTally) byte {
	if v.People == 0 {
		return '.'
	}
	return strconv.FormatInt(int64(6*grade(v.Reached, v.People)+grade(v.Coming+v.Arrived, v.People)), 36)[0]
}

// Grades takes a shade apart; ok is false where nobody is called.
func Grades(shade byte) (reached, coming int, ok bool) {
	n, err := strconv.ParseInt(string(rune(shade)), 36, 8)
	return int(n) / 6, int(n) % 6, err == nil
}

func grade(part, whole int) int {
	switch {
	case part <= 0:
		return 0
	case part >= whole:
		return 5
	}
	return 1 + part*4/whole
}

// tag is a short name for what some parts say together.
func tag(parts ...string) string {
	h := fnv.New64a()
	for _, p := range parts {
		_, _ = h.Write(append([]byte(p), 0)) // a hash doesn't fail
	}
	return strconv.FormatUint(h.Sum64(), 36)
}
