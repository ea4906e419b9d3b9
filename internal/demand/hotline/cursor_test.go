package hotline

import "testing"

func FuzzSince(f *testing.F) {
	for _, s := range []string{"", "2026-11-01T08:00:00+08:00", cursor{1, "x", 2}.String(), "!!", "0001-01-01T00:00:00Z", "MC4w"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := parseSince(s)
		if err != nil {
			return
		}
		if again, err := parseSince(c.String()); err != nil || again != c {
			t.Errorf("%q: %+v, then %+v, %v", s, c, again, err)
		}
	})
}
