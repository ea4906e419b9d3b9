package workday_test

import (
	"testing"
	"time"

	"bilin/internal/workday"
)

// On the last day of a year too.
func TestUntilWaking(t *testing.T) {
	t.Parallel()
	for at, want := range map[string]time.Duration{
		"07:59": time.Minute, "08:00": 0, "12:00": 0, "19:59": 0, "20:00": 12 * time.Hour, "23:30": 8*time.Hour + 30*time.Minute, "00:00": 8 * time.Hour,
	} {
		now, err := time.ParseInLocation("2006-01-02 15:04", "2026-12-31 "+at, workday.City)
		if err != nil {
			t.Fatal(err)
		}
		if got := workday.UntilWaking(now.UTC()); got != want {
			t.Errorf("%s: %v, want %v", at, got, want)
		}
	}
}
