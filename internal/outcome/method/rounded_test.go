package method

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"
)

// What is said of a rounded count is what its own distribution says: each true
// count with its probability, each turn as often.
func TestShownTailsAreThoseOfRoundedCounts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n, den := nulls(t), rapid.IntRange(1, 60).Draw(t, "den")
		r := Base * rapid.IntRange(0, 20).Draw(t, "r")
		least, most := 1.0, 0.0
		for x := range 70 { // more are never shown as r or less
			if n.Kind == Share && x > den {
				break
			}
			p := n.at(x, den) / Base
			for turn := range Base {
				if Round(x, turn) < r {
					least -= p
				}
				if Round(x, turn) <= r {
					most += p
				}
			}
		}
		c := Count{Num: r, Den: den, Parts: 1}
		if got := n.ShownAtLeast(c); math.Abs(got-least) > 1e-8 {
			t.Fatalf("%+v: P(R ≥ %d of %d) = %g, want %g", n, r, den, got, least)
		}
		if got := n.ShownAtMost(c); math.Abs(got-most) > 1e-8 {
			t.Fatalf("%+v: P(R ≤ %d of %d) = %g, want %g", n, r, den, got, most)
		}
	})
}

func TestRoundIsRightOnAverage(t *testing.T) {
	t.Parallel()
	for x := range 30 {
		sum := 0
		for turn := range Base {
			r := Round(x, turn)
			sum += r
			if r%Base != 0 || r < x-2 || r > x+2 || x%Base == 0 && r != x {
				t.Errorf("%d by %d: %d", x, turn, r)
			}
		}
		if sum != Base*x {
			t.Errorf("%d becomes %d in three", x, sum)
		}
	}
}

// rounded is a city as it is published: what is counted and, of a share, the
// rest, in so many parts.
func rounded(dice *rand.Rand, kind Kind, counts []Count, parts int) []Count {
	out := make([]Count, len(counts))
	for i, c := range counts {
		num := inParts(dice, c.Num, parts)
		out[i] = Count{Num: num, Den: inParts(dice, c.Den, parts), Parts: parts}
		if kind == Share {
			out[i].Den = num + inParts(dice, c.Den-c.Num, parts)
		}
	}
	return out
}

func inParts(dice *rand.Rand, x, parts int) (sum int) {
	for left := parts; left > 0; left-- {
		part := int(distuv.Binomial{N: float64(x), P: 1 / float64(left), Src: dice}.Rand())
		sum += Round(part, dice.IntN(Base))
		x -= part
	}
	return sum
}

// Rounding makes no village red that isn't, and the truly worse are still found.
// What it costs beside exact counts is printed.
func TestRoundedVillagesAreJudgedFairly(t *testing.T) {
	t.Parallel()
	dice, s := rand.New(rand.NewPCG(11, 12)), Default()
	const periods, trials = 30, 10
	for _, parts := range []int{0, 1, 4} {
		falsely := 0
		for range periods {
			if reds(roundedCity(dice, parts, nil, s), s) > 0 {
				falsely++
			}
		}
		found := map[float64]int{}
		for _, factor := range []float64{3, 4} {
			for range trials {
				groups := roundedCity(dice, parts, map[int]float64{7: factor, 100: factor}, s)
				for _, v := range []int{7, 100} {
					if groups[6][v].Color(s) == Red {
						found[factor]++
					}
				}
			}
		}
		t.Logf("in %d parts: %d of %d periods with a false red; of villages three times as bad %d%% red, four times %d%%",
			parts, falsely, periods, found[3]*50/trials, found[4]*50/trials)
		if falsely > 6 { // a binomial of 30 with p = 0.05 stays there with probability 0.999
			t.Errorf("in %d parts: %d of %d periods have a false red", parts, falsely, periods)
		}
		if found[4] < trials {
			t.Errorf("in %d parts: %d of %d villages four times as bad are red", parts, found[4], 2*trials)
		}
	}
}

// roundedCity judges fifteen indicators of 278 villages; in the seventh some may be worse.
func roundedCity(dice *rand.Rand, parts int, worse map[int]float64, s Settings) [][]Judged {
	return roundedBy(dice, Judge, parts, worse, s)
}

func roundedBy(dice *rand.Rand, judge func(Kind, []Count, bool, Settings) (Null, []Judged), parts int, worse map[int]float64, s Settings) [][]Judged {
	groups := make([][]Judged, 15)
	for i := range groups {
		kind, mean, spread := Kind(i%2), 0.0005*float64(1+i), 0.3*float64(i%3)/2
		if kind == Share {
			mean, spread = 0.05+0.01*float64(i), 0.1*float64(i%3)/2
		}
		var here map[int]float64
		if i == 6 {
			here = worse
		}
		counts := city(dice, kind, mean, spread, 278, here)
		if parts > 0 {
			counts = rounded(dice, kind, counts, parts)
		}
		_, groups[i] = judge(kind, counts, true, s)
	}
	Correct(groups...)
	return groups
}

func reds(groups [][]Judged, s Settings) (n int) {
	for _, g := range groups {
		for _, j := range g {
			if j.Color(s) == Red {
				n++
			}
		}
	}
	return n
}

