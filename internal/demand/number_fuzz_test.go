package demand

import (
	"strings"
	"testing"
)

// What is read as a number reads the same when it was spoken.
func FuzzParseNumber(f *testing.F) {
	f.Add(NumberOf(2026, 17))
	f.Add("２６-000 001 7")
	f.Add("12345")
	f.Fuzz(func(t *testing.T, typed string) {
		n, err := ParseNumber(typed)
		if err != nil {
			return
		}
		if strings.Trim(n, "0123456789") != "" || len(n) > 18 {
			t.Errorf("%q is read as %q", typed, n)
		}
		if again, err := ParseNumber(Spoken(n)); err != nil || again != n {
			t.Errorf("%q spoken is %q: %v", n, again, err)
		}
	})
}
