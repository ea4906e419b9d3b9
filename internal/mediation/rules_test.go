package mediation

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"bilin/internal/errs"

	"pgregory.net/rapid"
)

var monday = time.Date(2026, 11, 30, 2, 0, 0, 0, time.UTC)

func fresh() *Case {
	c := newCase()
	c.Household[A], c.Unit[A] = "h-a", "cell-a"
	c.begin(monday)
	return c
}

// step does one thing of those that can happen, whether it is allowed or not.
func step(t *rapid.T, c *Case, now time.Time) {
	today := now.Format(time.DateOnly)
	side := rapid.SampledFrom([]Side{A, B, M}).Draw(t, "side")
	party := rapid.SampledFrom([]Side{A, B}).Draw(t, "party")
	switch rapid.IntRange(0, 10).Draw(t, "step") {
	case 0:
		_ = c.accept("h-b", "cell-b", now)
	case 1:
		_ = c.refuse(now)
	case 2, 3:
		_ = c.pick(party, rapid.SampledFrom([]string{"m1", "m2"}).Draw(t, "whom"), now)
	case 4:
		_ = c.take(rapid.Bool().Draw(t, "free"), now)
	case 5:
		_ = c.aside(now)
	case 6:
		_ = c.draft(now.AddDate(0, 0, 20).Format(time.DateOnly), today, now)
	case 7, 8:
		_ = c.confirm(side, rapid.IntRange(0, 3).Draw(t, "edition"), today, now)
	case 9:
		_ = c.hold(side, rapid.IntRange(0, 3).Draw(t, "edition"), rapid.Bool().Draw(t, "yes"), today, now)
	case 10:
		c.tick(now)
	}
}

// TestACaseInAnyOrder: whatever is tried in whatever order, what binds was
// confirmed by both in the very same words, only whom both would take is called,
// an end stays an end, and either side can end what lives.
func TestACaseInAnyOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c, now, broke := fresh(), monday, 0
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 400).Draw(t, "hours")) * time.Hour)
			was := *c
			edition := c.Edition
			step(t, c, now)
			if c.State == Agreed && (c.Confirmed[A] != c.Edition || c.Confirmed[B] != c.Edition || c.Edition == 0) {
				t.Fatalf("agreed on %d and %d of %d", c.Confirmed[A], c.Confirmed[B], c.Edition)
			}
			if c.Edition > edition && (c.Confirmed[A] != 0 || c.Confirmed[B] != 0) {
				t.Fatal("a new draft is confirmed already")
			}
			if was.State == Ended && (c.State != Ended || c.Outcome != was.Outcome) {
				t.Fatalf("ended %s, then %s %s", was.Outcome, c.State, c.Outcome)
			}
			if was.State != Agreed && c.State == Agreed && !c.DueAt.After(now) {
				t.Fatalf("agreed on %s, and over on %s", now, c.DueAt)
			}
			if c.State == Called && (c.Pick[A] != c.Mediator || c.Pick[B] != c.Mediator) {
				t.Fatalf("%s was called, not chosen by both", c.Mediator)
			}
			if was.State == Agreed && c.State != Agreed && c.Outcome != Kept {
				broke = edition
			}
			if c.Outcome == Kept && c.Edition <= broke {
				t.Fatalf("draft %d broke, and counts as kept", broke)
			}
			if (c.State == Ended) != (c.Outcome != "") || c.DueAt.IsZero() {
				t.Fatalf("%s with outcome %q, due %s", c.State, c.Outcome, c.DueAt)
			}
			if c.State != Ended {
				x := *c
				if err := x.stop(A, now); err != nil || x.State != Ended {
					t.Fatalf("can't be ended when %s: %v", c.State, err)
				}
			}
		}
	})
}

