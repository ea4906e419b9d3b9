package method

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Base is what rounded counts are multiples of. A count is rounded up or down to
// one, at random and right on average: with a turn u that is as often 0, 1 or 2,
// a count x becomes ⌊(x+u)/3⌋·3 (random rounding to base 3, as Statistics New
// Zealand publishes its censuses).
const Base = 3

// Round rounds a count by a turn from 0 to Base-1.
func Round(x, turn int) int { return (x + turn) / Base * Base }

// Counts that were rounded are judged as such: what is asked is how likely an
// ordinary place would be published with this count or more. The turn being as
// often 0, 1 or 2, P(R ≥ r) = (P(X ≥ r) + P(X ≥ r−1) + P(X ≥ r−2))/3 for a
// multiple r of 3, exactly. Each further part that was rounded on its own adds
// an error from −2 to 2, with the weights 1, 2, 3, 2, 1.

// blurs are the weights of such sums by how many parts they have, from one on.
// The first entry is for a shift of -2(parts-1).
var blurs = func() [][]float64 {
	list := [][]float64{{1. / 3, 1. / 3, 1. / 3}}
	for len(list) < 8 {
		list = append(list, convolve(list[len(list)-1]))
	}
	return list
}()

func convolve(weights []float64) []float64 {
	out := make([]float64, len(weights)+4)
	for i, w := range weights {
		for j, e := range [...]float64{1. / 9, 2. / 9, 3. / 9, 2. / 9, 1. / 9} {
			out[i+j] += w * e
		}
	}
	return out
}

// blurred is a tail of a rounded count: tail is that of the true count at a
// distance from the rounded one.
func blurred(parts int, tail func(shift int) float64) float64 {
	weights := blurs[min(parts, len(blurs))-1]
	sum := 0.0
	for i, w := range weights {
		sum += w * tail(i-(len(weights)-3)/2)
	}
	return sum
}

// ShownAtLeast is the probability that an ordinary place with this denominator
// shows this count or more.
func (n Null) ShownAtLeast(c Count) float64 {
	switch {
	case c.Parts == 0:
		return n.AtLeast(c.Num, c.Den)
	case c.Parts == 1 && c.Num > 2 && n.Kind == Rate && n.Mean > 0 && c.Den > 0:
		return n.AtLeast(c.Num, c.Den) + (2*n.mass(c.Num-1, c.Den)+n.mass(c.Num-2, c.Den))/3
	}
	return blurred(c.Parts, func(shift int) float64 { return n.AtLeast(c.Num-shift, c.Den) })
}

// ShownAtMost is the probability that it shows this count or less.
func (n Null) ShownAtMost(c Count) float64 {
	if c.Parts == 0 {
		return n.AtMost(c.Num, c.Den)
	}
	return blurred(c.Parts, func(shift int) float64 { return n.AtMost(c.Num+shift, c.Den) })
}

// mass is the probability of a count of a rate.
func (n Null) mass(k, den int) float64 {
	x, d := float64(k), float64(den)
	if n.pure() {
		mean := n.Mean * d
		lg, _ := math.Lgamma(x + 1)
		return math.Exp(x*math.Log(mean) - mean - lg)
	}
	// Γ(a+x)/Γ(a)x! = 1/(x·B(a,x)).
	return math.Exp(n.A*math.Log(n.B/(n.B+d))+x*math.Log(d/(n.B+d))-mathext.Lbeta(n.A, x)) / x
}

// noise is how much rounding adds to the variance of an ordinary place's count.
// A Poisson count of mean m leaves a remainder with the probability
// ⅔(1 − e^(−3m/2)·cos(m√3/2)), by the third roots of unity, and each has the
// variance 2. Of a share both what is counted and the rest were rounded.
func (n Null) noise(c Count) float64 {
	if c.Parts == 0 {
		return 0
	}
	parts := float64(c.Parts)
	of := func(mean float64) float64 {
		mean /= parts
		return parts * 4. / 3 * (1 - math.Exp(-1.5*mean)*math.Cos(mean*math.Sqrt(3)/2))
	}
	mean := n.Expected(c.Den)
	if n.Kind == Rate {
		return of(mean)
	}
	return (1-n.Mean)*(1-n.Mean)*of(mean) + n.Mean*n.Mean*of(float64(c.Den)-mean)
}

// worth is how much a count says beside an exact one: the share of its variance
// that isn't rounding.
func (n Null) worth(c Count) float64 {
	noise := n.noise(c)
	if noise == 0 {
		return 1
	}
	own := n.Expected(c.Den)
	if n.Kind == Share {
		own *= 1 - n.Mean
	}
	return own / (own + noise)
}

// off is by how much the ends of an interval move out where a count was rounded:
// so far that it still holds the truth as often as it says.
func (c Count) off() float64 {
	if c.Parts == 0 {
		return 0
	}
	return 1.6 + 0.9*float64(c.Parts-1)
}
