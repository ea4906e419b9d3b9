package demand

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bilin/internal/auth"
	"bilin/internal/errs"
)

var (
	noon     = time.Date(2026, 4, 1, 4, 0, 0, 0, time.UTC)
	resident = By{Side: Resident}
	lead     = By{Side: Network, ActorID: "a1", PersonID: "p1", Name: "周桂英", Role: auth.Lead, UnitID: "cell", UnitName: "三邻"}
	cellStop = Stop{UnitID: "cell", UnitName: "三邻", PersonID: "p1", Name: "周桂英", Role: auth.Lead}
	groupAt  = Stop{UnitID: "group", UnitName: "一组", PersonID: "p2", Name: "刘建国", Role: auth.GroupLead}
)

func begun(t interface{ Fatal(...any) }) *Demand {
	d := &Demand{ID: "d", Kind: Help, Text: "路灯坏了"}
	if err := d.Begin(resident, cellStop, ReasonLead, noon); err != nil {
		t.Fatal(err)
	}
	return d
}

// inState walks a demand to a state.
func inState(t *testing.T, s State) *Demand {
	t.Helper()
	d := begun(t)
	walk := map[State][]Step{
		Open: nil, Accepted: {StepAccepted}, Resolved: {StepAccepted, StepResolved},
		Confirmed: {StepAccepted, StepResolved, StepConfirmed}, Reopened: {StepAccepted, StepResolved, StepReopened},
	}
	for _, step := range walk[s] {
		if err := apply(d, step, transitions[step].side); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

func apply(d *Demand, step Step, side Side) error {
	by := resident
	if side == Network {
		by = lead
	}
	switch step {
	case StepAccepted:
		return d.Accept(by, noon)
	case StepAnswered:
		return d.Answer(by, "明天来看", noon)
	case StepResolved:
		return d.Resolve(by, "换了灯泡", noon)
	case StepConfirmed:
		return d.Confirm(by, "", noon)
	case StepReopened:
		return d.Reopen(by, "还是不亮", noon)
	case StepSaid:
		return d.Say(by, "谢谢", noon)
	case StepContactRead:
		return d.ContactRead(by, noon)
	}
	return errors.New("no such step")
}

func TestTransitions(t *testing.T) {
	const no = State("")
	cases := map[Step]map[State]State{
		StepAccepted:    {Open: Accepted, Accepted: no, Resolved: no, Confirmed: no, Reopened: Accepted},
		StepAnswered:    {Open: Open, Accepted: Accepted, Resolved: Resolved, Confirmed: no, Reopened: Reopened},
		StepResolved:    {Open: no, Accepted: Resolved, Resolved: no, Confirmed: no, Reopened: no},
		StepContactRead: {Open: Open, Accepted: Accepted, Resolved: Resolved, Confirmed: no, Reopened: Reopened},
		StepSaid:        {Open: Open, Accepted: Accepted, Resolved: Resolved, Confirmed: no, Reopened: Reopened},
		StepConfirmed:   {Open: no, Accepted: no, Resolved: Confirmed, Confirmed: no, Reopened: no},
		StepReopened:    {Open: no, Accepted: no, Resolved: Reopened, Confirmed: no, Reopened: no},
	}
	if len(cases) != len(transitions) {
		t.Fatalf("%d steps tested, %d exist", len(cases), len(transitions))
	}
	for step, byState := range cases {
		for from, to := range byState {
			t.Run(string(step)+" from "+string(from), func(t *testing.T) { checkTransition(t, step, from, to) })
		}
	}
}

func checkTransition(t *testing.T, step Step, from, to State) {
	right := transitions[step].side
	wrong := Resident
	if right == Resident {
		wrong = Network
	}
	d := inState(t, from)
	if err := apply(d, step, wrong); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("the other side: %v, want forbidden", err)
	}
	if d.Allows(step, wrong) {
		t.Error("allowed to the other side")
	}
	if d.Allows(step, right) != (to != "") {
		t.Errorf("Allows says %v", d.Allows(step, right))
	}
	err := apply(d, step, right)
	if to == "" {
		if errs.KindOf(err) != errs.Conflict || d.State != from {
			t.Errorf("%v, now %s; want conflict", err, d.State)
		}
		return
	}
	if err != nil || d.State != to {
		t.Errorf("%v, now %s; want %s", err, d.State, to)
	}
}

func TestWordsAreRequired(t *testing.T) {
	cases := []struct {
		name  string
		state State
		do    func(*Demand, string) error
		need  bool
	}{
		{"answer", Open, func(d *Demand, s string) error { return d.Answer(lead, s, noon) }, true},
		{"resolve", Accepted, func(d *Demand, s string) error { return d.Resolve(lead, s, noon) }, true},
		{"confirm", Resolved, func(d *Demand, s string) error { return d.Confirm(resident, s, noon) }, false},
		{"reopen", Resolved, func(d *Demand, s string) error { return d.Reopen(resident, s, noon) }, true},
		{"say", Open, func(d *Demand, s string) error { return d.Say(resident, s, noon) }, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for text, bad := range map[string]bool{" \n\u202e ": c.need, strings.Repeat("长", MaxText+1): true, strings.Repeat("长", MaxText): false} {
				err := c.do(inState(t, c.state), text)
				if bad != (errs.KindOf(err) == errs.Invalid && err != nil) {
					t.Errorf("%.10q: %v", text, err)
				}
			}
		})
	}
}

