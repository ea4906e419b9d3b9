package outcome

import "testing"

// A period that is read is written the same way.
func FuzzParsePeriod(f *testing.F) {
	for _, s := range []string{"2026Q3", "2026Q5", "+026Q1", " 026Q1", "2026q1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if p, err := ParsePeriod(s); err == nil && p.String() != s {
			t.Errorf("%q is %s", s, p)
		}
	})
}
