package method

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// The lines of rounded counts leave as many ordinary places outside as they say;
// those of exact counts leave more.
func TestShownLimits(t *testing.T) {
	t.Parallel()
	dice := rand.New(rand.NewPCG(21, 22)) //nolint:gosec // a simulation
	for _, kind := range []Kind{Rate, Share} {
		for _, parts := range []int{1, 4} {
			mean, den := 0.006, 1000
			if kind == Share {
				mean, den = 0.1, 60
			}
			n := Null{Kind: kind, Mean: mean, A: math.Inf(1), B: math.Inf(1)}
			// A line lies between two counts: at one size it says a little more or less than
			// at the next, so sizes differ.
			const rounds = 20_000
			exact, honest := 0, 0
			for range rounds {
				d := den/2 + dice.IntN(den)
				x := int(distuv.Poisson{Lambda: mean * float64(d), Src: dice}.Rand())
				if kind == Share {
					x = int(distuv.Binomial{N: float64(d), P: mean, Src: dice}.Rand())
				}
				c := rounded(dice, kind, []Count{{Num: x, Den: d}}, parts)[0]
				rate := float64(c.Num) / float64(c.Den)
				if rate < n.Limit(c.Den, 0.025) || rate > n.Limit(c.Den, 0.975) {
					exact++
				}
				if rate < n.ShownLimit(c.Den, parts, 0.025) || rate > n.ShownLimit(c.Den, parts, 0.975) {
					honest++
				}
			}
			t.Logf("kind %d in %d parts: %.1f%% outside the lines of exact counts, %.1f%% outside those of rounded ones", kind, parts, 100*float64(exact)/rounds, 100*float64(honest)/rounds)
			if share := float64(honest) / rounds; share > 0.065 {
				t.Errorf("kind %d in %d parts: %.1f%% outside", kind, parts, 100*share)
			}
			if honest >= exact {
				t.Errorf("kind %d in %d parts: %d outside, and %d of exact lines", kind, parts, honest, exact)
			}
		}
	}
}

// By the second version no more ordinary villages are red than is stated, and no
// fewer of those that are truly worse.
func TestTheSecondVersionIsFairToo(t *testing.T) {
	t.Parallel()
	s := Default()
	for _, parts := range []int{1, 4} {
		const periods = 40
		falsely := 0
		dice := rand.New(rand.NewPCG(23, 24)) //nolint:gosec // a simulation
		for range periods {
			if reds(roundedBy(dice, JudgeSecond, parts, nil, s), s) > 0 {
				falsely++
			}
		}
		found := map[string]int{}
		for name, judge := range map[string]func(Kind, []Count, bool, Settings) (Null, []Judged){"first": Judge, "second": JudgeSecond} {
			dice := rand.New(rand.NewPCG(25, 26)) //nolint:gosec // the same villages for both
			for range 20 {
				groups := roundedBy(dice, judge, parts, map[int]float64{7: 2.5, 100: 2.5, 200: 2.5}, s)
				for _, v := range []int{7, 100, 200} {
					if groups[6][v].Color(s) == Red {
						found[name]++
					}
				}
			}
		}
		t.Logf("in %d parts: by the second version %d of %d periods with a false red (stated: at most %.0f%%); of villages two and a half times as bad %d of 60 red, by the first %d",
			parts, falsely, periods, 100*s.RedFDR, found["second"], found["first"])
		if falsely > 7 { // a binomial of 40 with p = 0.05 stays there with probability 0.999
			t.Errorf("in %d parts: %d of %d periods have a false red", parts, falsely, periods)
		}
		if found["second"] < found["first"] {
			t.Errorf("in %d parts: the second finds %d, the first %d", parts, found["second"], found["first"])
		}
	}
}

// Several places far out don't hide one another, as they do from the first version.
func TestPlacesDoNotHideOneAnother(t *testing.T) {
	t.Parallel()
	hidden := 0
	for seed := range 20 {
		dice := rand.New(rand.NewPCG(31, uint64(seed))) //nolint:gosec // a simulation
		counts := make([]Count, 48)
		for i := range counts {
			counts[i] = Count{Num: int(distuv.Poisson{Lambda: 4.1, Src: dice}.Rand()), Den: 6800}
		}
		for _, odd := range []int{2, 17, 30} {
			counts[odd].Num = 80
		}
		_, first := Judge(Rate, counts, true, Default())
		_, second := JudgeSecond(Rate, counts, true, Default())
		Correct(first)
		Correct(second)
		for i, j := range second {
			odd := i == 2 || i == 17 || i == 30
			if (j.Color(Default()) == Red) != odd {
				t.Errorf("seed %d: %d of %g expected: colour %v", seed, j.Num, j.Expected, j.Color(Default()))
			}
			if odd && first[i].Color(Default()) != Red {
				hidden++
			}
		}
	}
	t.Logf("three of 48 villages twenty times as bad: the first version misses %d of 60, the second none", hidden)
	if hidden == 0 {
		t.Error("the first version finds them too: the second needn't differ")
	}
}

// What is fitted by the second version is what was drawn, too.
func TestFitWideFindsWhatWasDrawn(t *testing.T) {
	t.Parallel()
	dice := rand.New(rand.NewPCG(33, 34)) //nolint:gosec // a simulation
	for _, kind := range []Kind{Rate, Share} {
		for _, spread := range []float64{0, 0.1, 0.25} {
			var mean, tau float64
			const rounds = 40
			for range rounds {
				n := FitWide(kind, city(dice, kind, 0.02, spread, 278, nil))
				mean, tau = mean+n.Mean/rounds, tau+n.spreadOf()/rounds
			}
			t.Logf("kind %d, spread %g: %.3f", kind, spread, tau)
			near(t, "mean", mean, 0.02, 0.0015)
			near(t, "spread", tau, spread, 0.09)
		}
	}
}
