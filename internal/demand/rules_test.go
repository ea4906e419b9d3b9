package demand

import (
	"slices"
	"strings"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/demand/catalog"
	"bilin/internal/errs"
	"bilin/internal/workday"
)

var (
	noon     = time.Date(2026, 4, 1, 4, 0, 0, 0, time.UTC)
	resident = By{Side: Resident}
	lead     = By{Side: Network, ActorID: "a1", PersonID: "p1", Name: "周桂英", Role: auth.Lead, UnitID: "cell", UnitName: "三邻", Rung: catalog.Cell}
	cellStop = Stop{UnitID: "cell", UnitName: "三邻", PersonID: "p1", Name: "周桂英", Role: auth.Lead, Rung: catalog.Cell}
	groupAt  = Stop{UnitID: "group", UnitName: "一组", PersonID: "p2", Name: "刘建国", Role: auth.GroupLead, Rung: catalog.Group}
	urbanAt  = Stop{UnitID: "city", UnitName: "城管局", DepartmentID: "urban", PersonID: "p3", Name: "廖城", Role: auth.Department, Rung: catalog.Department}
	officeAt = Stop{UnitID: "city", UnitName: "宁乡市", PersonID: "p4", Name: "罗平", Role: auth.CityOffice, Rung: Office}
)

// terms are the default limits and hours; noon is a Wednesday within them.
var terms = Terms{Calendar: must(workday.Default()), Catalog: catalog.Default()}

// over has one owner above, and nobody who would owe an answer.
func over(above Stop) Over {
	return Over{Above: func() Stop { return above }, Senior: func(Stop) Stop { return Stop{} }}
}

// at makes somebody act in the post at a stop.
func at(s Stop) By {
	return By{Side: Network, ActorID: "a-" + s.PersonID, PersonID: s.PersonID, Name: s.Name, Role: s.Role,
		UnitID: s.UnitID, UnitName: s.UnitName, DepartmentID: s.DepartmentID, Rung: s.Rung}
}

func begun(t interface{ Fatal(...any) }) *Demand {
	d := (&Demand{ID: "d", Number: "1", Kind: Help, Text: "路灯坏了", HasContact: true, ClaimID: "h", UnitID: "cell"}).Under(terms)
	if err := d.Begin(resident, cellStop, ReasonLead, noon); err != nil {
		t.Fatal(err)
	}
	return d
}

// inState walks a demand to a state.
func inState(t *testing.T, s State) *Demand {
	t.Helper()
	d := begun(t)
	done := []Step{StepAccepted, StepResolved}
	walk := map[State][]Step{
		Open: nil, Accepted: {StepAccepted}, Asked: {StepAccepted, StepAsked}, Resolved: done,
		Confirmed: append(done, StepConfirmed), Reopened: append(done, StepReopened), Unconfirmed: append(done, StepLapsed),
		Withdrawn: {StepWithdrawn}, Merged: {StepMerged},
	}
	for _, step := range walk[s] {
		if err := apply(d, step, transitions[step].Side); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// apply takes a step by the rule that belongs to it.
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
	case StepNoted:
		return d.Note(by, "灯杆归村里", noon)
	case StepAsked:
		return d.Ask(by, "是哪一盏灯？", noon)
	case StepResumed:
		return d.Resume(by, "", noon)
	case StepResolved:
		return d.Resolve(by, "换了灯泡", noon)
	case StepConfirmed:
		return d.Confirm(by, "", Rating{}, noon)
	case StepReopened:
		return d.Reopen(by, "还是不亮", groupAt, noon)
	case StepSaid:
		return d.Say(by, "谢谢", noon)
	case StepWithdrawn:
		return d.Withdraw(by, "", noon)
	case StepContactRead:
		return d.ContactRead(by, noon)
	case StepTransferred:
		return d.Transfer(by, groupAt, "归组里", noon)
	case StepHelperJoined:
		return d.AddHelper(by, urbanAt, noon)
	case StepMerged:
		return d.Merge(by, &Demand{ID: "main", Number: "2", State: Accepted, OwnerID: "cell", Rung: catalog.Cell}, noon)
	case StepSplit:
		return d.Split(by, cellStop, noon)
	case StepSorted:
		return d.Categorise(by, "", 1, noon)
	case StepClaimed, StepDisclaimed:
		return d.Claim(by, step == StepClaimed, noon)
	case StepPublished:
		return d.SetPublish(by, true, noon)
	case StepLapsed:
		d.Told(noon)
		d.Tick(over(groupAt), noon.Add(silence))
		return nil
	}
	return d.Record(step, by, "说一声", cellStop, noon)
}

