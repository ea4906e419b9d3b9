package catalog

import "testing"

// A limit that is read is not negative, whatever is added up.
func FuzzParseLimit(f *testing.F) {
	for _, s := range []string{"2天", "1 day 4 hours", "半天", "９９９９天9999天", "0.5小时30分钟"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := ParseLimit(s); err == nil && d < 0 {
			t.Errorf("%.80q is %v", s, d)
		}
	})
}
