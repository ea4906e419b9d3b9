package demo

import (
	"math/rand/v2"
	"slices"
)

// shares splits total into whole parts in proportion to weights, exactly: by
// largest remainder (Hamilton's method), ties to the earlier one. Each part is
// at least floor, as long as total allows it.
func shares(total int, weights []float64, floor int) []int {
	parts := make([]int, len(weights))
	if len(weights) == 0 {
		return parts
	}
	if total < floor*len(weights) {
		floor = total / len(weights)
	}
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	rest := total - floor*len(weights)
	type remainder struct {
		at   int
		part float64
	}
	left := rest
	order := make([]remainder, len(weights))
	for i, w := range weights {
		exact := float64(rest) * w / sum
		parts[i] = floor + int(exact)
		left -= int(exact)
		order[i] = remainder{i, exact - float64(int(exact))}
	}
	slices.SortStableFunc(order, func(a, b remainder) int {
		switch {
		case a.part > b.part:
			return -1
		case a.part < b.part:
			return 1
		}
		return 0
	})
	for i := range left {
		parts[order[i%len(order)].at]++
	}
	return parts
}

// around draws n weights near 1: between 1-spread and 1+spread.
func around(r *rand.Rand, n int, spread float64) []float64 {
	w := make([]float64, n)
	for i := range w {
		w[i] = 1 + spread*(2*r.Float64()-1)
	}
	return w
}

// householdSizes draws n household sizes of 1 to 8 people that add up to total,
// shaped like the census: most have two or three.
func householdSizes(r *rand.Rand, n, total int) []int {
	sizes := make([]int, n)
	sum := 0
	for i := range sizes {
		sizes[i] = 1 + slices.IndexFunc(sizeUpTo, func(p float64) bool { return r.Float64() < p })
		sum += sizes[i]
	}
	for sum != total && n > 0 {
		i := r.IntN(n)
		switch {
		case sum < total && (sizes[i] < 8 || total > 8*n):
			sizes[i]++
			sum++
		case sum > total && (sizes[i] > 1 || total < n):
			sizes[i]--
			sum--
		}
	}
	return sizes
}

// sizeUpTo[k] is the chance that a household with more than k people has k+1.
var sizeUpTo = []float64{0.19, 0.38, 0.46, 0.52, 0.58, 1}