// TestTransitions takes every step of the table from every state: it works from
// those that the table names and from no other, and never for another side.
func TestTransitions(t *testing.T) {
	special := map[Step]bool{ // need more than a state; tested by themselves
		StepStillFixed: true, StepDisclaimed: true, StepUnpublished: true, StepTaken: true, StepReturned: true, StepRecalled: true, StepDecided: true,
		StepHelperLeft: true, StepTold: true,
	}
	for _, tr := range Transitions() {
		if tr.Side == Machine || special[tr.Step] {
			continue
		}
		for _, from := range States() {
			t.Run(string(tr.Step)+" from "+string(from), func(t *testing.T) { checkTransition(t, tr, from) })
		}
	}
}

func checkTransition(t *testing.T, tr Transition, from State) {
	wrong := Resident
	if tr.Side == Resident {
		wrong = Network
	}
	d := inState(t, from)
	if err := apply(d, tr.Step, wrong); err == nil || d.State != from {
		t.Errorf("the other side: %v, now %s", err, d.State)
	}
	if d.Allows(tr.Step, wrong) {
		t.Error("allowed to the other side")
	}
	want := slices.Contains(tr.From, from)
	if d.Allows(tr.Step, tr.Side) != want {
		t.Errorf("Allows says %v", !want)
	}
	err := apply(d, tr.Step, tr.Side)
	switch {
	case !want && (errs.KindOf(err) != errs.Conflict || d.State != from):
		t.Errorf("%v, now %s; want conflict", err, d.State)
	case want && err != nil:
		t.Error(err)
	case want && tr.To != "" && d.State != tr.To:
		t.Errorf("now %s; want %s", d.State, tr.To)
	case want && tr.To == "" && tr.Step != StepSaid && d.State != from:
		t.Errorf("now %s; want %s still", d.State, from)
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
		{"confirm", Resolved, func(d *Demand, s string) error { return d.Confirm(resident, s, Rating{}, noon) }, false},
		{"reopen", Resolved, func(d *Demand, s string) error { return d.Reopen(resident, s, Stop{}, noon) }, true},
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
	if err := d.Accept(at(groupAt), noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	last := d.News()[len(d.News())-1]
	if d.OwnerID != "group" || !d.OwnerSince.Equal(noon.Add(time.Hour)) || last.Reason != ReasonTaken || last.To != groupAt {
		t.Errorf("owner %s since %s, %+v", d.OwnerID, d.OwnerSince, last)
	}
}

func TestMoveOnAndHandOver(t *testing.T) {
	d := inState(t, Confirmed)
	if d.MoveOn(groupAt, ReasonNoLead, noon) == nil || d.HandOver("p1", cellStop, noon) == nil {
		t.Error("a closed demand moved")
	}
	d = inState(t, Accepted)
	if err := d.MoveOn(cellStop, ReasonNoLead, noon); errs.KindOf(err) != errs.Conflict {
		t.Errorf("moved to where it is: %v", err)
	}
	if err := d.MoveOn(groupAt, ReasonNoLead, noon); err != nil || d.State != Accepted || d.OwnerID != "group" {
		t.Errorf("%v, %+v", err, d)
	}
	if err := d.HandOver("p1", groupAt, noon); err != nil || d.State != Accepted {
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
