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

// ShownAtLeast is the probability that an ordinary place with this denominator
// shows this count or more.
func (n Null) ShownAtLeast(c Count) float64 {
	many, _ := n.shown(c)
	return many
}

// ShownAtMost is the probability that it shows this count or less.
func (n Null) ShownAtMost(c Count) float64 {
	if n.Kind == Share {
		c.Num = c.Den - c.Num
		return n.mirror().ShownAtLeast(c)
	}
	if c.Parts == 0 {
		return n.AtMost(c.Num, c.Den)
	}
	c.Num += Base
	return 1 - n.ShownAtLeast(c)
}

// shown are the probabilities of this count or more, and of more.
func (n Null) shown(c Count) (many, more float64) {
	if c.Parts == 0 {
		return n.AtLeast(c.Num, c.Den), n.AtLeast(c.Num+1, c.Den)
	}
	weights := blurs[min(c.Parts, len(blurs))-1]
	back := (len(weights) - 3) / 2
	var room [48]float64
	tails := room[:len(weights)+Base]
	low := c.Num - 2 - back
	n.tails(tails, low, c.Den)
	for i, w := range weights {
		at := c.Num - (i - back) - low
		many += w * tails[at]
		more += w * tails[at+Base]
	}
	return many, more
}

// tails fills in P(X ≥ k) for k from low on. The last is reckoned, and from there
// the single counts are added, each from the one above it: that is one hard
// function for all of them.
func (n Null) tails(out []float64, low, den int) {
	top := low + len(out) - 1
	for ; top > low && n.Kind == Share && top > den; top-- {
		out[top-low] = 0
	}
	out[top-low] = n.AtLeast(top, den)
	p := n.mass(top, den)
	for k := top - 1; k >= low; k-- {
		switch {
		case k <= 0:
			out[k-low] = 1
		case p == 0:
			out[k-low] = n.AtLeast(k, den)
		default:
			p *= n.down(k+1, den)
			out[k-low] = min(1, out[k+1-low]+p)
		}
	}
}

// mass is the probability of a count; 0 where it is too small to go on from.
func (n Null) mass(k, den int) float64 {
	x, d := float64(k), float64(den)
	if k < 1 || den <= 0 || n.Mean <= 0 || n.Kind == Share && (k > den || n.Mean >= 1) {
		return 0
	}
	var log float64
	switch {
	case n.Kind == Rate && n.pure():
		lg, _ := math.Lgamma(x + 1)
		log = x*math.Log(n.Mean*d) - n.Mean*d - lg
	case n.Kind == Rate: // Γ(a+x)/(Γ(a)·x!) = 1/(x·B(a,x))
		log = n.A*math.Log(n.B/(n.B+d)) + x*math.Log(d/(n.B+d)) - mathext.Lbeta(n.A, x) - math.Log(x)
	case n.pure():
		log = lchoose(d, x) + x*math.Log(n.Mean) + (d-x)*math.Log(1-n.Mean)
	default:
		log = lchoose(d, x) + mathext.Lbeta(x+n.A, d-x+n.B) - mathext.Lbeta(n.A, n.B)
	}
	if log < -600 {
		return 0
	}
	return math.Exp(log)
}

// down is how much likelier the count below k is than k.
func (n Null) down(k, den int) float64 {
	x, d := float64(k), float64(den)
	switch {
	case n.Kind == Rate && n.pure():
		return x / (n.Mean * d)
	case n.Kind == Rate:
		return x * (n.B + d) / ((n.A + x - 1) * d)
	case n.pure():
		return x * (1 - n.Mean) / ((d - x + 1) * n.Mean)
	}
	return x * (d - x + n.B) / ((d - x + 1) * (x - 1 + n.A))
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
