package method

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"
)

func near(t testing.TB, what string, got, want, tolerance float64) {
	t.Helper()
	if math.Abs(got-want) > tolerance {
		t.Errorf("%s: %.6g, want %.6g", what, got, want)
	}
}

// Values of the standard tables of Garwood (1936) and of Clopper and Pearson (1934).
func TestIntervals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind      Kind
		num, den  int
		low, high float64
	}{
		{Rate, 0, 1, 0, 3.6889}, {Rate, 1, 1, 0.0253, 5.5716}, {Rate, 10, 1, 4.7954, 18.3904}, {Rate, 100, 1, 81.364, 121.627},
		{Share, 0, 10, 0, 0.3085}, {Share, 10, 10, 0.6915, 1}, {Share, 10, 100, 0.0490, 0.1762}, {Share, 15, 20, 0.5090, 0.9134}, {Share, 0, 0, 0, 0},
	} {
		low, high := Interval(c.kind, Count{Num: c.num, Den: c.den}, 0.95)
		near(t, "low", low, c.low, 5e-5*math.Max(1, c.low*10))
		near(t, "high", high, c.high, 5e-5*math.Max(1, c.high*10))
	}
}

// nulls are distributions of each kind, with and without spread.
func nulls(t *rapid.T) Null {
	n := Null{Kind: Kind(rapid.IntRange(0, 1).Draw(t, "kind")), Mean: rapid.Float64Range(0.001, 0.6).Draw(t, "mean"), A: math.Inf(1), B: math.Inf(1)}
	if rapid.Bool().Draw(t, "spread") {
		size := rapid.Float64Range(0.5, 500).Draw(t, "size")
		n.A, n.B = n.Mean*size, (1-n.Mean)*size
		if n.Kind == Rate {
			n.B = size
		}
	}
	return n
}

// Each count's probability by its own formula, not by a tail's.
func (n Null) at(k, den int) float64 {
	x, d := float64(k), float64(den)
	lg := func(v float64) float64 { g, _ := math.Lgamma(v); return g }
	switch {
	case n.Kind == Rate && n.pure():
		return distuv.Poisson{Lambda: n.Expected(den)}.Prob(x)
	case n.Kind == Rate:
		return math.Exp(lg(n.A+x) - lg(n.A) - lg(x+1) + n.A*math.Log(n.B/(n.B+d)) + x*math.Log(d/(n.B+d)))
	case n.pure():
		return distuv.Binomial{N: d, P: n.Mean}.Prob(x)
	}
	lb := func(a, b float64) float64 { return lg(a) + lg(b) - lg(a+b) }
	return math.Exp(lg(d+1) - lg(x+1) - lg(d-x+1) + lb(x+n.A, d-x+n.B) - lb(n.A, n.B))
}

func TestTailsAreSumsOfTheirCounts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n, den := nulls(t), rapid.IntRange(1, 60).Draw(t, "den")
		sum, most := 0.0, den
		if n.Kind == Rate {
			most = 400
		}
		k := rapid.IntRange(0, min(most, 70)).Draw(t, "k")
		for i := range k {
			sum += n.at(i, den)
		}
		if got := n.AtLeast(k, den); math.Abs(got-(1-sum)) > 1e-8 {
			t.Fatalf("%+v, %d: P(X ≥ %d) = %g, want %g", n, den, k, got, 1-sum)
		}
		if got := n.AtMost(k-1, den); math.Abs(got-sum) > 1e-8 {
			t.Fatalf("%+v, %d: P(X ≤ %d) = %g, want %g", n, den, k-1, got, sum)
		}
		if n.AtLeast(k+1, den) > n.AtLeast(k, den)+1e-12 || n.AtMost(k, den) < n.AtMost(k-1, den)-1e-12 {
			t.Fatal("a tail grows")
		}
	})
}

// The limits of Spiegelhalter (2005), A.1.1: at the limit the interpolated
// distribution is p, and between the two counts beside it lies the limit.
func TestFunnelLimits(t *testing.T) {
	t.Parallel()
	exact := Null{Kind: Share, Mean: 0.1, A: math.Inf(1), B: math.Inf(1)}
	// Binomial(100, 0.1): F(15) = 0.9601, F(16) = 0.9794; α = (0.97940-0.975)/0.01929.
	near(t, "97.5% of 100 at 0.1", exact.Limit(100, 0.975), (16-(0.979398-0.975)/(0.979398-0.960109))/100, 1e-4)
	near(t, "2.5% of 100 at 0.1", exact.Limit(100, 0.025), (5-(0.057577-0.025)/(0.057577-0.023711))/100, 1e-4)
	rapid.Check(t, func(t *rapid.T) {
		n, den := nulls(t), rapid.IntRange(1, 5000).Draw(t, "den")
		last := -1.0
		for _, p := range []float64{0.001, 0.025, 0.5, 0.975, 0.999} {
			limit := n.Limit(den, p)
			if limit < last || n.Kind == Share && limit > 1 {
				t.Fatalf("limit %g at %g after %g", limit, p, last)
			}
			last = limit
		}
	})
}

