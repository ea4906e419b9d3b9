package job

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

var noon = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

func TestAfter(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	cases := []struct {
		name string
		err  error
		n    int
		want end
	}{
		{"success", nil, 3, end{state: Done, at: noon, attempt: 3}},
		{"first failure", broken, 1, end{Retry, noon.Add(time.Second), 1, "broken"}},
		{"third failure", broken, 3, end{Retry, noon.Add(4 * time.Second), 3, "broken"}},
		{"last failure", broken, 5, end{Dead, noon, 5, "broken"}},
		{"fatal", Fatal(broken), 1, end{Dead, noon, 1, "broken"}},
		{"snooze", Snooze(time.Minute), 5, end{state: Queued, at: noon.Add(time.Minute), attempt: 4}},
		{"snooze into the past", Snooze(-time.Minute), 1, end{state: Queued, at: noon, attempt: 0}},
	}
	for _, c := range cases {
		if got := after(c.err, c.n, 5, noon, 0); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
	if Fatal(nil) != nil {
		t.Error("no error became fatal")
	}
}

func TestWaitGrowsWithinBounds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 5000).Draw(t, "attempt")
		dice := rapid.Float64Range(0, 0.999).Draw(t, "dice")
		d := wait(n, dice)
		if d < firstWait/2 || d > longest {
			t.Fatalf("waits %v", d)
		}
		if next := wait(n+1, dice); next < d {
			t.Fatalf("waits %v, then %v", d, next)
		}
	})
}

func TestNextRunStaysOnItsGrid(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		interval := time.Duration(rapid.Int64Range(int64(time.Millisecond), int64(48*time.Hour)).Draw(t, "interval"))
		missed := time.Duration(rapid.Int64Range(0, int64(1000*time.Hour)).Draw(t, "missed"))
		now := noon.Add(missed)
		next := nextRun(noon, now, interval)
		if !next.After(now) || next.Sub(now) > interval || next.Sub(noon)%interval != 0 {
			t.Fatalf("due %v, now %v: next %v", noon, now, next)
		}
	})
	if got := nextRun(noon, noon.Add(-time.Hour), time.Minute); !got.Equal(noon) {
		t.Errorf("not yet due: %v", got)
	}
}

func TestClipKeepsCharactersWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Repeat(rapid.StringN(1, 5, -1).Draw(t, "text"), 700)
		got := clip(text)
		if len(got) > maxError || !strings.HasPrefix(text, got) || utf8.ValidString(text) && !utf8.ValidString(got) {
			t.Fatalf("%d bytes became %d", len(text), len(got))
		}
	})
}
