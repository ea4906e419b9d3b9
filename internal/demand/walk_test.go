package demand

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bilin/internal/demand/catalog"
)

// walker gives a demand random commands of all sides.
type walker struct {
	d    *Demand
	now  time.Time
	seen []Event
	used time.Duration // of the present owner's clock
	had  Stop          // the present owner
	wind time.Time     // when that clock was wound
	stay int           // assignments so far
}

var ladder = []Stop{cellStop, groupAt,
	{UnitID: "village", UnitName: "村", PersonID: "p5", Rung: Village}, {UnitID: "town", UnitName: "镇", PersonID: "p6", Rung: Town}, urbanAt, officeAt}

// up is the owner one level over the present one.
func (w *walker) up() Stop {
	i := slices.IndexFunc(ladder, w.d.Owner().Is)
	if i < 0 || ladder[i].DepartmentID != "" || i == len(ladder)-1 {
		return Stop{}
	}
	return ladder[i+1]
}

func (w *walker) over() Over {
	return Over{Above: w.up, Senior: func(after Stop) Stop {
		if after.UnitID == "" {
			return ladder[3]
		}
		return officeAt
	}}
}

func (w *walker) by(rt *rapid.T) By {
	sides := []By{resident, {Side: Machine}}
	for _, s := range ladder {
		sides = append(sides, at(s))
	}
	return rapid.SampledFrom(sides).Draw(rt, "by")
}

func (w *walker) stop(rt *rapid.T) Stop { return rapid.SampledFrom(ladder).Draw(rt, "to") }
func (w *walker) word(rt *rapid.T) string {
	return rapid.SampledFrom([]string{"", "好", "没修好"}).Draw(rt, "word")
}

// try takes a command; a refused one must have changed nothing.
func (w *walker) try(rt *rapid.T, do func() error) {
	before := *w.d
	before.Helpers, before.news = slices.Clone(w.d.Helpers), slices.Clone(w.d.news)
	if err := do(); err != nil && !reflect.DeepEqual(before, *w.d) {
		rt.Fatalf("refused with %v, yet changed:\n%+v\n%+v", err, before, *w.d)
	}
}

// TestWalk walks random sequences of commands: there is always exactly one owner,
// the clock never runs backwards, and nobody but the resident, or their seven
// days of silence, closes.
func TestWalk(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := &walker{d: begun(rt), now: noon, seen: []Event{}}
		actions := w.network()
		for name, act := range w.others() {
			actions[name] = act
		}
		actions[""] = func(rt *rapid.T) {
			w.checkTimeline(rt)
			w.checkClock(rt)
			w.checkTransfer(rt)
			w.checkOwed(rt)
			w.seen = slices.Clone(w.d.News())
		}
		rt.Repeat(actions)
	})
}

func (w *walker) network() map[string]func(*rapid.T) {
	d := w.d
	return map[string]func(*rapid.T){
		"accept":  func(rt *rapid.T) { w.try(rt, func() error { return d.Accept(w.by(rt), w.now) }) },
		"answer":  func(rt *rapid.T) { w.try(rt, func() error { return d.Answer(w.by(rt), w.word(rt), w.now) }) },
		"note":    func(rt *rapid.T) { w.try(rt, func() error { return d.Note(w.by(rt), w.word(rt), w.now) }) },
		"ask":     func(rt *rapid.T) { w.try(rt, func() error { return d.Ask(w.by(rt), w.word(rt), w.now) }) },
		"resume":  func(rt *rapid.T) { w.try(rt, func() error { return d.Resume(w.by(rt), w.word(rt), w.now) }) },
		"resolve": func(rt *rapid.T) { w.try(rt, func() error { return d.Resolve(w.by(rt), w.word(rt), w.now) }) },
		"read":    func(rt *rapid.T) { w.try(rt, func() error { return d.ContactRead(w.by(rt), w.now) }) },
		"sort": func(rt *rapid.T) {
			w.try(rt, func() error { return d.Categorise(w.by(rt), "", rapid.IntRange(0, 2).Draw(rt, "urgency"), w.now) })
		},
		"transfer": func(rt *rapid.T) {
			w.try(rt, func() error { return d.Transfer(w.by(rt), w.stop(rt), w.word(rt), w.now) })
		},
		"take": func(rt *rapid.T) { w.try(rt, func() error { return d.TakeOver(w.by(rt), w.now) }) },
		"return": func(rt *rapid.T) {
			w.try(rt, func() error { return d.Return(w.by(rt), w.word(rt), w.word(rt), w.now) })
		},
		"recall": func(rt *rapid.T) { w.try(rt, func() error { return d.Recall(w.by(rt), w.now) }) },
		"decide": func(rt *rapid.T) {
			w.try(rt, func() error { return d.Decide(w.by(rt), w.stop(rt), w.word(rt), "", w.now) })
		},
		"help":  func(rt *rapid.T) { w.try(rt, func() error { return d.AddHelper(w.by(rt), w.stop(rt), w.now) }) },
		"leave": func(rt *rapid.T) { w.try(rt, func() error { return d.DropHelper(w.by(rt), w.stop(rt), w.now) }) },
		"merge": func(rt *rapid.T) {
			main := &Demand{ID: "main", Number: "2", State: Accepted, OwnerID: "cell", Rung: catalog.Cell}
			w.try(rt, func() error { return d.Merge(w.by(rt), main, w.now) })
		},
		"share": func(rt *rapid.T) {
			main := &Demand{ID: "main", OwnerID: "cell", Rung: catalog.Cell}
			w.try(rt, func() error { return d.Share(main, at(cellStop), "办好了", w.now) })
		},
	}
}

