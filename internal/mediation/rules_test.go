package mediation

import (
	"testing"
	"time"

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
		_ = c.confirm(side, rapid.IntRange(0, 3).Draw(t, "edition"), now)
	case 9:
		_ = c.hold(side, rapid.Bool().Draw(t, "yes"), today, now)
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
		c, now := fresh(), monday
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
			if c.State == Called && (c.Pick[A] != c.Mediator || c.Pick[B] != c.Mediator) {
				t.Fatalf("%s was called, not chosen by both", c.Mediator)
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

func TestWhoMustStepAside(t *testing.T) {
	t.Parallel()
	homes, cells := []string{"h-a", "h-b"}, []string{"c-1", "c-2"}
	for name, x := range map[string]struct {
		m    home
		want bool
	}{
		"a stranger":            {home{"h-x", "c-9", []string{"c-8"}}, false},
		"of one household":      {home{"h-b", "c-9", nil}, true},
		"of one cell":           {home{"h-x", "c-1", nil}, true},
		"the lead of one":       {home{"h-x", "c-9", []string{"v", "c-2"}}, true},
		"whose home is unknown": {home{"", "", nil}, false},
	} {
		if got := mustStepAside(x.m, homes, cells); got != x.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if mustStepAside(home{"", "", nil}, []string{"", ""}, []string{"", ""}) {
		t.Error("unknown is near unknown")
	}
}

// TestNothingCoveredCanBeWorkedOut: in each row and column what is covered adds
// up to nothing or to the bound at least, and nothing small is open.
func TestNothingCoveredCanBeWorkedOut(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h, w := rapid.IntRange(0, 6).Draw(t, "rows"), rapid.IntRange(1, 5).Draw(t, "columns")
		n := make([][]int, h)
		for i := range n {
			for range w {
				n[i] = append(n[i], rapid.IntRange(0, 25).Draw(t, "n"))
			}
		}
		covered := hide(n)
		check := func(size int, at func(int) (int, bool)) {
			sum, open := 0, 0
			for i := range size {
				v, c := at(i)
				switch {
				case c:
					sum += v
				case v < few:
					t.Fatalf("%d is open", v)
				default:
					open++
				}
			}
			if sum > 0 && sum < few && open > 0 {
				t.Fatalf("%d can be worked out: %v %v", sum, n, covered)
			}
		}
		for i := range n {
			check(w, func(j int) (int, bool) { return n[i][j], covered[i][j] })
		}
		for j := range width(n) {
			check(h, func(i int) (int, bool) { return n[i][j], covered[i][j] })
		}
	})
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
