package demand

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestASuggestionInAnyOrder: only an office decides; what is adopted runs until
// its day, and a suggestion is resolved by a decision alone.
func TestASuggestionInAnyOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		d, now := begun(rt), noon
		d.Kind = Suggestion
		for range rapid.IntRange(1, 15).Draw(rt, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 30).Draw(rt, "hours")) * time.Hour)
			by := at(rapid.SampledFrom(ladder).Draw(rt, "who"))
			until := now.AddDate(0, 0, rapid.IntRange(-5, 60).Draw(rt, "days"))
			var err error
			switch rapid.IntRange(0, 2).Draw(rt, "step") {
			case 0:
				if err = d.Adopt(by, "好主意", until, now); err == nil && (!d.Clock.Running() || d.DueAt.Before(now) || d.DueAt.After(until) || d.State != Accepted) {
					rt.Fatalf("adopted until %s: %s, due %s", until, d.State, d.DueAt)
				}
			case 1:
				if err = d.Conclude(by, "办好了", now); err == nil && d.State != Resolved {
					rt.Fatalf("concluded: %s", d.State)
				}
			case 2:
				_ = d.Reopen(resident, "没有", Stop{}, now)
				continue
			}
			if err == nil && by.Rung < Village {
				rt.Fatalf("%s decided", by.UnitName)
			}
		}
	})
	help := begun(t)
	if help.Kind == Suggestion || help.Adopt(at(officeAt), "好", noon.AddDate(0, 1, 0), noon) == nil {
		t.Error("what is no suggestion was adopted")
	}
}