// agreed is a case whose sides confirmed the first draft, with a mediator.
func agreed(t *testing.T) *Case {
	t.Helper()
	c := fresh()
	for _, err := range []error{c.accept("h-b", "cell-b", monday), c.pick(A, "m1", monday), c.pick(B, "m1", monday), c.take(true, monday),
		c.draft("2026-12-20", "2026-11-30", monday), c.confirm(A, 1, "2026-11-30", monday), c.confirm(B, 1, "2026-11-30", monday)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// TestWhatBrokeIsntKept: what one side said doesn't hold binds nobody any more,
// and can't be confirmed once more to count as kept because its day is over.
func TestWhatBrokeIsntKept(t *testing.T) {
	t.Parallel()
	c, later := agreed(t), monday.AddDate(0, 2, 0)
	if err := c.hold(A, 2, false, "2027-01-30", later); errs.CodeOf(err) != "mediation.other_edition" {
		t.Errorf("an answer about another draft: %v", err)
	}
	if err := c.hold(A, 1, false, "2027-01-30", later); err != nil || c.State != Talking {
		t.Fatal(c.State, err)
	}
	if err := c.confirm(A, 1, "2027-01-30", later); errs.CodeOf(err) != "mediation.other_edition" {
		t.Errorf("what broke was confirmed again: %v", err)
	}
	if c.tick(later.AddDate(1, 0, 0)); c.Outcome != Broken {
		t.Errorf("nobody went on: %s", c.Outcome)
	}
	for name, end := range map[string]func(*Case){
		"ended while choosing":         func(c *Case) { _ = c.stop(A, later) },
		"nobody went on when choosing": func(c *Case) { c.tick(later.AddDate(1, 0, 0)) },
	} {
		c := agreed(t)
		_ = c.hold(B, 1, false, "2027-01-30", later)
		if err := c.aside(later); err != nil {
			t.Fatal(err)
		}
		if end(c); c.Outcome != Broken || c.destroy {
			t.Errorf("%s: %s, destroyed at once: %v", name, c.Outcome, c.destroy)
		}
	}
}

// TestAnAgreementWithoutSomebody: whose mediator left chooses another when it
// doesn't hold; whose other side had itself erased has nobody to talk with.
func TestAnAgreementWithoutSomebody(t *testing.T) {
	t.Parallel()
	c := agreed(t)
	c.Mediator = ""
	if err := c.hold(A, 1, false, "2026-12-25", monday); err != nil || c.State != Choosing || c.Pick[A]+c.Pick[B] != "" {
		t.Errorf("without a mediator: %s %v %v", c.State, c.Pick, err)
	}
	if err := c.pick(A, "m2", monday); err != nil {
		t.Error(err)
	}
	for yes, want := range map[bool]Outcome{true: Kept, false: Broken} {
		c := agreed(t)
		if c.forget(A) || c.gone() != (c.name[B] == "") {
			t.Error("one side is everybody")
		}
		if err := c.hold(B, 1, yes, "2026-12-25", monday); err != nil || c.Outcome != want {
			t.Errorf("alone, %v: %s %v", yes, c.Outcome, err)
		}
		if !c.forget(B) {
			t.Error("nobody is left, and it is kept")
		}
	}
}

func TestWhoMustStepAside(t *testing.T) {
	t.Parallel()
	around := circle{[]string{"h-a", "h-b"}, []string{"c-1", "c-2"}, []holder{{"p-lead", "邻长", "h-lead"}, {"p-else", "", ""}}}
	for name, x := range map[string]struct {
		m    Mediator
		cell string
		want bool
	}{
		"a stranger":                   {Mediator{HouseholdID: "h-x", personID: "p-x", Name: "何公道"}, "c-9", false},
		"of one household":             {Mediator{HouseholdID: "h-b"}, "c-9", true},
		"of one cell":                  {Mediator{HouseholdID: "h-x"}, "c-1", true},
		"the lead of one":              {Mediator{HouseholdID: "h-x", personID: "p-lead"}, "c-9", true},
		"the lead, by their door code": {Mediator{HouseholdID: "h-lead", Name: "何公道"}, "c-9", true},
		"the lead, by their name":      {Mediator{HouseholdID: "h-x", Name: "邻长"}, "c-9", true},
		"whose home is unknown":        {Mediator{}, "", false},
	} {
		if got := around.tooNear(&x.m, x.cell); got != x.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if (circle{[]string{"", ""}, []string{"", ""}, nil}).tooNear(&Mediator{}, "") {
		t.Error("unknown is near unknown")
	}
}

// TestTwoOthersPutAMediatorOnTheList: whoever says yes in whatever order, on the
// list is only whom two people agreed to, neither of them who offered, and one
// who answers for the unit.
func TestTwoOthersPutAMediatorOnTheList(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := &Mediator{State: Waiting, personID: "p-1"}
		said := map[string]bool{}
		answers := false
		for range rapid.IntRange(1, 6).Draw(t, "steps") {
			who, own, over := rapid.SampledFrom([]string{"", "p-1", "p-2", "p-3"}).Draw(t, "who"), rapid.Bool().Draw(t, "own"), rapid.Bool().Draw(t, "over")
			was := m.State
			if m.agree(who, own, over, monday) == nil {
				said[who], answers = true, answers || over
				if own || who == "" || who == "p-1" || was == Listed {
					t.Fatalf("%q agreed, own %v", who, own)
				}
			}
			if m.State == Listed && (len(said) < 2 || !answers) {
				t.Fatalf("listed by %v", said)
			}
		}
	})
}

// possible are the numbers that may have stayed behind at a unit, for all that is
// told of it and those under it; at one village it is known to be that.
func possible(b *branch, told map[string]int, village string, that int) map[int]bool {
	if len(b.under) == 0 {
		out := map[int]bool{}
		for n := range few {
			out[n] = b.unit != village || n == that
		}
		return out
	}
	tens, sums := 0, map[int]bool{0: true}
	for _, x := range b.under {
		tens += told[x.unit]
		more, next := possible(x, told, village, that), map[int]bool{}
		for sum := range sums {
			for n, may := range more {
				next[sum+n] = next[sum+n] || may
			}
		}
		sums = next
	}
	out := map[int]bool{}
	for rest, may := range sums {
		if up := together(rest, len(b.under)); may && tens+up == told[b.unit] {
			out[min(rest-up, few-1)] = true
		}
	}
	return out
}

// TestNothingCoveredCanBeWorkedOut: from all that is told of all units together,
// no sum or difference is one to nine, nothing that is told is too much, and of
// no village can anything be concluded beyond its own tens: whatever it has
// beyond them, from none to nine, the same would have been told.
func TestNothingCoveredCanBeWorkedOut(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		city := &branch{unit: "city"}
		all := []*branch{city}
		for i := range rapid.IntRange(1, 4).Draw(t, "towns") {
			town := &branch{unit: fmt.Sprint("town", i), parent: "city"}
			city.under, all = append(city.under, town), append(all, town)
			for j := range rapid.IntRange(0, 4).Draw(t, "villages") {
				v := &branch{unit: fmt.Sprint("village", i, j), parent: town.unit, n: rapid.OneOf(rapid.IntRange(0, 30), rapid.SampledFrom([]int{0, 9})).Draw(t, "n")}
				town.under, all = append(town.under, v), append(all, v)
				town.n, city.n = town.n+v.n, city.n+v.n
			}
		}
		told := map[string]int{}
		city.tell(told)
		if len(told) != len(all) {
			t.Fatalf("%d of %d are told", len(told), len(all))
		}
		for _, b := range all {
			rest := told[b.unit]
			for _, x := range b.under {
				rest -= told[x.unit]
			}
			if told[b.unit]%few != 0 || rest%few != 0 || rest < 0 && len(b.under) > 0 || told[b.unit] > b.n {
				t.Fatalf("of %d in %s %d are told, %d beside those below", b.n, b.unit, told[b.unit], rest)
			}
			if len(b.under) > 0 || b.parent == "city" {
				continue
			}
			for n := range few {
				if !slices.Contains(slices.Collect(maps.Values(possible(city, told, b.unit, n))), true) {
					t.Fatalf("that %s doesn't have %d beyond its tens can be concluded: %v", b.unit, n, told)
				}
			}
		}
	})
}

func TestAYearClosesAWeekLater(t *testing.T) {
	t.Parallel()
	for day, want := range map[string]string{"2026-12-31": "2025", "2027-01-01": "2025", "2027-01-07": "2025", "2027-01-08": "2026"} {
		now, err := time.Parse(time.DateOnly, day)
		if got := closed(now); err != nil || got != want {
			t.Errorf("%s: %s, want %s", day, got, want)
		}
	}
}

func TestTextsAreBounded(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"": "mediation.missing", " \n ": "mediation.missing", "十一个字的名字有点太长": "mediation.too_long", " 王 大 ": ""} {
		got, err := text("name", in, 10, false)
		if want == "" && (err != nil || got != "王 大") {
			t.Errorf("%q: %q, %v", in, got, err)
		}
		if want != "" && err == nil {
			t.Errorf("%q was taken", in)
		}
	}
}