// The fifteen values of Benjamini and Hochberg (1995), section 3.2: four are found at 5%.
func TestCorrectIsBenjaminiHochberg(t *testing.T) {
	t.Parallel()
	ps := []float64{0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1}
	list := make([]Judged, len(ps)+1)
	for i, p := range ps {
		list[len(ps)-1-i] = Judged{Count: Count{Num: 1, Den: 1}, P: p, PBetter: 1 - p}
	}
	list[len(ps)] = Judged{P: 0, Q: 1} // no data: not looked at
	Correct(list[:7], list[7:])
	found := 0
	for _, j := range list[:len(ps)] {
		if j.Q <= 0.05 {
			found++
		}
		if j.Q < j.P {
			t.Errorf("q %g below p %g", j.Q, j.P)
		}
	}
	if found != 4 || list[len(ps)].Q != 1 {
		t.Errorf("%d found", found)
	}
	near(t, "q of the fourth", list[len(ps)-4].Q, 0.0095*15/4, 1e-12)
}

// city is a simulated city: villages of different sizes whose true rates differ.
func city(dice *rand.Rand, kind Kind, mean, spread float64, villages int, worse map[int]float64) []Count {
	counts := make([]Count, villages)
	for i := range counts {
		den := 800 + dice.IntN(9000)
		truth := mean
		if spread > 0 && kind == Rate {
			truth = distuv.Gamma{Alpha: 1 / (spread * spread), Beta: 1 / (spread * spread * mean), Src: dice}.Rand()
		}
		if spread > 0 && kind == Share {
			size := 1/(spread*spread) - 1
			truth = distuv.Beta{Alpha: mean * size, Beta: (1 - mean) * size, Src: dice}.Rand()
		}
		if f, ok := worse[i]; ok {
			truth = mean * f
		}
		if kind == Rate {
			counts[i] = Count{Num: int(distuv.Poisson{Lambda: truth * float64(den), Src: dice}.Rand()), Den: den}
			continue
		}
		den /= 40
		counts[i] = Count{Num: int(distuv.Binomial{N: float64(den), P: min(truth, 1), Src: dice}.Rand()), Den: den}
	}
	return counts
}

// Fifteen indicators of 278 ordinary villages, again and again: the share of
// periods with any false red is about what the rate allows, and hardly any
// village is called red. What it finds of truly worse ones is printed.
func TestOrdinaryVillagesAreNotRed(t *testing.T) {
	t.Parallel()
	dice, s := rand.New(rand.NewPCG(1, 2)), Default()
	const periods, indicators, villages = 60, 15, 278
	anyRed, reds, cells := 0, 0, 0
	for range periods {
		n := 0
		for _, group := range judgedCity(dice, indicators, villages, nil, s) {
			for _, j := range group {
				cells++
				if j.Color(s) == Red {
					n++
				}
			}
		}
		reds += n
		if n > 0 {
			anyRed++
		}
	}
	// With no truly worse village each red is false, and any red makes the false
	// share of its period one: the rate of such periods is what is controlled. A
	// binomial with p = 0.05 stays under 10 of 60 with probability 0.999.
	t.Logf("%d of %d periods with a false red, %d reds in %d cells (stated: at most %.0f%% of periods)", anyRed, periods, reds, cells, 100*s.RedFDR)
	if anyRed > 9 {
		t.Errorf("%d of %d periods have a false red", anyRed, periods)
	}
}

func judgedCity(dice *rand.Rand, indicators, villages int, worse map[int]float64, s Settings) [][]Judged {
	groups := make([][]Judged, indicators)
	for i := range groups {
		kind, mean, spread := Kind(i%2), 0.002+0.001*float64(i), 0.3*float64(i%3)/2
		if kind == Share {
			mean, spread = 0.05+0.01*float64(i), 0.1*float64(i%3)/2
		}
		var here map[int]float64
		if i == 0 || i == 3 {
			here = worse
		}
		_, groups[i] = Judge(kind, city(dice, kind, mean, spread, villages, here), true, s)
	}
	Correct(groups...)
	return groups
}

func TestTrulyWorseVillagesAreFound(t *testing.T) {
	t.Parallel()
	dice, s := rand.New(rand.NewPCG(3, 4)), Default()
	for _, factor := range []float64{2, 3, 4} {
		const periods = 30
		red, yellow := 0, 0
		for range periods {
			groups := judgedCity(dice, 15, 278, map[int]float64{7: factor, 100: factor}, s)
			for _, v := range []int{7, 100} {
				switch groups[0][v].Color(s) {
				case Red:
					red++
				case Yellow:
					yellow++
				case Dark, Grey, Green:
				}
			}
		}
		t.Logf("a village with %g times the rate: red %.0f%%, yellow %.0f%%", factor, float64(red)/periods*50, float64(yellow)/periods*50)
		if factor == 4 && red < periods*2*7/10 {
			t.Errorf("of villages four times as bad only %d of %d are red", red, periods*2)
		}
	}
}

