package quiet

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"bilin/internal/workday"
)

func TestHold(t *testing.T) {
	t.Parallel()
	at := func(h, m int) time.Time { return time.Date(2026, 12, 31, h, m, 0, 0, workday.City) }
	for name, c := range map[string]struct {
		at        time.Time
		emergency bool
		want      time.Duration
	}{
		"before dawn":          {at(3, 0), false, 5 * time.Hour},
		"a minute before":      {at(7, 59), false, time.Minute},
		"by day":               {at(8, 0), false, 0},
		"the last minute":      {at(19, 59), false, 0},
		"evening":              {at(20, 0), false, 12 * time.Hour},
		"in an emergency":      {at(12, 0), true, time.Hour},
		"emergency, and night": {at(22, 0), true, 10 * time.Hour},
	} {
		if got := hold(c.at, c.emergency, 0); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// After its wait a message is never sent at night, and it never waits for more than a day.
func TestNobodyIsWoken(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(1_700_000_000, 1_900_000_000).Draw(t, "at"), 0).In(workday.City)
		d := hold(at, false, spread(rapid.String().Draw(t, "id")))
		if then := at.Add(d); then.Hour() < workday.Waking || then.Hour() >= workday.Rest || d > 24*time.Hour+waking {
			t.Fatalf("%v waits %v", at, d)
		}
	})
}
