package workday_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// moments draws instants from three years around the data, to the second.
func moments() *rapid.Generator[time.Time] {
	first := time.Date(2023, 12, 1, 0, 0, 0, 0, time.UTC).Unix()
	last := time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC).Unix()
	return rapid.Map(rapid.Int64Range(first, last), func(s int64) time.Time { return time.Unix(s, 0) })
}

func durations() *rapid.Generator[time.Duration] {
	return rapid.Map(rapid.Int64Range(0, 200*3600), func(s int64) time.Duration {
		return time.Duration(s) * time.Second
	})
}

func TestAddAndBetweenAreInverse(t *testing.T) {
	c := calendar(t)
	rapid.Check(t, func(t *rapid.T) {
		start, d := moments().Draw(t, "start"), durations().Draw(t, "d")
		if got := c.Between(start, c.Add(start, d)); got != d {
			t.Fatalf("Between(start, Add(start, d)) = %v, want %v", got, d)
		}
		if got := c.Between(c.Add(start, -d), start); got != d {
			t.Fatalf("Between(Add(start, -d), start) = %v, want %v", got, d)
		}
	})
}

func TestAddFindsTheTightestInstant(t *testing.T) {
	c := calendar(t)
	rapid.Check(t, func(t *rapid.T) {
		a, b := moments().Draw(t, "a"), moments().Draw(t, "b")
		if b.Before(a) {
			a, b = b, a
		}
		d := c.Between(a, b)
		if end := c.Add(a, d); end.After(b) {
			t.Fatalf("Add(a, Between(a, b)) = %v lies after b = %v", end, b)
		}
		if start := c.Add(b, -d); start.Before(a) {
			t.Fatalf("Add(b, -Between(a, b)) = %v lies before a = %v", start, a)
		}
	})
}

func TestAddIsMonotoneAndAdditive(t *testing.T) {
	c := calendar(t)
	rapid.Check(t, func(t *rapid.T) {
		a, b := moments().Draw(t, "a"), moments().Draw(t, "b")
		d, e := durations().Draw(t, "d"), durations().Draw(t, "e")
		if a.Before(b) && c.Add(a, d).After(c.Add(b, d)) {
			t.Fatal("a later start has an earlier deadline")
		}
		if d < e && c.Add(a, d).After(c.Add(a, e)) {
			t.Fatal("a longer time has an earlier deadline")
		}
		if !c.Add(c.Add(a, d), e).Equal(c.Add(a, d+e)) {
			t.Fatal("two steps lead elsewhere than one")
		}
	})
}

func TestBetweenAddsUp(t *testing.T) {
	c := calendar(t)
	rapid.Check(t, func(t *rapid.T) {
		a, b, m := moments().Draw(t, "a"), moments().Draw(t, "b"), moments().Draw(t, "m")
		if got := c.Between(a, m) + c.Between(m, b); got != c.Between(a, b) {
			t.Fatalf("by way of m it is %v, straight %v", got, c.Between(a, b))
		}
	})
}

func TestNextOpenIsOpen(t *testing.T) {
	c := calendar(t)
	rapid.Check(t, func(t *rapid.T) {
		a := moments().Draw(t, "a")
		open := c.NextOpen(a)
		if open.Before(a) || !c.IsOpen(open) || c.Between(a, open) != 0 {
			t.Fatalf("NextOpen(%v) = %v", a, open)
		}
	})
}

func BenchmarkAddAMonth(b *testing.B) {
	c := calendar(b)
	start := at(b, "2026-01-20 10:00")
	for b.Loop() {
		c.Add(start, 20*c.Day())
	}
}