// What is fitted comes back from what was drawn, and two villages far out don't
// make the others look spread.
func TestFitFindsWhatWasDrawn(t *testing.T) {
	t.Parallel()
	dice := rand.New(rand.NewPCG(5, 6))
	for _, kind := range []Kind{Rate, Share} {
		mean := 0.02
		for _, spread := range []float64{0, 0.25} {
			var meanSum, tauSum float64
			const rounds = 40
			for range rounds {
				n := Fit(kind, city(dice, kind, mean, spread, 278, map[int]float64{5: 8, 9: 8}))
				meanSum += n.Mean
				tauSum += n.spreadOf()
			}
			near(t, "mean", meanSum/rounds, mean, 0.0015)
			near(t, "spread", tauSum/rounds, spread, 0.08)
		}
	}
}

// spreadOf is how the true values vary, on the scale that city draws them.
func (n Null) spreadOf() float64 {
	switch {
	case n.pure():
		return 0
	case n.Kind == Rate:
		return 1 / math.Sqrt(n.A)
	}
	return math.Sqrt(1 / (n.A + n.B + 1))
}

func TestShrunkLiesBetween(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n, den := nulls(t), rapid.IntRange(1, 1000).Draw(t, "den")
		c := Count{Num: rapid.IntRange(0, den).Draw(t, "num"), Den: den}
		own := float64(c.Num) / float64(den)
		if s := n.Shrunk(c); s < min(own, n.Mean)-1e-12 || s > max(own, n.Mean)+1e-12 {
			t.Fatalf("own %g, of all %g, shrunk %g", own, n.Mean, s)
		}
	})
}

func TestTrend(t *testing.T) {
	t.Parallel()
	flat, rising := make([]Count, 12), make([]Count, 12)
	for i := range flat {
		flat[i], rising[i] = Count{Num: 20, Den: 1000}, Count{Num: int(math.Round(20 * math.Exp(0.1*float64(i)))), Den: 1000}
	}
	for _, kind := range []Kind{Rate, Share} {
		if slope, z := Trend(kind, flat); slope != 0 || z != 0 {
			t.Errorf("flat: %g, %g", slope, z)
		}
		slope, z := Trend(kind, rising)
		near(t, "slope", slope, 0.1, 0.02)
		if TwoSided(z) > 0.001 {
			t.Errorf("z %g", z)
		}
	}
	if slope, z := Trend(Rate, []Count{{Den: 10}, {Den: 10}}); slope != 0 || z != 0 {
		t.Errorf("nothing happened: %g, %g", slope, z)
	}
}

// Towns that don't differ are ordinary and as likely in the worst quarter as
// chance has it; one that is worse comes out so.
func TestCompare(t *testing.T) {
	t.Parallel()
	dice := rand.New(rand.NewPCG(7, 8))
	places := make([]Place, 29)
	sides := []Side{{Rate, true, 3}, {Share, false, 1}}
	for i := range places {
		factor := 1.0
		if i == 4 {
			factor = 2
		}
		places[i] = Place{{Num: int(distuv.Poisson{Lambda: 200 * factor, Src: dice}.Rand()), Den: 40_000}, {Num: int(distuv.Binomial{N: 400, P: 0.9 / factor, Src: dice}.Rand()), Den: 400}}
	}
	list := Compare(places, sides, 1)
	if again := Compare(places, sides, 1); again[4] != list[4] {
		t.Error("the same seed gives something else")
	}
	if s := list[4]; s.Band != Poorer || s.LowestQuarter < 0.95 || s.RankLow < 25 {
		t.Errorf("the worse town: %+v", s)
	}
	sum := 0.0
	for i, s := range list {
		sum += s.LowestQuarter
		if i != 4 && s.Band == Poorer {
			t.Errorf("town %d: %+v", i, s)
		}
	}
	near(t, "lowest quarter, added up", sum, 8, 1e-9)
}

func BenchmarkLights(b *testing.B) {
	dice, s := rand.New(rand.NewPCG(1, 2)), Default()
	groups := make([][]Count, 15)
	for i := range groups {
		groups[i] = city(dice, Kind(i%2), 0.003*float64(1+i), 0.2, 278, nil)
	}
	for b.Loop() {
		for range 12 {
			judged := make([][]Judged, len(groups))
			for i, g := range groups {
				_, judged[i] = Judge(Kind(i%2), g, true, s)
			}
			Correct(judged...)
		}
	}
}
