package orderweb

import (
	"math"
	"testing"
)

// An area that is taken has three corners on the earth.
func FuzzCorners(f *testing.F) {
	f.Add("112.5,28.2 112.6,28.2 112.6,28.3")
	f.Add("NaN,1 Inf,2 1e400,3")
	f.Add(",")
	f.Fuzz(func(t *testing.T, text string) {
		line, err := readCorners(text)
		if err == nil && len(line) > 0 && len(line) < fewestCorners {
			t.Errorf("%d corners", len(line))
		}
		for _, p := range line {
			if !(math.Abs(p.X) <= 180) || !(math.Abs(p.Y) <= 90) {
				t.Errorf("%q has a corner at %v", text, p)
			}
		}
		if at, ok := readTime(text); ok && at.IsZero() && text == "" {
			t.Error("nothing is a time")
		}
	})
}
