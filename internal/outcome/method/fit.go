package method

import (
	"cmp"
	"math"
	"slices"
)

// Bounds of the fit.
const (
	maxRounds = 6
	outlying  = 0.0005 // one-sided; whoever is further out than that doesn't say what is ordinary
	least     = 5      // places that a spread may rest on
)

// Fit finds the distribution of ordinary places from all of them.
//
// The mean is all events over all denominators. The spread of the true values is
// found by moments: for rates E[(X−θd)²] = θd + τ²d², so τ² = Σ((X−θd)²−θd)/Σd²;
// for shares E[(X−θd)²] = θ(1−θ)d(1+(d−1)ρ), so ρ = Σ((X−θd)²−θ(1−θ)d)/Σθ(1−θ)d(d−1);
// neither below 0 (Böhning and others, "A moment estimator of heterogeneity",
// Biometrical Journal 44 (2002), as the unweighted case). What rounding adds to
// the squares is taken off. A place that is truly
// out of the ordinary would make everybody's spread look large, and hide: so
// those far out are left out and the fit is made again, until nobody changes
// sides. It begins without the ends of the field: among a few dozen places one
// alone could hide in the spread that it makes.
func Fit(kind Kind, counts []Count) Null { return fitFrom(kind, counts, 40) }

// FitWide is the same begun without the tenth at each end, as Spiegelhalter (2005)
// draws in a tenth: several places far out can't make the spread in which they all
// hide. Whoever lies within what is then found comes back in.
func FitWide(kind Kind, counts []Count) Null { return fitFrom(kind, counts, 10) }

// fitFrom begins without one in so many at each end of the field.
func fitFrom(kind Kind, counts []Count, part int) Null {
	out := ends(kind, counts, part)
	null := fit(kind, counts, out)
	for range maxRounds {
		changed := false
		for i, c := range counts {
			far := c.Den > 0 && null.far(c)
			changed = changed || far != out[i]
			out[i] = far
		}
		if !changed {
			break
		}
		next := fit(kind, counts, out)
		if next.Mean == 0 || kind == Share && next.Mean >= 1 {
			break // all there is lies far out: it is rare, and still what is ordinary
		}
		null = next
	}
	return null
}

// ends are one in so many at each side, at least one, of those that have more and
// less than chance would let them.
func ends(kind Kind, counts []Count, part int) []bool {
	out := make([]bool, len(counts))
	chance := fit(kind, counts, out)
	chance.A, chance.B = math.Inf(1), math.Inf(1)
	type placed struct {
		at  int
		off float64
	}
	var list []placed
	for i, c := range counts {
		if mean := chance.Expected(c.Den); mean > 0 {
			list = append(list, placed{i, (float64(c.Num) - mean) / math.Sqrt(mean)})
		}
	}
	if len(list) < 4*least {
		return out
	}
	slices.SortFunc(list, func(a, b placed) int { return cmp.Compare(a.off, b.off) })
	for i := range max(1, len(list)/part) {
		out[list[i].at], out[list[len(list)-1-i].at] = true, true
	}
	if !halfStays(kind, counts, out) {
		clear(out)
	}
	return out
}

// halfStays reports whether most of the places stay that have any of what is
// counted, and of a share any of the rest. Where few places have any, those few
// are what is ordinary, and without them nothing would be.
func halfStays(kind Kind, counts []Count, out []bool) bool {
	var some, someOut, rest, restOut int
	for i, c := range counts {
		if c.Num > 0 {
			some++
			if out[i] {
				someOut++
			}
		}
		if c.Num < c.Den {
			rest++
			if out[i] {
				restOut++
			}
		}
	}
	return 2*someOut <= some && (kind == Rate || 2*restOut <= rest)
}

// far reports whether a count is further out than ordinary places are. Within two
// standard deviations none is, however skew.
func (n Null) far(c Count) bool {
	off := float64(c.Num) - n.Expected(c.Den)
	if off*off < 4*(n.variance(c.Den)+n.noise(c)) {
		return false
	}
	return n.ShownAtLeast(c) < outlying || n.ShownAtMost(c) < outlying
}

func fit(kind Kind, counts []Count, out []bool) Null {
	var num, den float64
	n := 0
	for i, c := range counts {
		if c.Den > 0 && !out[i] {
			num += float64(c.Num)
			den += float64(c.Den)
			n++
		}
	}
	null := Null{Kind: kind, A: math.Inf(1), B: math.Inf(1)}
	if den == 0 {
		return null
	}
	null.Mean = num / den
	if n < least || null.Mean == 0 || kind == Share && null.Mean >= 1 {
		return null
	}
	spread := null.spread(counts, out)
	if spread <= 0 {
		return null
	}
	if kind == Rate {
		null.A, null.B = null.Mean*null.Mean/spread, null.Mean/spread
		return null
	}
	size := (1 - spread) / spread
	null.A, null.B = null.Mean*size, (1-null.Mean)*size
	return null
}

