package figures

import (
	"slices"
	"strings"

	"bilin/internal/demand/catalog"
)

// deed is what the counting needs of one demand.
type deed struct {
	state         string
	satisfied     int // 0 to 3
	rechecked     int // 2 still in order, 3 broken again
	rung          catalog.Rung
	reopened      bool
	limit         limit
	climbs, hands int
	resolved      bool // at least once
	days          int  // calendar days until then
	unit          string
	category      string
	month         string // "2026-04"
	kind, source  string
}

// limit is what became of the first time limit.
type limit int

const (
	running limit = iota
	kept
	missed
)

// tally adds demands up. days[n] is how many took n calendar days.
type tally struct {
	count Count
	days  []int32
}

// maxDays bounds what is told apart: a matter that took longer counts as this long.
const maxDays = 3660

func (t *tally) add(d *deed) {
	c := &t.count
	if d.state == "merged" {
		c.Merged++
		return
	}
	c.Raised++
	standing := standingOf(d.state)
	c.Standings[standing]++
	c.Answers[d.satisfied&3]++
	c.Climbs += d.climbs
	c.Handovers += d.hands
	c.Climbed += one(d.climbs > 0)
	c.Passed += one(d.hands > 0)
	c.Asked += one(d.rechecked >= 2)
	c.StillFixed += one(d.rechecked == 2)
	c.InTime += one(d.limit == kept)
	c.Decided += one(d.limit != running)
	c.Running += one(d.limit == running && standing != Withdrawn)
	if d.resolved && standing != Withdrawn {
		t.addResolved(d, standing)
	}
}

func (t *tally) addResolved(d *deed, standing Standing) {
	c := &t.count
	c.Resolved++
	c.Confirmed += one(standing == Confirmed)
	c.Unconfirmed += one(standing == Unconfirmed)
	c.Reopened += one(d.reopened)
	if d.rung < 0 || d.rung > catalog.Office {
		d.rung = 0
	}
	c.At[d.rung]++
	days := min(max(d.days, 0), maxDays)
	if days >= len(t.days) {
		t.days = append(t.days, make([]int32, days+1-len(t.days))...)
	}
	t.days[days]++
}

func standingOf(state string) Standing {
	switch state {
	case "confirmed":
		return Confirmed
	case "unconfirmed":
		return Unconfirmed
	case "resolved":
		return Unanswered
	case "withdrawn":
		return Withdrawn
	default:
		return InWork
	}
}

// done returns the count with its median and ninetieth percentile.
func (t *tally) done() Count {
	t.count.Median = t.within(50)
	t.count.Ninety = t.within(90)
	return t.count
}

// within is the smallest number of days within which so many percent were resolved.
func (t *tally) within(percent int) int {
	seen := 0
	for days, n := range t.days {
		seen += int(n)
		if seen*100 >= t.count.Resolved*percent {
			return days
		}
	}
	return 0
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

// join adds what another tally counted.
func (t *tally) join(o *tally) {
	t.count.plus(&o.count)
	if len(o.days) > len(t.days) {
		t.days = append(t.days, make([]int32, len(o.days)-len(t.days))...)
	}
	for days, n := range o.days {
		t.days[days] += n
	}
}

// plus adds another count, without Median and Ninety.
func (c *Count) plus(o *Count) {
	for i, n := range o.Standings {
		c.Standings[i] += n
	}
	for i, n := range o.Answers {
		c.Answers[i] += n
	}
	for i, n := range o.At {
		c.At[i] += n
	}
	c.Raised += o.Raised
	c.Merged += o.Merged
	c.Resolved += o.Resolved
	c.Confirmed += o.Confirmed
	c.Unconfirmed += o.Unconfirmed
	c.Reopened += o.Reopened
	c.Decided += o.Decided
	c.InTime += o.InTime
	c.Running += o.Running
	c.Climbed += o.Climbed
	c.Climbs += o.Climbs
	c.Passed += o.Passed
	c.Handovers += o.Handovers
	c.Asked += o.Asked
	c.StillFixed += o.StillFixed
}

// axis adds demands up by a key.
type axis map[string]*tally

// at returns the tally of a key. The key is kept as a copy: it may be a piece of a longer text.
func (a axis) at(key string) *tally {
	t := a[key]
	if t == nil {
		t = &tally{}
		a[strings.Clone(key)] = t
	}
	return t
}

func (a axis) join(o axis) {
	for key, t := range o {
		a.at(key).join(t)
	}
}

// groups returns the lines in the order of known, with what isn't known after
// them; of known keys without a demand there is a line only if empty is set.
func (a axis) groups(known []string, empty bool) []Group {
	list := make([]Group, 0, len(a))
	put := func(key string) {
		if t := a[key]; t != nil {
			list = append(list, Group{Key: key, Count: t.done()})
		} else if empty {
			list = append(list, Group{Key: key})
		}
	}
	for _, key := range known {
		put(key)
	}
	var rest []string
	for key := range a {
		if !slices.Contains(known, key) {
			rest = append(rest, key)
		}
	}
	slices.Sort(rest)
	for _, key := range rest {
		put(key)
	}
	return list
}
