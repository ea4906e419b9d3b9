package method

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// Place is one place's counts by indicator, for a comparison of all of them.
type Place []Count

// Side is an indicator of a comparison.
type Side struct {
	Kind        Kind
	ManyIsWorse bool
	Weight      float64
}

// Band is how a place stands beside the others over all indicators.
type Band int

// The bands. Ordinary is where the interval holds the middle of all.
const (
	Better Band = iota - 1
	Ordinary
	Poorer
)

// Standing is how a place stands: a weighted mean of how far its true values
// lie from the middle, in units of how much places differ; above 0 is worse.
type Standing struct {
	Score, Low, High  float64 // mean and central 95% of the draws
	Band              Band
	LowestQuarter     float64 // probability that it is among the worst quarter
	RankLow, RankHigh int     // central 95% of its rank, 1 is best
}

const draws = 4000

// Compare draws the places' true values from what is known of them (gamma or
// beta after what was counted, with the others as what was known before), many
// times, and sees how the places come out (Goldstein and Spiegelhalter, "League
// tables and their limitations", Journal of the Royal Statistical Society A 159
// (1996) 385-443: ranks are shown with their uncertainty or not at all). seed
// makes it the same every time.
func Compare(places []Place, sides []Side, seed uint64) []Standing {
	if len(places) == 0 {
		return nil
	}
	dice := rand.New(rand.NewPCG(seed, 2005)) //nolint:gosec // a simulation that can be repeated
	scores := make([][]float64, len(places))
	for i := range scores {
		scores[i] = make([]float64, draws)
	}
	total := 0.0
	for s, side := range sides {
		total += side.Weight
		counts := make([]Count, len(places))
		for i, p := range places {
			counts[i] = p[s]
		}
		addDraws(scores, Fit(side.Kind, counts), counts, side, dice)
	}
	if total > 0 {
		for _, row := range scores {
			for d := range row {
				row[d] /= total
			}
		}
	}
	return standings(scores, dice)
}

func addDraws(scores [][]float64, null Null, counts []Count, side Side, dice *rand.Rand) {
	if side.Weight == 0 || null.Mean == 0 || null.Kind == Share && null.Mean >= 1 {
		return
	}
	unit := null.unit()
	null = null.loosened()
	middle := null.middle(side)
	for i, c := range counts {
		draw := null.posterior(c, dice)
		for d := range scores[i] {
			off := (side.scale(draw()) - middle) / unit
			if !side.ManyIsWorse {
				off = -off
			}
			scores[i][d] += side.Weight * off
		}
	}
}

// scale is the logarithm of a rate, or the log odds of a share.
func (s Side) scale(x float64) float64 {
	const least = 1e-12
	if s.Kind == Rate {
		return math.Log(max(x, least))
	}
	x = min(max(x, least), 1-least)
	return math.Log(x / (1 - x))
}

// middle is where true values lie on that scale on average: the mean of a
// logarithm is below the logarithm of the mean, and measured from there all
// places together would look better than themselves.
func (n Null) middle(s Side) float64 {
	if s.Kind == Rate {
		return mathext.Digamma(n.A) - math.Log(n.B)
	}
	return mathext.Digamma(n.A) - mathext.Digamma(n.B)
}

// loosened lets places differ by a twentieth where the others were found to
// differ by chance alone: else one that is truly unlike them would be drawn like
// all of them.
func (n Null) loosened() Null {
	if !n.pure() {
		return n
	}
	if n.Kind == Rate {
		n.A = 1 / (smallest * smallest)
		n.B = n.A / n.Mean
		return n
	}
	size := 1 / (smallest * smallest * n.Mean * (1 - n.Mean))
	n.A, n.B = n.Mean*size, (1-n.Mean)*size
	return n
}

// smallest is by how much places are taken to differ at least, on the scale of
// the logarithm or the log odds.
const smallest = 0.05

// unit is how much the true values differ, on the scale of the logarithm or the
// log odds; at least a little, so that places that don't differ stay ordinary.
func (n Null) unit() float64 {
	if n.pure() {
		return 1
	}
	if n.Kind == Rate {
		return max(smallest, 1/math.Sqrt(n.A))
	}
	return max(smallest, math.Sqrt(1/n.A+1/n.B))
}

// posterior draws true values of a place.
func (n Null) posterior(c Count, dice *rand.Rand) func() float64 {
	w := n.worth(c)
	if n.Kind == Rate {
		g := distuv.Gamma{Alpha: n.A + w*float64(c.Num), Beta: n.B + w*float64(c.Den), Src: dice}
		return g.Rand
	}
	b := distuv.Beta{Alpha: n.A + w*float64(c.Num), Beta: n.B + w*float64(c.Den-c.Num), Src: dice}
	return b.Rand
}

// standings ranks the draws. Places with the same score stand in any order: which
// of them is first isn't known.
func standings(scores [][]float64, dice *rand.Rand) []Standing {
	n := len(scores)
	ranks := make([][]int, n)
	for i := range ranks {
		ranks[i] = make([]int, draws)
	}
	order := make([]int, n)
	worst := make([]int, n)
	for d := range draws {
		for i := range order {
			order[i] = i
		}
		dice.Shuffle(n, func(a, b int) { order[a], order[b] = order[b], order[a] })
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(scores[a][d], scores[b][d]) })
		for rank, i := range order {
			ranks[i][d] = rank + 1
			if rank >= n-(n+3)/4 {
				worst[i]++
			}
		}
	}
	out := make([]Standing, n)
	for i, row := range scores {
		out[i] = standing(row, ranks[i])
		out[i].LowestQuarter = float64(worst[i]) / draws
	}
	return out
}

func standing(row []float64, ranks []int) Standing {
	sum := 0.0
	for _, x := range row {
		sum += x
	}
	row, ranks = slices.Clone(row), slices.Clone(ranks)
	slices.Sort(row)
	slices.Sort(ranks)
	low, high := draws*25/1000, draws*975/1000-1
	s := Standing{Score: sum / draws, Low: row[low], High: row[high], RankLow: ranks[low], RankHigh: ranks[high]}
	switch {
	case s.High < 0:
		s.Band = Better
	case s.Low > 0:
		s.Band = Poorer
	}
	return s
}
