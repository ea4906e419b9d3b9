package situationweb

import (
	"testing"
	"time"

	"bilin/internal/mobilise/situation"
	"bilin/internal/sqldb"
)

// The axis ends where its label says: at a deadline that is near, or now.
func TestWhereAnAxisEnds(t *testing.T) {
	from := time.Date(2026, 12, 1, 2, 0, 0, 0, time.UTC)
	points := []situation.Point{{At: from}, {At: from.Add(20 * time.Minute), Value: 3}}
	for name, tc := range map[string]struct{ now, deadline, want time.Duration }{
		"soon after it began": {time.Minute, 0, leastSpan},
		"under way":           {time.Hour, 0, time.Hour},
		"before a deadline":   {time.Hour, 2 * time.Hour, 2 * time.Hour},
		"past a deadline":     {3 * time.Hour, 2 * time.Hour, 3 * time.Hour},
		"a far deadline":      {time.Hour, 48 * time.Hour, time.Hour},
	} {
		var deadline time.Time
		if tc.deadline > 0 {
			deadline = from.Add(tc.deadline)
		}
		if got := drawCurve(points, from, from.Add(tc.now), deadline, 0, 10).End(); got != sqldb.Millis(from.Add(tc.want)) {
			t.Errorf("%s: %v", name, sqldb.Time(got).Sub(from))
		}
	}
}
