package admission

import "testing"

// A month that is read is written the same way, and has neighbours.
func FuzzParseMonth(f *testing.F) {
	for _, s := range []string{"2026-11", "2026-1", "1999-12", "２０２６-11", "9999-12"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := ParseMonth(s)
		if err != nil {
			return
		}
		if string(m) != s || m < "9999-12" && m.Next().Prev() != m {
			t.Errorf("%q is %q, after it %q", s, m, m.Next())
		}
	})
}
