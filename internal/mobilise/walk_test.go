package mobilise_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bilin/internal/mobilise"
)

var began = time.Date(2026, 12, 1, 2, 0, 0, 0, time.UTC)

// world is one order, its people and the channels, told of as dispatch does it.
type world struct {
	*rapid.T
	o      *mobilise.Order
	now    time.Time
	people []*person
	outage map[mobilise.Channel][2]time.Time // from, until
	ended  time.Time
	answer func(o *mobilise.Order, r *mobilise.Receipt, a mobilise.Answer, now time.Time) error
}

type person struct {
	mobilise.Receipt
	can      mobilise.Bits
	wrong    mobilise.Bits              // numbers that are none
	got      map[string]time.Time       // edition and channel: when the message came
	flying   []flight                   // handed over, and not settled
	fallback map[int][]mobilise.Channel // by edition, in the order in which they were used
	lost     bool                       // a message that was taken never arrived
}

type flight struct {
	c       mobilise.Channel
	edition int
	settle  time.Time
	state   string
}

func newWorld(t *rapid.T) *world {
	order := rapid.Permutation(mobilise.Channels()).Draw(t, "channels")
	w := &world{T: t, now: began, outage: map[mobilise.Channel][2]time.Time{}, answer: mobilise.TakeOpen, o: &mobilise.Order{
		State: mobilise.Active, Edition: 1, IssuedAt: began, Wait: time.Duration(rapid.IntRange(1, 15).Draw(t, "wait")) * time.Minute,
		Channels: order[:rapid.IntRange(1, 3).Draw(t, "n")], Words: mobilise.Words{Title: "一", Until: began.Add(100 * time.Hour)}, Version: 1}}
	for _, c := range mobilise.Channels() {
		if rapid.Bool().Draw(t, "outage of "+string(c)) {
			from := began.Add(time.Duration(rapid.IntRange(-5, 30).Draw(t, "from")) * time.Minute)
			w.outage[c] = [2]time.Time{from, from.Add(time.Duration(rapid.IntRange(1, 60).Draw(t, "for")) * time.Minute)}
		}
	}
	for n := range rapid.IntRange(1, 4).Draw(t, "people") {
		w.people = append(w.people, &person{Receipt: mobilise.Receipt{N: n + 1, Due: began.UnixMilli()}, got: map[string]time.Time{},
			can: mobilise.Bits(rapid.IntRange(0, 7).Draw(t, "can")), wrong: mobilise.Bits(rapid.IntRange(0, 7).Draw(t, "wrong") & rapid.IntRange(0, 7).Draw(t, "and")),
			fallback: map[int][]mobilise.Channel{}})
	}
	return w
}

func (w *world) fails(c mobilise.Channel) bool {
	out := w.outage[c]
	return !w.now.Before(out[0]) && w.now.Before(out[1])
}

// down are the channels that fail since longer than Patience.
func (w *world) down() (b mobilise.Bits) {
	for c, out := range w.outage {
		if w.fails(c) && w.now.Sub(out[0]) > mobilise.Patience {
			b |= mobilise.BitsOf(c)
		}
	}
	return b
}

// tick does all that is due now.
func (w *world) tick() {
	for _, p := range w.people {
		w.land(p)
		for p.Due <= w.now.UnixMilli() {
			next := p.Next(w.o, p.can, w.down(), w.now)
			switch {
			case next.Knock:
				p.Knock(w.now)
			case len(next.Send) > 0:
				w.send(p, next.Send)
			case next.Due <= w.now.UnixMilli():
				w.Fatalf("person %d is due at once, and nothing is to be done: %+v", p.N, p.Receipt)
			default:
				p.Due = next.Due
			}
		}
	}
}

