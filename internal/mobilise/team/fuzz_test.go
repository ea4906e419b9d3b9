package team

import (
	"strings"
	"testing"
)

// A cursor that somebody made up is refused or is three values.
func FuzzCursor(f *testing.F) {
	f.Add("1,1700000000000,p")
	f.Add(",,")
	f.Fuzz(func(t *testing.T, s string) {
		parts := strings.Split(s, ",")
		p, err := readCursor(parts)
		if err == nil && (len(parts) != 3 || p.personID != parts[2]) {
			t.Errorf("%q reads as %+v", s, p)
		}
	})
}