func TestBegin(t *testing.T) {
	d := begun(t)
	if d.State != Open || d.OwnerID != "cell" || d.Version != 2 || len(d.News()) != 2 {
		t.Errorf("%+v", d)
	}
	if err := d.Begin(resident, cellStop, ReasonLead, noon); errs.KindOf(err) != errs.Conflict {
		t.Errorf("begun twice: %v", err)
	}
	for _, bad := range []*Demand{{Kind: "gossip", Text: "x"}, {Kind: Help}, {Kind: Help, Text: strings.Repeat("x", MaxText+1)}} {
		if err := bad.Begin(resident, cellStop, ReasonLead, noon); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%.20q: %v", bad.Text, err)
		}
	}
}

func TestAcceptedFromAboveMovesThere(t *testing.T) {
	d := begun(t)
	above := By{Side: Network, UnitID: "group", UnitName: "一组", PersonID: "p2", Name: "刘建国", Role: auth.GroupLead}
	if err := d.Accept(above, noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	last := d.News()[len(d.News())-1]
	if d.OwnerID != "group" || !d.OwnerSince.Equal(noon.Add(time.Hour)) || last.Reason != ReasonTaken || last.To != groupAt {
		t.Errorf("owner %s since %s, %+v", d.OwnerID, d.OwnerSince, last)
	}
}

func TestMoveOnAndHandOver(t *testing.T) {
	d := inState(t, Confirmed)
	if d.MoveOn(groupAt, ReasonNoLead, noon) == nil || d.HandOver(cellStop, noon) == nil {
		t.Error("a closed demand moved")
	}
	d = inState(t, Accepted)
	if err := d.MoveOn(cellStop, ReasonNoLead, noon); errs.KindOf(err) != errs.Conflict {
		t.Errorf("moved to where it is: %v", err)
	}
	if err := d.MoveOn(groupAt, ReasonNoLead, noon); err != nil || d.State != Accepted || d.OwnerID != "group" {
		t.Errorf("%v, %+v", err, d)
	}
	if err := d.HandOver(groupAt, noon); err != nil || d.State != Accepted {
		t.Errorf("%v, %+v", err, d)
	}
}

func TestStaleVersionAsks(t *testing.T) {
	d := begun(t)
	shown := d.Version
	if d.CheckVersion(shown) != nil || d.CheckVersion(0) != nil {
		t.Error("current version refused")
	}
	if err := d.ContactRead(lead, noon); err != nil || d.CheckVersion(shown) != nil {
		t.Errorf("reading the contact made a page stale: %v", err)
	}
	if err := d.Say(resident, "又灭了", noon); err != nil || errs.KindOf(d.CheckVersion(shown)) != errs.Stale {
		t.Errorf("a new word went unnoticed: %v", err)
	}
}

// TestOnlyTheResidentCloses walks random commands of all sides: there is always
// one owner, the timeline only grows, a refused command changes nothing, and
// whatever is closed was closed by the resident after somebody said what was done.
func TestOnlyTheResidentCloses(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := begun(rt)
		now := noon
		seen := slices.Clone(d.News())
		try := func(do func() error) {
			before := *d
			if err := do(); err != nil && !reflect.DeepEqual(before, *d) {
				rt.Fatalf("refused with %v, yet changed", err)
			}
		}
		by := func(rt *rapid.T) By {
			return rapid.SampledFrom([]By{resident, lead, {Side: Network, UnitID: "group"}, {Side: Machine}}).Draw(rt, "by")
		}
		word := func(rt *rapid.T) string { return rapid.SampledFrom([]string{"", "好", "没修好"}).Draw(rt, "word") }
		stop := func(rt *rapid.T) Stop { return rapid.SampledFrom([]Stop{cellStop, groupAt}).Draw(rt, "to") }
		rt.Repeat(map[string]func(*rapid.T){
			"accept":   func(rt *rapid.T) { try(func() error { return d.Accept(by(rt), now) }) },
			"answer":   func(rt *rapid.T) { try(func() error { return d.Answer(by(rt), word(rt), now) }) },
			"resolve":  func(rt *rapid.T) { try(func() error { return d.Resolve(by(rt), word(rt), now) }) },
			"confirm":  func(rt *rapid.T) { try(func() error { return d.Confirm(by(rt), word(rt), now) }) },
			"reopen":   func(rt *rapid.T) { try(func() error { return d.Reopen(by(rt), word(rt), now) }) },
			"say":      func(rt *rapid.T) { try(func() error { return d.Say(by(rt), word(rt), now) }) },
			"read":     func(rt *rapid.T) { try(func() error { return d.ContactRead(by(rt), now) }) },
			"moveOn":   func(rt *rapid.T) { try(func() error { return d.MoveOn(stop(rt), ReasonNoLead, now) }) },
			"handOver": func(rt *rapid.T) { try(func() error { return d.HandOver(stop(rt), now) }) },
			"wait":     func(rt *rapid.T) { now = now.Add(time.Minute) },
			"": func(rt *rapid.T) {
				invariants(rt, d, seen)
				seen = slices.Clone(d.News())
			},
		})
	})
}