func (w *world) send(p *person, channels []mobilise.Channel) {
	p.Due = w.now.Add(2 * time.Second).UnixMilli()
	for _, c := range channels {
		if slices.ContainsFunc(p.flying, func(f flight) bool { return f.c == c && f.edition == w.o.Edition }) {
			continue // it is on its way
		}
		p.Due = w.now.Add(5 * time.Minute).UnixMilli()
		f := flight{c, w.o.Edition, w.now.Add(time.Duration(rapid.IntRange(0, 40).Draw(w.T, "takes")) * time.Second), "taken"}
		key := fmt.Sprint(w.o.Edition, c)
		switch {
		case w.fails(c):
			f.state = "failed"
		case p.wrong.Has(c):
			f.state = "refused"
		case !p.got[key].IsZero() && p.lost:
			f.state = "taken" // dispatch sees that it was, and doesn't send it again
		case !p.got[key].IsZero():
			w.Fatalf("person %d is told edition %d twice by %s", p.N, w.o.Edition, c)
		default:
			p.got[key] = w.now
			p.fallback[w.o.Edition] = append(p.fallback[w.o.Edition], c)
		}
		p.flying = append(p.flying, f)
	}
	w.land(p)
}

// land settles what came back, as dispatch does it.
func (w *world) land(p *person) {
	p.flying = slices.DeleteFunc(p.flying, func(f flight) bool {
		if f.settle.After(w.now) {
			return false
		}
		before := p.Standing
		switch f.state {
		case "taken":
			p.Took(f.c, w.o, f.edition, w.now)
		case "refused":
			p.RefusedBy(f.c, w.now)
		default:
			p.Failed(w.o, w.now)
		}
		if p.ToldBy != 0 && p.Told < w.o.Edition {
			p.Due = min(p.Due, w.now.UnixMilli())
		}
		if p.Standing < before {
			w.Errorf("person %d stood at %v and falls to %v", p.N, before, p.Standing)
		}
		return true
	})
}

// wake has everybody looked at, as a correction and an end do.
func (w *world) wake() {
	for _, p := range w.people {
		p.Due, p.Tried = w.now.UnixMilli(), 0
	}
}

// happen lets something happen that people do.
func (w *world) happen() {
	p := rapid.SampledFrom(w.people).Draw(w.T, "whom")
	switch rapid.IntRange(0, 9).Draw(w.T, "what") {
	case 0:
		words := w.o.Words
		words.Title += "一"
		if w.o.Correct(words) == nil {
			w.wake()
		}
	case 1:
		if rapid.IntRange(0, 3).Draw(w.T, "really") == 0 && w.o.Cancel("", w.now) == nil {
			w.ended = w.now
			w.wake()
		}
	case 2:
		if rapid.IntRange(0, 3).Draw(w.T, "really") == 0 && w.o.Close("", w.now) == nil {
			w.ended = w.now
			for _, p := range w.people {
				p.Release(w.now)
			}
			w.wake()
		}
	case 3, 4:
		_ = w.answer(w.o, &p.Receipt, mobilise.Answer{Coming: true, Way: mobilise.ByLink}, w.now) // refused after the end
	case 5:
		_ = w.answer(w.o, &p.Receipt, mobilise.Answer{Reason: mobilise.ReasonIll, Way: mobilise.ByReply}, w.now)
	case 6:
		_ = w.answer(w.o, &p.Receipt, mobilise.Answer{Told: true, Way: mobilise.ByVisit, By: "联络员"}, w.now)
	case 7:
		if p.Told > 0 {
			p.MarkDelivered(w.now)
		}
	case 8:
		for _, c := range p.ToldBy.List() {
			if at := fmt.Sprint(p.Told, c); !p.got[at].IsZero() && p.Standing < mobilise.Delivered {
				p.Undelivered(c, p.Told, w.now)
				p.lost, p.wrong = true, p.wrong|mobilise.BitsOf(c)
				delete(p.got, at)
				return
			}
		}
	}
}

