package demo

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

func TestSharesAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SliceOfN(rapid.Float64Range(0.01, 50), 1, 60).Draw(t, "weights")
		total := rapid.IntRange(0, 5000).Draw(t, "total")
		floor := rapid.IntRange(0, 5).Draw(t, "floor")
		sum := 0
		for _, p := range shares(total, weights, floor) {
			if total >= floor*len(weights) && p < floor {
				t.Fatalf("part %d under floor %d", p, floor)
			}
			sum += p
		}
		if sum != total {
			t.Fatalf("parts add up to %d, want %d", sum, total)
		}
	})
}

func TestHouseholdSizesAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 400).Draw(t, "n")
		total := n + rapid.IntRange(0, 3*n).Draw(t, "more")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		sum := 0
		for _, s := range householdSizes(r, n, total) {
			if s < 1 || s > 8 {
				t.Fatalf("a household of %d", s)
			}
			sum += s
		}
		if sum != total {
			t.Fatalf("sizes add up to %d, want %d", sum, total)
		}
	})
}

func TestTelephoneNumbersCannotBeDialled(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		if n := phoneNumber(r); len(n) != 11 || n[:3] != "129" {
			t.Fatalf("%q could be somebody's", n)
		}
	}
}
