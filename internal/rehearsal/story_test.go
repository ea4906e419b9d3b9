package rehearsal

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Of thirty thousand people so many do what the profile says, within what
// chance allows.
func TestRealisticPeople(t *testing.T) {
	t.Parallel()
	const people = 30_000
	var silent, refuse, call, home, unsaid int
	var after []time.Duration
	for n := range people {
		s := storyOf(Realistic, 7, n)
		after = append(after, s.After)
		switch {
		case s.Silent:
			silent++
			if s.Home {
				home++
			}
		case s.Cant != "":
			refuse++
		}
		if s.ByCall {
			call++
		}
		if s.Delivered == 0 {
			unsaid++
		}
	}
	for _, x := range []struct {
		what      string
		n         int
		low, high float64
	}{{"never answer", silent, 0.074, 0.086}, {"can't", refuse, 0.113, 0.127}, {"answer only the call", call, 0.14, 0.16}, {"aren't reported", unsaid, 0.026, 0.034}} {
		if share := float64(x.n) / people; share < x.low || share > x.high {
			t.Errorf("%s: %.3f", x.what, share)
		}
	}
	if share := float64(home) / float64(silent); share < 0.7 || share > 0.8 {
		t.Errorf("found at home: %.2f", share)
	}
	if half := percentile(after, 50); half < 3*time.Minute || half > 4*time.Minute {
		t.Errorf("half answer after %v", half)
	}
}

func TestStoriesRepeat(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.SampledFrom(Profiles()).Draw(t, "answers")
		seed, n := rapid.Uint64().Draw(t, "seed"), rapid.IntRange(1, 200_000).Draw(t, "n")
		s := storyOf(a, seed, n)
		if s != storyOf(a, seed, n) {
			t.Fatal("the same person does something else")
		}
		switch {
		case a == None && !s.Silent, a == All && (s.Silent || s.Cant != ""), a == Flood && (s.After != 0 || s.Silent || s.Cant != ""):
			t.Fatalf("%s: %+v", a, s)
		case s.After < 0 || s.Arrives < 0 || s.Delivered < 0 || s.Door < 0:
			t.Fatalf("before it was told: %+v", s)
		}
	})
}

func TestPace(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	var at []time.Time
	for i := range 1000 { // a hundred a second, and one who comes an hour late
		at = append(at, begin.Add(time.Duration(i)*10*time.Millisecond))
	}
	at = append(at, begin.Add(time.Hour))
	if v := pace(at); v < 99 || v > 101 {
		t.Errorf("%.1f a second", v)
	}
	if v := pace(at[:9]); v != 0 {
		t.Errorf("of nine: %.1f", v)
	}
	if v := pace(slices.Repeat([]time.Time{begin}, 100)); v != 0 {
		t.Errorf("all at once: %.1f", v)
	}
}

// Time catches up with the true time, and never runs ahead of it.
func TestClock(t *testing.T) {
	t.Parallel()
	c := newClock(time.Hour)
	if ahead := time.Since(c.Now()); ahead < 59*time.Minute || ahead > 61*time.Minute {
		t.Errorf("begins %v ago", ahead)
	}
	c.run(100_000)
	before := c.Now()
	time.Sleep(20 * time.Millisecond)
	if passed := c.Now().Sub(before); passed < 20*time.Minute {
		t.Errorf("only %v passed", passed)
	}
	c.run(1)
	if passed := c.Now().Sub(c.Now()); passed < -time.Second {
		t.Errorf("%v passed", passed)
	}
}