// run lets some hours go by in which channels come back.
func (w *world) run() {
	until := began.Add(time.Duration(rapid.IntRange(0, 90).Draw(w.T, "busy")) * time.Minute)
	for w.now.Before(until) {
		w.tick()
		if rapid.IntRange(0, 2).Draw(w.T, "quiet") == 0 {
			w.happen()
			w.tick()
		}
		w.now = w.now.Add(time.Duration(rapid.IntRange(1, 240).Draw(w.T, "step")) * time.Second)
	}
	for end := w.now.Add(4 * time.Hour); w.now.Before(end); w.now = w.now.Add(10 * time.Second) {
		w.tick()
	}
}

// usable are the channels by which a person can be told in the end.
func (w *world) usable(p *person) mobilise.Bits {
	return p.can & mobilise.BitsOf(w.o.Channels...) &^ p.wrong
}

// Whatever fails and whatever people do: everybody who can be reached is told
// or knocked at, corrections and cancels reach all who were told, and nobody is
// told the same twice by one channel.
func TestNobodyIsForgotten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		w.run()
		for _, p := range w.people {
			if len(p.flying) > 0 || p.Due != mobilise.Never {
				t.Errorf("person %d isn't done: %+v", p.N, p.Receipt)
			}
			if w.o.Live() && p.Standing < mobilise.Cant {
				w.checkAsked(p)
			}
			if p.ToldBy != 0 {
				w.checkNews(p)
			}
		}
	})
}

// checkAsked: who didn't answer was asked in every way.
func (w *world) checkAsked(p *person) {
	if p.KnockAt == 0 {
		w.Errorf("person %d didn't answer, and nobody knocks: %+v", p.N, p.Receipt)
	}
	if missed := w.usable(p) &^ p.ToldBy; missed != 0 {
		w.Errorf("person %d was never told by %v: %+v", p.N, missed.List(), p.Receipt)
	}
}

// checkNews: who was told anything was told the last word that is for them,
// and nobody else hears anything after the end.
func (w *world) checkNews(p *person) {
	first, last := "", ""
	for key, at := range p.got {
		if first == "" || at.Before(p.got[first]) {
			first = key
		}
		if at.After(p.got[last]) {
			last = key
		}
	}
	forThem := w.o.Live() || w.o.State == mobilise.Cancelled || p.Standing == mobilise.Released
	if forThem && w.usable(p) != 0 && (p.Told != w.o.Edition || len(p.fallback[w.o.Edition]) == 0) {
		w.Errorf("person %d was told edition %d and not %d: %+v", p.N, p.Told, w.o.Edition, p.Receipt)
	}
	if w.o.Live() {
		return
	}
	if !p.lost && p.got[first].After(w.ended) {
		w.Errorf("person %d hears first of an order that has ended: %s", p.N, first)
	}
	if !forThem && p.got[last].After(w.ended) {
		w.Errorf("person %d, who never said that they come, hears of the end: %s", p.N, last)
	}
	if forThem && w.usable(p) != 0 && p.got[last].Before(w.ended) {
		w.Errorf("person %d never hears of the end: %s", p.N, last)
	}
}

// An unanswered message is given its time before the next channel is used.
func TestOneChannelWaitsForTheOther(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		w.outage = nil
		for w.now.Before(began.Add(2 * time.Hour)) {
			w.tick()
			w.now = w.now.Add(time.Second)
		}
		for _, p := range w.people {
			used := p.fallback[1]
			for i := 1; i < len(used); i++ {
				apart := p.got[fmt.Sprint(1, used[i])].Sub(p.got[fmt.Sprint(1, used[i-1])])
				if apart < w.o.Wait {
					t.Errorf("person %d: %s came %v after %s, and the wait is %v", p.N, used[i], apart, used[i-1], w.o.Wait)
				}
				if slices.Index(w.o.Channels, used[i]) < slices.Index(w.o.Channels, used[i-1]) {
					t.Errorf("person %d: %s came after %s", p.N, used[i], used[i-1])
				}
			}
		}
	})
}
