package method

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Judged is what is found about one place and one indicator.
type Judged struct {
	Count
	Expected   float64
	Shrunk     float64
	Z          float64 // above 0 is worse
	P, PBetter float64 // of this or worse, of this or better, in an ordinary place
	Q, QBetter float64 // after looking at everything that is judged together
	Power      float64
}

// Judge finds it for the places of one indicator. Q is set by [Correct] when
// all indicators are judged. counts without a denominator come back as they are.
func Judge(kind Kind, counts []Count, manyIsWorse bool, s Settings) (Null, []Judged) {
	return judge(Fit(kind, counts), counts, manyIsWorse, s, false)
}

// JudgeSecond does the same with [FitWide] and by mid-p: of what came itself half
// the probability (Lancaster, "Significance tests in discrete distributions",
// Journal of the American Statistical Association 56 (1961) 223-234; Routledge,
// "Practicing safe statistics with the mid-p", Canadian Journal of Statistics 22
// (1994) 103-110). Counts are whole, and rounded ones go in steps of [Base]: the
// whole probability of "this or worse" is mild, half of it is right on average.
func JudgeSecond(kind Kind, counts []Count, manyIsWorse bool, s Settings) (Null, []Judged) {
	return judge(FitWide(kind, counts), counts, manyIsWorse, s, true)
}

func judge(null Null, counts []Count, manyIsWorse bool, s Settings, mid bool) (Null, []Judged) {
	out := make([]Judged, len(counts))
	powers := map[Count]float64{}
	for i, c := range counts {
		j := Judged{Count: c, P: 1, PBetter: 1, Q: 1, QBetter: 1}
		if c.Den > 0 {
			j.Expected = null.Expected(c.Den)
			j.Shrunk = null.Shrunk(c)
			tails := null.Tails(c, manyIsWorse)
			j.P, j.PBetter, j.Z = tails.Worse, tails.Better, Score(tails.MidWorse)
			if mid {
				j.P, j.PBetter = tails.MidWorse, tails.MidBetter
			}
			near := Count{Den: like(c.Den), Parts: c.Parts}
			p, known := powers[near]
			if !known {
				p = null.Power(near, manyIsWorse, s.AlertLevel)
				powers[near] = p
			}
			j.Power = p
		}
		out[i] = j
	}
	return null, out
}

// like is a denominator that stands for those near it: a place's power is told to
// no more than three digits.
func like(den int) int {
	step := 1
	for ; den/step >= 1000; step *= 10 {
	}
	return den / step * step
}

// Correct sets the Q of everything that is looked at together: the smallest
// false discovery rate at which it would still be among the findings (Benjamini
// and Hochberg, "Controlling the false discovery rate", Journal of the Royal
// Statistical Society B 57 (1995) 289-300). Those without a denominator are not
// looked at.
func Correct(groups ...[]Judged) {
	var all []*Judged
	for _, g := range groups {
		for i := range g {
			if g[i].Den > 0 {
				all = append(all, &g[i])
			}
		}
	}
	stepUp(all, func(j *Judged) float64 { return j.P }, func(j *Judged, q float64) { j.Q = q })
	stepUp(all, func(j *Judged) float64 { return j.PBetter }, func(j *Judged, q float64) { j.QBetter = q })
}

func stepUp(all []*Judged, p func(*Judged) float64, set func(*Judged, float64)) {
	slices.SortStableFunc(all, func(a, b *Judged) int {
		switch pa, pb := p(a), p(b); {
		case pa < pb:
			return -1
		case pa > pb:
			return 1
		}
		return 0
	})
	q := 1.0
	for i := len(all) - 1; i >= 0; i-- {
		q = min(q, p(all[i])*float64(len(all))/float64(i+1))
		set(all[i], q)
	}
}

// Color is what a place shows.
type Color int

// The colours. Dark is no data, Grey too few to tell.
const (
	Dark Color = iota
	Grey
	Green
	Yellow
	Red
)

// Color reads a judged place. What is unlikely is said however small the place
// is; green only if something would have been noticed.
func (j Judged) Color(s Settings) Color {
	switch {
	case j.Den <= 0:
		return Dark
	case j.Q <= s.RedFDR:
		return Red
	case j.Q <= s.YellowFDR:
		return Yellow
	case j.Power < s.MinPower:
		return Grey
	}
	return Green
}

// Outstanding reports whether a place is as unlikely on the good side as a red one is on the bad.
func (j Judged) Outstanding(s Settings) bool { return j.Den > 0 && j.QBetter <= s.RedFDR }

// Trend is the change of the logarithm of a rate, or of the odds of a share, per
// step of a series, by one step of scoring from no change; z is its standard
// score (Cochran, "Some methods for strengthening the common χ² tests",
// Biometrics 10 (1954) 417-451; Armitage 1955). What rounding adds to the
// variance is allowed for. Both are 0 where nothing can be said.
func Trend(kind Kind, series []Count) (slope, z float64) {
	var num, den float64
	for _, c := range series {
		num, den = num+float64(c.Num), den+float64(c.Den)
	}
	if num == 0 || kind == Share && num >= den {
		return 0, 0
	}
	mean := num / den
	var score, e, et, ett float64
	for i, c := range series {
		t, expected := float64(i), mean*float64(c.Den)
		score += t * (float64(c.Num) - expected)
		e, et, ett = e+expected, et+expected*t, ett+expected*t*t
	}
	info := ett - et*et/e
	if kind == Share {
		info *= 1 - mean
	}
	if info <= 1e-9 {
		return 0, 0
	}
	return score / info, score / math.Sqrt(info+rounding(kind, series, mean, et/e))
}

// rounding is what it adds to the variance of a trend's score; middle is the
// step about which the series turns.
func rounding(kind Kind, series []Count, mean, middle float64) (sum float64) {
	n := Null{Kind: kind, Mean: mean}
	for i, c := range series {
		t := float64(i) - middle
		sum += t * t * n.noise(c)
	}
	return sum
}

// TwoSided is the probability of a score as far from 0 as this.
func TwoSided(z float64) float64 { return 2 * distuv.UnitNormal.Survival(math.Abs(z)) }