// The spread that is fitted is that of the villages, not that of the rounding.
func TestFitTakesRoundingOff(t *testing.T) {
	t.Parallel()
	dice := rand.New(rand.NewPCG(13, 14))
	for _, kind := range []Kind{Rate, Share} {
		for _, parts := range []int{1, 4} {
			for _, spread := range []float64{0, 0.25} {
				var meanSum, tauSum float64
				const rounds = 60
				for range rounds {
					n := Fit(kind, rounded(dice, kind, city(dice, kind, 0.02, spread, 278, nil), parts))
					meanSum += n.Mean
					tauSum += n.spreadOf()
				}
				near(t, "mean", meanSum/rounds, 0.02, 0.0015)
				near(t, "spread", tauSum/rounds, spread, 0.09)
			}
		}
	}
}

// However the truth lies, the interval of a rounded count holds it at least 95
// times in a hundred.
func TestIntervalsOfRoundedCounts(t *testing.T) {
	t.Parallel()
	for parts := 1; parts <= 4; parts++ {
		for _, mean := range []float64{0.05, 0.2, 0.5, 1, 1.5, 2, 3, 4, 6, 8, 12, 20, 35, 60} {
			holds, all := 0.0, 0.0
			spread := shown(mean/float64(parts), parts)
			for r, p := range spread {
				low, high := Interval(Rate, Count{Num: r, Den: 1, Parts: parts}, 0.95)
				all += p
				if low <= mean && mean <= high {
					holds += p
				}
			}
			if holds < 0.949 || math.Abs(all-1) > 1e-6 {
				t.Errorf("%d parts, mean %g: %.4f", parts, mean, holds)
			}
		}
	}
}

// shown is the distribution of the sum of rounded Poisson counts.
func shown(mean float64, parts int) map[int]float64 {
	sum := map[int]float64{0: 1}
	for range parts {
		next := map[int]float64{}
		for x := range int(mean+10*math.Sqrt(mean)) + 12 {
			p := distuv.Poisson{Lambda: mean}.Prob(float64(x)) / Base
			for turn := range Base {
				for r, q := range sum {
					next[r+Round(x, turn)] += p * q
				}
			}
		}
		sum = next
	}
	return sum
}

// A level village has a trend no more often than is said.
func TestTrendOfRoundedCounts(t *testing.T) {
	t.Parallel()
	dice := rand.New(rand.NewPCG(15, 16))
	for _, mean := range []float64{0.3, 1, 4, 30} {
		const rounds = 4000
		seen := 0
		for range rounds {
			series := make([]Count, 12)
			for i := range series {
				series[i] = Count{Num: Round(int(distuv.Poisson{Lambda: mean, Src: dice}.Rand()), dice.IntN(Base)), Den: 1000, Parts: 1}
			}
			if _, z := Trend(Rate, series); TwoSided(z) < 0.01 {
				seen++
			}
		}
		if share := float64(seen) / rounds; share > 0.016 {
			t.Errorf("mean %g: a trend in %.2f%%", mean, 100*share)
		}
	}
}

// The quick way to many tails gives what each of them gives by itself, for counts
// far out too.
func TestTailsAreThoseOfEachCount(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := Null{Kind: Kind(rapid.IntRange(0, 1).Draw(t, "kind")), Mean: rapid.Float64Range(0.001, 0.6).Draw(t, "mean"), A: math.Inf(1), B: math.Inf(1)}
		den := rapid.IntRange(1, 30_000).Draw(t, "den")
		if n.Kind == Rate {
			n.Mean /= 100
		}
		if rapid.Bool().Draw(t, "spread") {
			n.A = rapid.Float64Range(0.5, 200).Draw(t, "shape")
			n.B = n.A / n.Mean
			if n.Kind == Share {
				n.B -= n.A
			}
		}
		c := Count{Den: den, Parts: rapid.IntRange(1, 8).Draw(t, "parts")}
		c.Num = max(0, int(n.Expected(den)+rapid.Float64Range(-9, 12).Draw(t, "off")*math.Sqrt(n.variance(den)))) / Base * Base
		if n.Kind == Share {
			c.Num = min(c.Num, den)
		}
		weights := blurs[c.Parts-1]
		want := 0.0
		for i, w := range weights {
			want += w * n.AtLeast(c.Num-(i-(len(weights)-3)/2), den)
		}
		if got := n.ShownAtLeast(c); math.Abs(got-want) > 1e-9+1e-5*want {
			t.Fatalf("%+v, %+v: %g, want %g", n, c, got, want)
		}
	})
}

// Where hardly any place has an event, or of a share hardly any is without, those
// that have one are no wonder.
func TestRareEventsAreOrdinary(t *testing.T) {
	t.Parallel()
	for _, villages := range []int{48, 278, 30_000} {
		for _, parts := range []int{0, 1, 4} {
			for few := 1; few <= villages/30; few += max(1, villages/300) {
				rates, shares := make([]Count, villages), make([]Count, villages)
				for i := range rates {
					rates[i], shares[i] = Count{Den: 1500, Parts: parts}, Count{Num: 60, Den: 60, Parts: parts}
					if i < few {
						rates[i].Num, shares[i].Num = Base, 60-Base
					}
				}
				_, a := Judge(Rate, rates, true, Default())
				_, b := Judge(Share, shares, false, Default())
				Correct(a, b)
				// Exact counts of three where hardly anybody has any are no chance; a three that
				// may stand for a single one is.
				if parts > 0 && (a[0].Color(Default()) == Red || b[0].Color(Default()) == Red) || a[0].P == 0 || b[0].P == 0 {
					t.Errorf("%d of %d villages, in %d parts: %+v, %+v", few, villages, parts, a[0], b[0])
				}
			}
		}
	}
}
