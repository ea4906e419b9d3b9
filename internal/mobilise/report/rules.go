package report

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"bilin/internal/mobilise"
)

// Compute makes the figures of an order from what it left, as of a moment.
func Compute(o *mobilise.Order, d *Data, now time.Time) *Figures {
	end := now
	if !o.EndedAt.IsZero() {
		end = o.EndedAt
	}
	g := &gather{o: o, end: end, issued: o.IssuedAt.UnixMilli(), places: make([]Place, len(d.Places)), waits: make([][]int64, len(d.Places)),
		f: &Figures{Method: Method, At: now, Final: !o.Live(), Cants: map[mobilise.Reason]int{}, Ways: map[mobilise.Way]int{}}}
	for i, id := range d.Places {
		g.places[i].UnitID = id
	}
	for i, c := range o.Channels {
		g.order[i] = bitOf(c)
		g.f.Channels = append(g.f.Channels, Channel{Channel: c})
	}
	g.outages(d.Events)
	g.corrections(d)
	g.tried = slices.ContainsFunc(d.Rows, func(r Row) bool { return r.Tried != 0 })
	for i := range d.Rows {
		g.add(&d.Rows[i])
	}
	g.finish()
	return g.f
}

// bitOf is a channel's place in Row.TookAt.
func bitOf(c mobilise.Channel) int { return slices.Index(mobilise.Channels(), c) }

// gather adds up the rows.
type gather struct {
	o        *mobilise.Order
	f        *Figures
	tried    bool // a channel was tried for anybody
	end      time.Time
	issued   int64
	order    [channels]int // places of the order's channels in TookAt
	places   []Place
	waits    [][]int64 // of doors, by place
	handed   []int64
	reached  []int64
	answered []int64
	coming   []int64
	arrived  []int64
}

func (g *gather) add(r *Row) {
	if first := g.tell(r); first != 0 {
		g.handed = append(g.handed, first)
	}
	p := &g.places[r.Place]
	p.People++
	if r.Reached != 0 {
		p.Reached++
		g.reached = append(g.reached, r.Reached)
	} else {
		why := why(r, g.issued, g.o.Wait)
		if why == NoNumber && !g.tried {
			why = Down // nobody was told by any channel: none is set up, or none works
		}
		p.Never[why]++
		g.f.Nevers = append(g.f.Nevers, Never{r.N, r.UnitID, why, r.Knock != 0})
	}
	g.answer(p, r)
	g.door(p, r)
}

// tell counts what the channels did for somebody, and says when the first took
// the message.
func (g *gather) tell(r *Row) (first int64) {
	firstBy := -1
	for i := range g.f.Channels {
		at := r.TookAt[g.order[i]]
		if at != 0 && (first == 0 || at < first) {
			first, firstBy = at, i
		}
	}
	for i := range g.f.Channels {
		c := &g.f.Channels[i]
		c.count(r, r.TookAt[g.order[i]] != 0)
		if i == firstBy {
			c.First++
		}
		if i < firstBy && g.failed(c, r, g.f.Channels[firstBy].Channel, first) {
			c.Passed++
		}
	}
	return first
}

func (c *Channel) count(r *Row, took bool) {
	if !r.Tried.Has(c.Channel) {
		return
	}
	c.Tried++
	switch {
	case r.Refused.Has(c.Channel):
		c.Refused++
	case took:
		c.Took++
	default:
		c.Failed++
	}
}

// failed reports whether a channel, whose turn was before that of another, had
// not taken the message because it failed: it was tried in vain, or passed over
// while it was down, though it calls the same number.
func (g *gather) failed(c *Channel, r *Row, by mobilise.Channel, at int64) bool {
	switch {
	case r.Refused.Has(c.Channel):
		return false
	case r.Tried.Has(c.Channel):
		return true
	case c.Channel == mobilise.Push || by == mobilise.Push:
		return false // nobody knows whether it could have reached them
	}
	return slices.ContainsFunc(c.Down, func(o Outage) bool {
		return at >= o.From.Add(-mobilise.Patience).UnixMilli() && at <= o.To.Add(mobilise.Patience).UnixMilli()
	})
}

func (g *gather) answer(p *Place, r *Row) {
	if r.Standing < mobilise.Cant {
		return
	}
	p.Answered++
	g.answered = append(g.answered, r.Answered)
	g.f.Ways[r.Way]++
	if r.Standing == mobilise.Cant {
		p.Cant++
		g.f.Cants[r.Reason]++
		return
	}
	p.Coming++
	g.coming = append(g.coming, r.Answered)
	if r.Arrived != 0 {
		p.Arrived++
		g.arrived = append(g.arrived, r.Arrived)
	}
}

// door counts somebody who stood on the list of doors. One that is settled
// waited until an answer came or somebody was there; another waits still.
func (g *gather) door(p *Place, r *Row) {
	if r.Knock == 0 {
		return
	}
	p.Doors++
	settled := r.Answered
	if settled == 0 && r.Way != "" {
		settled = max(r.Seen, 1)
	}
	switch {
	case settled == 0:
		p.Open++
		g.waits[r.Place] = append(g.waits[r.Place], g.end.UnixMilli()-r.Knock)
	case settled >= r.Knock:
		g.waits[r.Place] = append(g.waits[r.Place], settled-r.Knock)
	} // read long before somebody went there: nobody knows when that was
}