func (w *walker) others() map[string]func(*rapid.T) {
	d := w.d
	return map[string]func(*rapid.T){
		"confirm": func(rt *rapid.T) {
			w.try(rt, func() error { return d.Confirm(w.by(rt), w.word(rt), w.rating(rt), w.now) })
		},
		"reopen":   func(rt *rapid.T) { w.try(rt, func() error { return d.Reopen(w.by(rt), w.word(rt), w.up(), w.now) }) },
		"owed":     func(rt *rapid.T) { w.try(rt, func() error { return d.AnswerOwed(w.by(rt), w.word(rt), w.now) }) },
		"say":      func(rt *rapid.T) { w.try(rt, func() error { return d.Say(w.by(rt), w.word(rt), w.now) }) },
		"withdraw": func(rt *rapid.T) { w.try(rt, func() error { return d.Withdraw(w.by(rt), w.word(rt), w.now) }) },
		"split":    func(rt *rapid.T) { w.try(rt, func() error { return d.Split(w.by(rt), cellStop, w.now) }) },
		"free":     func(rt *rapid.T) { w.try(rt, func() error { return d.Free(cellStop, w.now) }) },
		"fixed":    func(rt *rapid.T) { w.try(rt, func() error { return d.StillFixed(w.by(rt), w.now) }) },
		"claim": func(rt *rapid.T) {
			w.try(rt, func() error { return d.Claim(w.by(rt), rapid.Bool().Draw(rt, "ours"), w.now) })
		},
		"publish": func(rt *rapid.T) {
			w.try(rt, func() error { return d.SetPublish(w.by(rt), rapid.Bool().Draw(rt, "yes"), w.now) })
		},
		"told":     func(*rapid.T) { d.Told(w.now) },
		"moveOn":   func(rt *rapid.T) { w.try(rt, func() error { return d.MoveOn(w.stop(rt), ReasonNoLead, w.now) }) },
		"handOver": func(rt *rapid.T) { w.try(rt, func() error { return d.HandOver("p1", d.Owner(), w.now) }) },
		"tick":     func(*rapid.T) { d.Tick(w.over(), w.now) },
		"wait": func(rt *rapid.T) {
			w.now = w.now.Add(time.Duration(rapid.IntRange(1, 40*24).Draw(rt, "hours")) * time.Hour)
		},
		"back": func(*rapid.T) { w.now = w.now.Add(-time.Hour) }, // the machine's clock is set back
	}
}

func (w *walker) rating(rt *rapid.T) Rating {
	return Rating{Satisfied: Satisfaction(rapid.IntRange(0, 3).Draw(rt, "satisfied")), Why: w.word(rt), Recheck: rapid.Bool().Draw(rt, "recheck")}
}

