package situation

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bilin/internal/errs"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/rollcall"
)

var noon = time.Date(2026, 12, 1, 4, 0, 0, 0, time.UTC)

func at(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }

func TestAnObjectiveIsReached(t *testing.T) {
	for name, c := range map[string]struct {
		start, target int64
		values        []int64
		share         float64
		doneAt        int // minute, -1 for not
		turn          Turn
	}{
		"at the start":          {0, 41, []int64{0}, 0, -1, Moves},
		"half way up":           {0, 40, []int64{20}, 0.5, -1, Moves},
		"all roads open":        {0, 41, []int64{12, 41}, 1, 2, Arrives},
		"more than asked for":   {0, 41, []int64{12, 45}, 1, 2, Arrives},
		"still reached":         {0, 41, []int64{41, 41}, 1, 1, Moves},
		"down to nothing":       {98_214, 0, []int64{40_000, 0}, 1, 2, Arrives},
		"a tenth is left":       {1000, 0, []int64{100}, 0.9, -1, Moves},
		"worse than before":     {1000, 0, []int64{2000}, 0, -1, Moves},
		"fell back":             {0, 41, []int64{41, 40}, 40.0 / 41, -1, Falls},
		"reached a second time": {0, 41, []int64{41, 40, 41}, 1, 3, Arrives},
		"all but one":           {98_214, 0, []int64{1}, 0.999, -1, Moves},
	} {
		o := &Objective{Start: c.start, Target: c.target, AddedAt: at(0), Points: []Point{{At: at(0), Value: c.start}}}
		var turn Turn
		for i, v := range c.values {
			var err error
			if _, turn, err = o.Set(v, "某", at(i+1)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		want := time.Time{}
		if c.doneAt >= 0 {
			want = at(c.doneAt)
		}
		if o.Share() != c.share || !o.DoneAt().Equal(want) || turn != c.turn || o.Done() != (c.doneAt >= 0) {
			t.Errorf("%s: share %v since %v, turn %v", name, o.Share(), o.DoneAt(), turn)
		}
	}
}

func TestADeadlinePasses(t *testing.T) {
	o := &Objective{Target: 5, Deadline: at(10), Points: []Point{{At: at(0)}}}
	if o.Late(at(10)) || !o.Late(at(11)) {
		t.Error("late at the wrong time")
	}
	if _, _, err := o.Set(5, "", at(12)); err != nil || o.Late(at(20)) {
		t.Errorf("what is done is called late; %v", err)
	}
	if (&Objective{Target: 5}).Late(at(99999)) {
		t.Error("late without a deadline")
	}
}

func TestWhatAnObjectiveMayBe(t *testing.T) {
	good := Add{Name: "主要道路 通行", Unit: "条", Target: 41}
	for name, c := range map[string]struct {
		change func(*Add)
		field  string
	}{
		"good":                  {func(*Add) {}, ""},
		"without a name":        {func(a *Add) { a.Name = " \t " }, "name"},
		"with a long name":      {func(a *Add) { a.Name = strings.Repeat("路", MaxName+1) }, "name"},
		"without a unit":        {func(a *Add) { a.Unit = "" }, "unit"},
		"below nothing":         {func(a *Add) { a.Start = -1 }, "start"},
		"too much":              {func(a *Add) { a.Target = MaxValue + 1 }, "target"},
		"without a way":         {func(a *Add) { a.Start = 41 }, "target"},
		"due before it begins":  {func(a *Add) { a.Deadline = at(-1) }, "deadline"},
		"due later":             {func(a *Add) { a.Deadline = at(1) }, ""},
		"downwards":             {func(a *Add) { a.Start, a.Target = 98_214, 0 }, ""},
		"with stray characters": {func(a *Add) { a.Name = "  停电\xff户  " }, ""},
	} {
		a := good
		c.change(&a)
		_, err := a.check(noon)
		switch {
		case (err == nil) != (c.field == ""):
			t.Errorf("%s: %v", name, err)
		case err != nil && errs.As(err).Fields[0].Name != c.field:
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, v := range []int64{-1, MaxValue + 1} {
		o := &Objective{Target: 5}
		if _, _, err := o.Set(v, "", noon); errs.CodeOf(err) != "situation.bad_value" || len(o.Points) != 0 {
			t.Errorf("%d: %v", v, err)
		}
	}
	o := &Objective{Target: 5, Points: make([]Point, mostPoints)}
	if _, _, err := o.Set(1, "", noon); errs.CodeOf(err) != "situation.too_many_values" {
		t.Errorf("without end: %v", err)
	}
}

// Whatever the clocks of the replicas say, a curve runs from left to right.
func TestCurvesRunForward(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start, target := rapid.Int64Range(0, 1000).Draw(t, "start"), rapid.Int64Range(0, 1000).Draw(t, "target")
		o := &Objective{Start: start, Target: target, AddedAt: noon, Points: []Point{{At: noon, Value: start}}}
		for range rapid.IntRange(0, 40).Draw(t, "n") {
			was := o.Done()
			_, turn, err := o.Set(rapid.Int64Range(0, 1000).Draw(t, "value"), "", at(rapid.IntRange(-90, 90).Draw(t, "minute")))
			if err != nil {
				t.Fatal(err)
			}
			if (turn == Arrives) != (o.Done() && !was) || (turn == Falls) != (was && !o.Done()) {
				t.Fatalf("turn %v from %v to %v", turn, was, o.Done())
			}
		}
		for i := 1; i < len(o.Points); i++ {
			if o.Points[i].At.Before(o.Points[i-1].At) {
				t.Fatalf("point %d lies before the one before it", i)
			}
		}
		if s := o.Share(); s < 0 || s > 1 || (s == 1) != o.Done() {
			t.Fatalf("share %v, done %v", s, o.Done())
		}
		if o.DoneAt().IsZero() == o.Done() {
			t.Fatalf("done %v since %v", o.Done(), o.DoneAt())
		}
	})
}

func TestThin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var points []Point
		when := noon
		for i := range rapid.IntRange(0, 400).Draw(t, "n") {
			points = append(points, Point{At: when, Value: int64(i)})
			when = when.Add(time.Duration(rapid.IntRange(0, 600).Draw(t, "seconds")) * time.Second)
		}
		got := thin(points, CurvePoints)
		if len(got) > CurvePoints || len(points) <= CurvePoints && len(got) != len(points) {
			t.Fatalf("%d points of %d", len(got), len(points))
		}
		if len(points) == 0 {
			return
		}
		if got[0] != points[0] || got[len(got)-1] != points[len(points)-1] {
			t.Fatal("an end is lost")
		}
		for i := 1; i < len(got); i++ {
			if got[i].Value <= got[i-1].Value {
				t.Fatal("points changed places")
			}
		}
	})
}