func invariants(rt *rapid.T, d *Demand, seen []Event) {
	news := d.News()
	if len(news) < len(seen) || !reflect.DeepEqual(news[:len(seen)], seen) {
		rt.Fatal("the timeline was rewritten")
	}
	if d.OwnerID == "" {
		rt.Fatal("nobody has it")
	}
	owner, state, reopens := "", Open, 0
	for i, e := range news {
		if e.Seq != i+1 || i > 0 && e.At.Before(news[i-1].At) {
			rt.Fatalf("event %d is numbered %d, at %s", i+1, e.Seq, e.At)
		}
		if e.Step == StepAssigned {
			owner = e.To.UnitID
		}
		if e.State == Confirmed && state != Confirmed && (e.Side != Resident || state != Resolved) {
			rt.Fatalf("closed from %s by %s", state, e.Side)
		}
		if e.State == Resolved && state != Resolved && (e.Side != Network || e.Text == "") {
			rt.Fatalf("resolved by %s with %q", e.Side, e.Text)
		}
		if e.State == Reopened && state != Reopened {
			reopens++
		}
		state = e.State
	}
	if owner != d.OwnerID || state != d.State || reopens != d.Reopens {
		rt.Fatalf("timeline ends with %s at %s, %d reopened; the demand says %s at %s, %d", state, owner, reopens, d.State, d.OwnerID, d.Reopens)
	}
}