func (w *walker) checkTimeline(rt *rapid.T) {
	news := w.d.News()
	if len(news) < len(w.seen) || !reflect.DeepEqual(news[:len(w.seen)], w.seen) {
		rt.Fatal("the timeline was rewritten")
	}
	state, told := Open, time.Time{}
	for i, e := range news {
		if e.Seq != i+1 || i > 0 && e.At.Before(news[i-1].At) {
			rt.Fatalf("event %d is numbered %d, at %s", i+1, e.Seq, e.At)
		}
		closes := e.State.Stage() == Closed && state.Stage() != Closed
		lapses := e.Step == StepLapsed && e.Side == Machine && state == Resolved
		if closes && e.Side != Resident && !lapses {
			rt.Fatalf("closed from %s by %s with %s", state, e.Side, e.Step)
		}
		if e.Step == StepResolved {
			told = e.At
		}
		if lapses && e.At.Sub(told) < silence {
			rt.Fatalf("lapsed %s after it was resolved", e.At.Sub(told))
		}
		if e.State == Resolved && state != Resolved && (e.Side != Network || e.Text == "") {
			rt.Fatalf("resolved by %s with %q", e.Side, e.Text)
		}
		state = e.State
	}
	if state != w.d.State {
		rt.Fatalf("the timeline ends at %s, the demand is %s", state, w.d.State)
	}
}

// checkClock: one owner, the one the timeline names; within their time the used
// working time only grows, and a clock runs exactly while it is their turn.
func (w *walker) checkClock(rt *rapid.T) {
	d := w.d
	if d.OwnerID == "" || !d.Owner().Is(lastOwner(d)) {
		rt.Fatalf("owner %+v, the timeline says %+v", d.Owner(), lastOwner(d))
	}
	now := d.clamp(w.now)
	used := d.Clock.Elapsed(terms.Calendar, now)
	if !d.Clock.Running() && used < d.Clock.Limit && d.State.Stage() == Todo {
		rt.Fatalf("the clock stands still in %s", d.State)
	}
	if d.Clock.Running() && d.State.Stage() != Todo {
		rt.Fatalf("the clock runs in %s", d.State)
	}
	assigned := 0
	for _, e := range d.News() {
		switch e.Step {
		case StepAssigned, StepReopened, StepDecided:
			assigned++
		}
	}
	if same := assigned == w.stay && d.Owner().Is(w.had); same && used < w.used && now.After(w.wind) {
		rt.Fatalf("the clock ran backwards from %s to %s", w.used, used)
	}
	w.used, w.had, w.wind, w.stay = used, d.Owner(), now, assigned
}

// lastOwner is whom the timeline names last.
func lastOwner(d *Demand) Stop {
	var owner Stop
	for _, e := range d.News() {
		switch e.Step {
		case StepAssigned, StepMerged:
			owner = e.To
		}
	}
	return owner
}

func (w *walker) checkTransfer(rt *rapid.T) {
	d := w.d
	if d.Pending.UnitID != "" && (d.Disputed || d.Pending.Is(d.Owner()) || d.State.Stage() != Todo) {
		rt.Fatalf("a transfer to %+v waits: disputed %v, owner %+v, %s", d.Pending, d.Disputed, d.Owner(), d.State)
	}
	if d.State.Stage() == Closed && (d.Disputed || d.ClosedAt.IsZero() || !d.SilentAt.IsZero()) {
		rt.Fatalf("closed, and disputed %v, closed at %s", d.Disputed, d.ClosedAt)
	}
	for i, h := range d.Helpers {
		if helps(d.Helpers[:i], h) {
			rt.Fatal("a helper twice")
		}
	}
}

// checkOwed: what is owed was made by the clock, because the city had failed the
// demand, and ended by nothing but the demand's end.
func (w *walker) checkOwed(rt *rapid.T) {
	d, owed, reopens := w.d, false, 0
	for i, e := range d.News() {
		switch e.Step {
		case StepReopened:
			reopens++
		case StepOwed:
			if e.Side != Machine || owed || e.Reason == ReasonReopened && reopens < failedReopens ||
				e.Reason == ReasonLate && (d.LateAt.IsZero() || e.At.Before(d.LateAt.Add(failedLate))) {
				rt.Fatalf("owed: %+v after %d re-openings, late at %s", e, reopens, d.LateAt)
			}
			owed = true
		case StepOwedEnded:
			if before := d.News()[i-1]; e.Side != Machine || !owed || before.State.Stage() != Closed {
				rt.Fatalf("ended: %+v after %+v", e, before)
			}
			owed = false
		}
	}
	if stage := d.State.Stage(); owed != d.Owed.Exists() || owed && (stage == Closed || stage == Following) {
		rt.Fatalf("owed %v by the timeline, %+v, %s", owed, d.Owed, d.State)
	}
}
