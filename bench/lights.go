package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"bilin/internal/outcome"
	"bilin/internal/outcome/method"
)

const (
	lightsBudget   = 100 * time.Millisecond
	provinceBudget = 5 * time.Second
	cityVillages   = 278
	provinceOf     = 30_000
)

// measureLights reckons the lights of a city, and of a province, from three
// years of figures in memory, with the interval and the trend of each. Beside it
// stands one pass of the tail function over the same counts, which is the least
// that a light needs.
func measureLights(ctx context.Context, r *run) (rows []Row, err error) {
	for _, size := range []struct {
		villages int
		budget   time.Duration
	}{{cityVillages, lightsBudget}, {provinceOf, provinceBudget}} {
		list := fifteen()
		last := outcome.Period(4*2026 + 2)
		m := threeYears(list, size.villages, last)
		var took, bare []time.Duration
		lit := 0
		for range rounds {
			begin := time.Now()
			j, err := outcome.Judge(ctx, list, m, last, outcome.DefaultSettings())
			if err != nil {
				return nil, err
			}
			j.Detail(list, m)
			took = append(took, time.Since(begin))
			lit = standOut(list, j)
			begin = time.Now()
			onePass(list, j)
			bare = append(bare, time.Since(begin))
		}
		ours, limit := median(took), median(bare)
		rows = append(rows, Row{
			Work:     fmt.Sprintf("lights of %d villages × %d × %d quarters", size.villages, len(list), outcome.TrendQuarters),
			Measured: fmt.Sprintf("%s; %d stand out", millis(ours), lit),
			Bare:     millis(limit) + ": one tail of each count",
			Ratio:    percent(limit.Seconds() / ours.Seconds()),
			Budget:   "≤ " + size.budget.String(), Met: ours <= size.budget,
		})
		r.say("  %d villages: %s", size.villages, millis(ours))
	}
	return rows, nil
}

// fifteen are indicators like those that a city begins with: rare and frequent
// events, and shares of few and of many.
func fifteen() []outcome.Indicator {
	list := make([]outcome.Indicator, 15)
	for i := range list {
		list[i] = outcome.Indicator{ID: fmt.Sprintf("i%02d", i), Measure: outcome.Rate, Better: outcome.Lower, Per: 10_000, Window: 4}
		if i >= 7 {
			list[i].Measure, list[i].Per = outcome.Share, 100
		}
		if i%3 == 2 {
			list[i].Better = outcome.Higher
		}
	}
	return list
}

// threeYears are their counts, rounded as the stored ones are: one quarter goes on
// from the other, so that the year that a light looks at is rounded in one part.
func threeYears(list []outcome.Indicator, villages int, last outcome.Period) *outcome.Matrix {
	dice := rand.New(rand.NewPCG(11, 12)) //nolint:gosec // the same figures each time
	units := make([]string, villages)
	for i := range units {
		units[i] = fmt.Sprintf("v%05d", i)
	}
	m := outcome.NewMatrix(units, last-outcome.TrendQuarters+1, last)
	for i, x := range list {
		for _, u := range units {
			people, level := 2000+dice.IntN(6000), 1+.2*dice.NormFloat64()
			for q := m.First; q <= last; q++ {
				c := count(x, i, people, max(.1, level), dice)
				if q == last-3 {
					c.Parts = 1
				}
				m.Set(x.ID, u, q, c)
			}
		}
	}
	return m
}

func count(x outcome.Indicator, i, people int, level float64, dice *rand.Rand) method.Count {
	turn := dice.IntN(method.Base)
	if x.Measure == outcome.Rate {
		mean := level * float64(people) * []float64{.000_003, .000_02, .000_03, .000_3, .001, .004, .0002}[i]
		return method.Count{Num: method.Round(int(distuv.Poisson{Lambda: mean, Src: dice}.Rand()), turn), Den: method.Round(people, turn)}
	}
	of := []int{6, 9, 15, 24, 36, 60, 120, 240}[i-7]
	num := int(distuv.Binomial{N: float64(of), P: min(.95, .2*level), Src: dice}.Rand())
	c := method.Count{Num: method.Round(num, turn)}
	c.Den = c.Num + method.Round(of-num, turn)
	return c
}

// standOut counts the lights that aren't ordinary.
func standOut(list []outcome.Indicator, j *outcome.Judgement) (lit int) {
	for _, x := range list {
		for _, c := range j.Cells[x.ID] {
			if c.Light == outcome.Red || c.Light == outcome.Yellow || c.Better {
				lit++
			}
		}
	}
	return lit
}

// onePass is one tail of each count.
func onePass(list []outcome.Indicator, j *outcome.Judgement) (sum float64) {
	for _, x := range list {
		null := j.Nulls[x.ID]
		for _, c := range j.Cells[x.ID] {
			sum += null.ShownAtLeast(method.Count{Num: c.Num, Den: c.Den, Parts: c.Parts})
		}
	}
	return sum
}