func TestTheClockRunsForwardAndStops(t *testing.T) {
	o := &mobilise.Order{}
	if Elapsed(o, noon) != 0 {
		t.Error("it runs before the order went out")
	}
	o.IssuedAt = at(0)
	if Elapsed(o, at(-5)) != 0 {
		t.Error("it runs backwards")
	}
	rapid.Check(t, func(t *rapid.T) {
		o := &mobilise.Order{IssuedAt: at(0)}
		if end := rapid.IntRange(-10, 100).Draw(t, "end"); end >= 0 {
			o.EndedAt = at(end)
		}
		a, b := rapid.IntRange(-100, 200).Draw(t, "a"), rapid.IntRange(0, 100).Draw(t, "later")
		before, after := Elapsed(o, at(a)), Elapsed(o, at(a+b))
		if before < 0 || after < before || !o.EndedAt.IsZero() && after > o.EndedAt.Sub(o.IssuedAt) {
			t.Fatalf("%v, then %v", before, after)
		}
	})
}

func TestMarksAreDueOnce(t *testing.T) {
	tally := mobilise.Tally{People: 200, Reached: 198, Answered: 100}
	roll := &Roll{Totals: rollcall.Totals{Expected: 10, Safe: 4, Help: 1}}
	kept := []Mark{{What: Reached, Pct: 50}}
	var got []Mark
	for len(got) < 10 {
		more := due(append(kept, got...), tally, roll)
		if len(more) == 0 {
			break
		}
		got = append(got, more...)
	}
	want := []Mark{{What: Reached, Pct: 90}, {What: Reached, Pct: 99}, {What: Answered, Pct: 50}, {What: RollCall, Pct: 50}}
	if len(got) != len(want) {
		t.Fatalf("marks %v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("mark %v, want %v", got[i], want[i])
		}
	}
	if due(nil, mobilise.Tally{}, nil) != nil {
		t.Error("nobody is all")
	}
}

