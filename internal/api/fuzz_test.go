package api

import (
	"math"
	"testing"

	"bilin/internal/demand"
	"bilin/internal/practice"
)

// A cursor reads as it was written, and one that was made up is refused or read, never more.
func FuzzCursor(f *testing.F) {
	f.Add(writeCursor(demand.Cursor{At: 1, ID: "a"}))
	f.Add("MSAgIA")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := readCursor(s)
		if err != nil || c == nil {
			return
		}
		again, err := readCursor(writeCursor(*c))
		if err != nil || *again != *c {
			t.Errorf("%+v reads as %+v: %v", c, again, err)
		}
	})
}

// So does the cursor of practices.
func FuzzPracticeCursor(f *testing.F) {
	f.Add(writePractice(practice.Cursor{Adopted: 3, At: 1, ID: "a"}))
	f.Fuzz(func(t *testing.T, s string) {
		c, err := readPractice(s)
		if err != nil || c == nil {
			return
		}
		again, err := readPractice(writePractice(*c))
		if err != nil || *again != *c {
			t.Errorf("%+v reads as %+v: %v", c, again, err)
		}
	})
}

// What the open interface takes out of a query string is on the earth and within bounds.
func FuzzOpen311(f *testing.F) {
	f.Add("28.2", "112.5", "20", "a,b,,c")
	f.Add("NaN", "-Inf", "-1", ",")
	f.Fuzz(func(t *testing.T, lat, long, n, list string) {
		if y, x, err := point311(lat, long); err == nil && (!(math.Abs(y) <= 90) || !(math.Abs(x) <= 180)) {
			t.Errorf("a place at %v %v", y, x)
		}
		if got, err := count311(n, 20, 200); err == nil && (got < 0 || got > 200) {
			t.Errorf("%q counts as %d", n, got)
		}
		for _, word := range split311(list) {
			if word == "" {
				t.Errorf("%q has an empty word", list)
			}
		}
	})
}