// why says why somebody was never reached. Whom no channel reaches at all is put
// on the list of doors at once; whoever is put there later waited for a channel.
func why(r *Row, issued int64, wait time.Duration) Why {
	switch {
	case r.ToldBy != 0:
		return Silent
	case r.Tried == 0 && r.Knock == 0:
		return NotTried
	case r.Tried == 0 && r.Knock < issued+wait.Milliseconds():
		return NoNumber
	case r.Tried != 0 && r.Tried&^r.Refused == 0:
		return Refused
	}
	return Down
}

func (g *gather) finish() {
	f := g.f
	var all []int64
	for i := range g.places {
		p := &g.places[i]
		p.Waited = middle(g.waits[i])
		all = append(all, g.waits[i]...)
		f.Count.add(p.Count)
	}
	f.Waited = middle(all)
	f.Places = g.places
	for _, list := range [][]int64{g.handed, g.reached, g.answered, g.coming, g.arrived} {
		slices.Sort(list)
	}
	f.Handed, f.Reach, f.Answer = g.times(g.handed), g.times(g.reached), g.times(g.answered)
	g.curve()
}

// add adds another place's count, without Waited.
func (c *Count) add(o Count) {
	c.People += o.People
	c.Reached += o.Reached
	c.Answered += o.Answered
	c.Cant += o.Cant
	c.Coming += o.Coming
	c.Arrived += o.Arrived
	c.Doors += o.Doors
	c.Open += o.Open
	for i := range c.Never {
		c.Never[i] += o.Never[i]
	}
}

// times are those of sorted moments, of all who were called.
func (g *gather) times(sorted []int64) Times {
	t := Times{N: len(sorted)}
	for i, p := range Shares {
		if k := rank(p, g.f.People); k > 0 && k <= len(sorted) {
			t.At[i], t.Done[i] = g.after(sorted[k-1]), true
		}
	}
	return t
}

// rank is the nearest rank of p percent of n: the least k with k ≥ p/100 · n.
func rank(p, n int) int { return (p*n + 99) / 100 }

func (g *gather) after(ms int64) time.Duration {
	return max(0, time.Duration(ms-g.issued)*time.Millisecond)
}

// middle is the median by nearest rank; 0 of none.
func middle(list []int64) time.Duration {
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	return max(0, time.Duration(list[rank(50, len(list))-1])*time.Millisecond)
}

// outages pairs what the timeline says of channels that failed and worked again.
func (g *gather) outages(events []mobilise.Event) {
	open := map[mobilise.Channel]time.Time{}
	for _, e := range events {
		var d struct{ Channel mobilise.Channel }
		if e.Kind != mobilise.EventDown && e.Kind != mobilise.EventUp || json.Unmarshal([]byte(e.Detail), &d) != nil {
			continue
		}
		from, down := open[d.Channel]
		switch {
		case e.Kind == mobilise.EventDown && !down:
			open[d.Channel] = e.At
		case e.Kind == mobilise.EventUp && down:
			g.outage(Outage{d.Channel, from, e.At, false})
			delete(open, d.Channel)
		}
	}
	for c, from := range open {
		g.outage(Outage{c, from, g.end, true})
	}
}

func (g *gather) outage(o Outage) {
	if o.To.Before(o.From) { // it failed after the end, while the last word went out
		o.To = o.From
	}
	for i := range g.f.Channels {
		if c := &g.f.Channels[i]; c.Channel == o.Channel {
			c.Down = append(c.Down, o)
		}
	}
}

// corrections are the editions between the first and the last word.
func (g *gather) corrections(d *Data) {
	of := map[int]Edition{}
	for _, e := range d.Reaches {
		of[e.N] = e
	}
	for _, e := range d.Events {
		var detail struct{ Edition int }
		if e.Kind != mobilise.EventCorrected || json.Unmarshal([]byte(e.Detail), &detail) != nil {
			continue
		}
		edition := of[detail.Edition]
		edition.N = detail.Edition
		g.f.Corrections = append(g.f.Corrections, Correction{edition, e.At})
	}
	if !g.o.Live() {
		g.f.LastWord = of[g.o.Edition]
		g.f.LastWord.N = g.o.Edition
	}
	slices.SortFunc(g.f.Corrections, func(a, b Correction) int { return cmp.Compare(a.N, b.N) })
}

// steps are the distances between the points of a curve, the least first.
var steps = []time.Duration{5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute,
	15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour}

// mostSteps of a curve; it ends where nothing came any more.
const mostSteps = 60

func (g *gather) curve() {
	last := int64(0)
	for _, list := range [][]int64{g.reached, g.answered, g.arrived} {
		if len(list) > 0 {
			last = max(last, list[len(list)-1])
		}
	}
	span := max(g.after(last), time.Minute)
	g.f.Every = steps[len(steps)-1]
	for _, s := range steps {
		if span <= s*mostSteps {
			g.f.Every = s
			break
		}
	}
	for at := time.Duration(0); ; at += g.f.Every {
		until := g.issued + at.Milliseconds()
		g.f.Curve = append(g.f.Curve, Step{at, upTo(g.reached, until), upTo(g.answered, until), upTo(g.coming, until), upTo(g.arrived, until)})
		if at >= span {
			return
		}
	}
}

// upTo is how many of sorted moments are not after one.
func upTo(sorted []int64, ms int64) int {
	n, _ := slices.BinarySearchFunc(sorted, ms+1, func(a, b int64) int { return cmp.Compare(a, b) })
	return n
}
