package method

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// Places that differ about one middle are on average neither better nor poorer.
func TestTheMiddleOfAllIsZero(t *testing.T) {
	dice := rand.New(rand.NewPCG(7, 7)) //nolint:gosec // a simulation
	for name, side := range map[string]Side{"rate": {Rate, true, 1}, "share": {Share, true, 1}} {
		places := make([]Place, 60)
		for i := range places {
			c := Count{Den: 4000}
			if side.Kind == Rate {
				c.Num = int(distuv.Poisson{Lambda: 4000 * (distuv.Gamma{Alpha: 4, Beta: 200, Src: dice}).Rand(), Src: dice}.Rand())
			} else {
				c.Num = int(distuv.Binomial{N: 4000, P: (distuv.Beta{Alpha: 2, Beta: 12, Src: dice}).Rand(), Src: dice}.Rand())
			}
			places[i] = Place{c}
		}
		sum := 0.0
		for _, s := range Compare(places, []Side{side}, 1) {
			sum += s.Score
		}
		if mean := sum / 60; math.Abs(mean) > 0.1 {
			t.Errorf("%s: the mean of all places is %.3f", name, mean)
		}
	}
}

// One place alone can't make the spread in which it hides, however few there are.
func TestOnePlaceCannotHide(t *testing.T) {
	dice := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // a simulation
	counts := make([]Count, 48)
	for i := range counts {
		counts[i] = Count{Num: int(distuv.Poisson{Lambda: 4.1, Src: dice}.Rand()), Den: 6800}
	}
	for _, num := range []int{24, 40, 80, 300} {
		counts[2].Num = num
		_, judged := Judge(Rate, counts, true, Default())
		Correct(judged)
		if c := judged[2].Color(Default()); c != Red {
			t.Errorf("%d where 4 are usual: colour %v, q %v", num, c, judged[2].Q)
		}
		for i, j := range judged {
			if c := j.Color(Default()); i != 2 && c == Red {
				t.Errorf("%d: an ordinary place is red beside it: %d", i, j.Num)
			}
		}
	}
}

// Of places of which the same is known, none is first.
func TestEqualPlacesHaveNoRank(t *testing.T) {
	places := make([]Place, 8)
	for i := range places {
		places[i] = Place{Count{}}
	}
	for i, s := range Compare(places, []Side{{Rate, true, 1}}, 1) {
		if s.RankLow != 1 || s.RankHigh != 8 || math.Abs(s.LowestQuarter-0.25) > 0.05 {
			t.Errorf("%d: %+v", i, s)
		}
	}
}
