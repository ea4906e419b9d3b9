package method

import (
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// Null is the distribution of ordinary places: their mean rate or share, and
// how much their true values differ.
type Null struct {
	Kind Kind
	Mean float64 // θ₀: events per unit of Den, or the share
	// A and B are the parameters of the gamma (shape, rate) or beta (α, β) of the
	// true values. Both are +Inf where the places differ by chance alone.
	A, B float64
}

// pure reports whether chance alone makes the places differ.
func (n Null) pure() bool { return math.IsInf(n.A, 1) }

// Expected is the count of an ordinary place with this denominator.
func (n Null) Expected(den int) float64 { return n.Mean * float64(den) }

// AtLeast is the probability that an ordinary place with this denominator
// counts k or more.
//
// Rates: P(X ≥ k) = I_{d/(b+d)}(k, a) for the negative binomial that a gamma
// (a, b) of rates makes of Poisson counts, and the regularised lower gamma
// function P(k, θd) for Poisson alone. Shares: a sum over the beta-binomial, and
// I_θ(k, d−k+1) for the binomial (Abramowitz and Stegun 26.5.24, 26.5.26, 26.4.21).
func (n Null) AtLeast(k, den int) float64 {
	switch {
	case k <= 0:
		return 1
	case den <= 0 || n.Mean <= 0 || n.Kind == Share && k > den:
		return 0
	case n.Kind == Rate && n.pure():
		return mathext.GammaIncReg(float64(k), n.Expected(den))
	case n.Kind == Rate:
		d := float64(den)
		return mathext.RegIncBeta(float64(k), n.A, d/(n.B+d))
	case n.Mean >= 1:
		return 1
	case n.pure():
		return mathext.RegIncBeta(float64(k), float64(den-k+1), n.Mean)
	}
	return n.betaBinomialAtLeast(k, den)
}

// AtMost is the probability that it counts k or fewer.
func (n Null) AtMost(k, den int) float64 {
	if n.Kind == Share {
		return n.mirror().AtLeast(den-k, den)
	}
	switch {
	case k < 0:
		return 0
	case den <= 0 || n.Mean <= 0:
		return 1
	case n.pure():
		return mathext.GammaIncRegComp(float64(k+1), n.Expected(den))
	}
	d := float64(den)
	return mathext.RegIncBeta(n.A, float64(k+1), n.B/(n.B+d))
}

// mirror is the same of what was not counted, so that small tails stay exact.
func (n Null) mirror() Null { return Null{Share, 1 - n.Mean, n.B, n.A} }

// betaBinomialAtLeast adds probabilities away from the mean, where they fall,
// until they no longer count.
func (n Null) betaBinomialAtLeast(k, den int) float64 {
	if float64(k) > n.Expected(den) {
		return n.sumFrom(k, den, 1)
	}
	return 1 - n.sumFrom(k-1, den, -1)
}

// negligible is where a sum of falling terms ends.
const negligible = 1e-16

func (n Null) sumFrom(k, den, step int) float64 {
	a, b, d := n.A, n.B, float64(den)
	term := math.Exp(lchoose(d, float64(k)) + mathext.Lbeta(float64(k)+a, d-float64(k)+b) - mathext.Lbeta(a, b))
	sum := 0.0
	for ; k >= 0 && k <= den && term > sum*negligible; k += step {
		sum += term
		x := float64(k)
		if step > 0 {
			term *= (d - x) * (x + a) / ((x + 1) * (d - x - 1 + b))
		} else {
			term *= x * (d - x + b) / ((d - x + 1) * (x - 1 + a))
		}
	}
	return min(sum, 1)
}

// lchoose is the logarithm of the number of ways to choose k of n.
func lchoose(n, k float64) float64 {
	return -math.Log(n+1) - mathext.Lbeta(n-k+1, k+1)
}

// Tails are the probabilities of what came in an ordinary place.
type Tails struct {
	Worse, Better       float64 // of this or worse, of this or better
	MidWorse, MidBetter float64 // with what came itself by half: right on average, and used for scores
}

// Tails finds them; many is worse, or few. Judging uses the whole probabilities,
// which err on the mild side.
func (n Null) Tails(c Count, manyIsWorse bool) Tails {
	many, more := n.shown(c)
	t := Tails{Worse: many, MidWorse: (many + more) / 2, Better: 1 - more, MidBetter: 1 - (many+more)/2}
	if !manyIsWorse {
		t = Tails{Worse: t.Better, MidWorse: t.MidBetter, Better: t.Worse, MidBetter: t.MidWorse}
	}
	return t
}

// Score is the standard normal score of a one-sided mid-p: above 0 is worse.
func Score(mid float64) float64 {
	const limit = 1e-15
	return -distuv.UnitNormal.Quantile(min(max(mid, limit), 1-limit))
}