// spread is τ² of rates or ρ of shares, as in Fit.
func (n Null) spread(counts []Count, out []bool) float64 {
	var excess, scale float64
	for i, c := range counts {
		if c.Den <= 0 || out[i] {
			continue
		}
		d := float64(c.Den)
		residual := float64(c.Num) - n.Mean*d
		excess -= n.noise(c)
		if n.Kind == Rate {
			excess += residual*residual - n.Mean*d
			scale += d * d
			continue
		}
		chance := n.Mean * (1 - n.Mean)
		excess += residual*residual - chance*d
		scale += chance * d * (d - 1)
	}
	if scale == 0 {
		return 0
	}
	return min(excess/scale, 0.9)
}

// Shrunk is a place's rate or share drawn towards the others' by as much as it
// is uncertain: the mean of what its true value may be after what was counted
// (Clayton and Kaldor, "Empirical Bayes estimates of age-standardized relative
// risks for use in disease mapping", Biometrics 43 (1987) 671-681; the beta is
// the same for shares). What was rounded weighs less.
func (n Null) Shrunk(c Count) float64 {
	if n.pure() {
		return n.Mean
	}
	w := n.worth(c)
	if n.Kind == Rate {
		return (n.A + w*float64(c.Num)) / (n.B + w*float64(c.Den))
	}
	return (n.A + w*float64(c.Num)) / (n.A + n.B + w*float64(c.Den))
}

// Power is the probability that a place twice as bad (twice the rate, or twice
// the odds of what is bad) would be noticed at a one-sided level. Of c the
// denominator counts, and whether it is rounded.
func (n Null) Power(c Count, manyIsWorse bool, level float64) float64 {
	if c.Den <= 0 || n.Mean <= 0 || n.Kind == Share && n.Mean >= 1 {
		return 0
	}
	bad := n.scaled(manyIsWorse)
	if manyIsWorse {
		c.Num = n.alarm(c, level)
		return bad.ShownAtLeast(c)
	}
	c.Num = n.alarmBelow(c, level)
	return bad.ShownAtMost(c)
}

// scaled is the distribution of a place twice as bad, which differs as much as
// the others do.
func (n Null) scaled(manyIsWorse bool) Null {
	factor := 2.0
	if !manyIsWorse {
		factor = 0.5
	}
	bad := n
	if n.Kind == Rate {
		bad.Mean *= factor
		bad.B /= factor
		return bad
	}
	odds := n.Mean / (1 - n.Mean) * factor
	bad.Mean = odds / (1 + odds)
	if !n.pure() {
		size := n.A + n.B
		bad.A, bad.B = bad.Mean*size, (1-bad.Mean)*size
	}
	return bad
}

// alarm is the smallest count that is noticed among ordinary places.
func (n Null) alarm(c Count, level float64) int {
	step := c.step()
	return step * search(n.around(c.Den, 2)/step, func(k int) bool { c.Num = k * step; return n.ShownAtLeast(c) <= level })
}

// alarmBelow is the largest count that is noticed for being few; below 0 if none is.
func (n Null) alarmBelow(c Count, level float64) int {
	step := c.step()
	return step * (search(n.around(c.Den, -2)/step, func(k int) bool { c.Num = k * step; return n.ShownAtMost(c) > level }) - 1)
}

// step is what such counts are multiples of.
func (c Count) step() int {
	if c.Parts == 0 {
		return 1
	}
	return Base
}

// around is about where a count lies that is so many standard deviations from
// what is expected.
func (n Null) around(den int, deviations float64) int {
	return max(0, int(n.Expected(den)+deviations*math.Sqrt(n.variance(den))))
}

// variance is that of an ordinary place's count.
func (n Null) variance(den int) float64 {
	mean := n.Expected(den)
	switch {
	case n.Kind == Rate && n.pure():
		return mean
	case n.Kind == Rate:
		return mean + mean*mean/n.A
	case n.pure():
		return mean * (1 - n.Mean)
	}
	return mean * (1 - n.Mean) * (1 + float64(den-1)/(n.A+n.B+1))
}

// search returns the smallest k ≥ 0 for which true holds, which it does from
// some k on. It begins at a guess and goes in growing steps.
func search(guess int, holds func(int) bool) int {
	low, high := -1, guess // false at low (or below all), true at high
	for step := 1; !holds(high); step *= 2 {
		low, high = high, high+step
	}
	for step := 1; low < 0 && high > 0; step *= 2 {
		k := max(0, high-step)
		if !holds(k) {
			low = k
			break
		}
		high = k
	}
	for high-low > 1 {
		if mid := (low + high) / 2; holds(mid) {
			high = mid
		} else {
			low = mid
		}
	}
	return high
}