func TestEntriesStandWhereTheyHappened(t *testing.T) {
	list := newest([]mobilise.Event{
		{Seq: 1, At: at(0), Kind: "issued"}, {Seq: 2, At: at(9), Kind: EventNote}, {Seq: 3, At: at(3), Kind: EventNote}, // noted late
		{Seq: 4, At: at(4), Kind: EventMark}, {Seq: 5, At: at(12), Kind: EventNote},
	})
	var got []int
	for _, e := range list {
		got = append(got, e.Seq)
	}
	if want := []int{5, 2, 4, 3, 1}; !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
	if n := len(newest(make([]mobilise.Event, 3*keptEvents))); n != keptEvents {
		t.Errorf("%d entries", n)
	}
}

func TestTheMomentOfAShare(t *testing.T) {
	times := []int64{5000, 0, 3000, 1000, 0}
	for _, c := range []struct {
		pct  int
		want int64
	}{{1, 1000}, {20, 1000}, {21, 3000}, {50, 5000}, {60, 5000}, {61, 0}, {99, 0}} {
		got := nth(times, needed(len(times), c.pct))
		if c.want == 0 && !got.IsZero() || c.want != 0 && got.UnixMilli() != c.want {
			t.Errorf("%d%%: %v", c.pct, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		whole, pct := rapid.IntRange(1, 500).Draw(t, "whole"), rapid.SampledFrom(steps).Draw(t, "pct")
		n := needed(whole, pct)
		if !slices.Contains(passed(n, whole), pct) || slices.Contains(passed(n-1, whole), pct) {
			t.Fatalf("%d of %d are needed for %d%%", n, whole, pct)
		}
	})
}

func TestShades(t *testing.T) {
	for _, c := range []struct {
		v               mobilise.VillageTally
		reached, coming int
	}{
		{mobilise.VillageTally{People: 100}, 0, 0},
		{mobilise.VillageTally{People: 100, Reached: 1, Coming: 24}, 1, 1},
		{mobilise.VillageTally{People: 100, Reached: 25, Coming: 20, Arrived: 30}, 2, 3},
		{mobilise.VillageTally{People: 100, Reached: 99, Arrived: 75}, 4, 4},
		{mobilise.VillageTally{People: 100, Reached: 100, Coming: 60, Arrived: 40}, 5, 5},
	} {
		reached, coming, ok := Grades(Shade(c.v))
		if !ok || reached != c.reached || coming != c.coming {
			t.Errorf("%+v: %d, %d", c.v, reached, coming)
		}
	}
	if _, _, ok := Grades(Shade(mobilise.VillageTally{})); ok {
		t.Error("a village without people has a share")
	}
}

func TestEveryHazardHasSuggestionsThatMakeSense(t *testing.T) {
	for _, h := range mobilise.Hazards() {
		list := Suggestions(h)
		if len(list) == 0 {
			t.Errorf("%s has none", h)
		}
		for _, s := range list {
			name, unit := Messages["situation.suggest."+s.ID], Messages["situation.suggest."+s.ID+".unit"]
			for i := range name {
				if _, err := (Add{Name: name[i], Unit: unit[i], Start: s.Start, Target: s.Target}).check(noon); err != nil {
					t.Errorf("%s: %s: %v", h, s.ID, err)
				}
			}
		}
	}
}
