package outcome_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"bilin/internal/auth"
	"bilin/internal/outcome"
	"bilin/internal/outcome/method"
	"bilin/internal/outcome/outcometest"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// told is everything that a city publishes, and shows to those concerned before.
type told struct {
	Nulls, Cells, Towns, Series, Corrections string
}

// story is what happens in a city: a year and a half of few events, corrected and
// late values, and a publication every quarter. Each delivery goes through take.
type story struct {
	dice *rand.Rand
	take func(c *outcometest.City, indicator string, rows []outcome.Row)
	said func(c *outcometest.City, p outcome.Period, list []outcome.ResidentFigure)
}

const begins = q3 - 5

func (s *story) few(mean float64) int { return int(distuv.Poisson{Lambda: mean, Src: s.dice}.Rand()) }

// tell lets it happen, and returns what was published after each step.
func (s *story) tell(c *outcometest.City) (out []told) {
	last := c.Now
	for p := begins; p <= q3; p++ {
		c.Now = p.End().AddDate(0, 0, 3)
		var fires, rivers, deaths []outcome.Row
		var words []outcome.ResidentFigure
		for v := range c.Villages {
			fires = append(fires, row(c, v, p, s.few(0.7), 1400+s.dice.IntN(4)))
			failed := s.few(0.8)
			rivers = append(rivers, row(c, v, p, failed, failed+8+s.dice.IntN(6)))
			deaths = append(deaths, row(c, v, p, s.few(0.05), 1400))
			prompt, late, never := s.few(4), s.few(1), s.few(1)
			words = append(words, outcome.ResidentFigure{UnitID: c.Villages[v], Prompt: prompt, Confirmed: prompt + late, Resolved: prompt + late + never, Reopened: min(s.few(1), prompt+late+never)})
		}
		s.take(c, "fires", fires[1:]) // the first village's is late
		s.take(c, "rivers", rivers)
		s.take(c, "road-deaths", deaths)
		s.said(c, p, words)
		for i := range words { // and some answered afterwards
			if words[i].Confirmed < words[i].Resolved {
				words[i].Confirmed++
			}
		}
		s.said(c, p, words)
		if p > begins { // one value of a quarter that is published already turns out to be one too few
			s.take(c, "fires", []outcome.Row{{UnitID: c.Villages[1], Period: p - 1, Num: s.few(0.7) + 1, Den: 1400}})
			out = append(out, tellAll(c, p-1))
		}
		s.take(c, "fires", fires[:1])
		c.Publish(p)
		out = append(out, tellAll(c, p))
	}
	c.Now = last
	return out
}

// tellAll is what everybody can see of a published quarter.
func tellAll(c *outcometest.City, p outcome.Period) (out told) {
	c.Helper()
	v, err := c.Svc.Lights(c.Context(), auth.Actor{}, p)
	c.OK(err)
	out.Nulls, out.Cells = fmt.Sprintf("%+v", v.Nulls), fmt.Sprintf("%+v", v.Cells)
	for _, x := range v.Basis.Indicators {
		for i := range c.Towns {
			out.Towns += fmt.Sprintf("%+v", v.Sum(x, c.Villages[i*c.Per:(i+1)*c.Per]))
		}
		out.Towns += fmt.Sprintf("%+v", v.Sum(x, c.Villages))
		out.Series += fmt.Sprintf("%+v", v.Together(x, c.Villages))
		for _, id := range c.Villages {
			out.Series += fmt.Sprintf("%+v", v.Series(x, id))
		}
	}
	towns, err := c.Svc.Towns(c.Context(), auth.Actor{}, p)
	c.OK(err)
	out.Towns += fmt.Sprintf("%+v", towns.Towns)
	list, err := c.Svc.Corrections(c.Context(), p)
	c.OK(err)
	out.Corrections = fmt.Sprintf("%+v", list)
	return out
}

// rounds is a value as it may be shown, by the turns that lie beside it.
func rounds(x outcome.Indicator, num, den, packed int) (int, int) {
	turn := func(n, u int) int { return (n + u) / 3 * 3 }
	shown := turn(num, packed%3)
	if x.Measure == outcome.Share {
		return shown, shown + turn(den-num, packed/3)
	}
	return shown, turn(den, packed/3)
}

// Nothing that is published tells a city from its twin, whose true counts are the
// rounded ones of the first: not lights nor numbers, of villages, towns and the
// city, in every quarter, before and after corrections. As the twin counts
// nowhere one or two of anything, nobody can conclude that the first does, however
// they subtract, average and reason.
func TestATwinCityPublishesTheSame(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		for seed := range uint64(2) {
			keys := t.TempDir()
			make := outcometest.Make{Towns: 2, Villages: 3, Keys: keys}
			first := outcometest.New(t, sqldbtest.Open(t, db.Engine()), make)
			twin := outcometest.New(t, sqldbtest.Open(t, db.Engine()), make)
			fires := map[string][]outcome.Row{}
			var words [][]outcome.ResidentFigure
			truth := &story{dice: rand.New(rand.NewPCG(seed, 1)),
				take: func(c *outcometest.City, indicator string, rows []outcome.Row) {
					deliver(c, indicator, rows)
					fires[indicator] = append(fires[indicator], shownRows(c, indicator, rows)...)
				},
				said: func(c *outcometest.City, p outcome.Period, list []outcome.ResidentFigure) {
					c.OK(c.Svc.TakeResidents(c.Context(), p, list))
					words = append(words, shownWords(c, p, list))
				}}
			want := truth.tell(first)
			mirrored := &story{dice: rand.New(rand.NewPCG(seed, 1)),
				take: func(c *outcometest.City, indicator string, rows []outcome.Row) {
					deliver(c, indicator, fires[indicator][:len(rows)])
					fires[indicator] = fires[indicator][len(rows):]
				},
				said: func(c *outcometest.City, p outcome.Period, _ []outcome.ResidentFigure) {
					c.OK(c.Svc.TakeResidents(c.Context(), p, words[0]))
					words = words[1:]
				}}
			got := mirrored.tell(twin)
			for i := range want {
				if got[i] != want[i] {
					t.Errorf("seed %d, step %d: the twin is told apart by its %s", seed, i, apart(want[i], got[i]))
					break
				}
			}
			ones, _ := counts(first)
			none, multiples := counts(twin)
			if ones < 20 || none != 0 || !multiples {
				t.Errorf("%d counts of one or two here, %d in the twin; multiples of three there: %v", ones, none, multiples)
			}
		}
	})
}

// apart names what differs, and where.
func apart(a, b told) string {
	for name, pair := range map[string][2]string{"nulls": {a.Nulls, b.Nulls}, "cells": {a.Cells, b.Cells}, "towns": {a.Towns, b.Towns}, "series": {a.Series, b.Series}, "corrections": {a.Corrections, b.Corrections}} {
		for i := range min(len(pair[0]), len(pair[1])) {
			if pair[0][i] != pair[1][i] {
				from := max(0, i-200)
				return fmt.Sprintf("%s:\n%.400s\n%.400s", name, pair[0][from:], pair[1][from:])
			}
		}
	}
	return "length"
}

func deliver(c *outcometest.City, indicator string, rows []outcome.Row) {
	c.Helper()
	_, err := c.Svc.Take(c.Context(), auth.System("test"), outcome.Delivery{Indicator: indicator, Way: outcome.File, Rows: rows})
	c.OK(err)
}

// kept reads the newest version of a value, with its turns.
func kept(c *outcometest.City, indicator, unit string, p outcome.Period) (num, den, packed int) {
	c.Helper()
	c.OK(c.DB.Reader().QueryRowContext(c.Context(), `SELECT num, den, turns FROM outcome_value WHERE indicator_id = $1 AND unit_id = $2 AND period = $3 ORDER BY version DESC LIMIT 1`,
		indicator, unit, int(p)).Scan(&num, &den, &packed))
	return num, den, packed
}

func shownRows(c *outcometest.City, indicator string, rows []outcome.Row) []outcome.Row {
	x, _ := c.Svc.Catalog().ByCode(indicator)
	out := slices.Clone(rows)
	for i, r := range rows {
		num, den, packed := kept(c, indicator, r.UnitID, r.Period)
		out[i].Num, out[i].Den = rounds(x, num, den, packed)
	}
	return out
}

func shownWords(c *outcometest.City, p outcome.Period, list []outcome.ResidentFigure) []outcome.ResidentFigure {
	out := slices.Clone(list)
	for i, f := range list {
		x, _ := c.Svc.Catalog().ByCode("confirmed")
		num, den, packed := kept(c, "confirmed", f.UnitID, p)
		o := &out[i]
		o.Confirmed, o.Resolved = rounds(x, num, den, packed)
		num, den, packed = kept(c, "reopened", f.UnitID, p)
		o.Reopened, _ = rounds(x, num, den, packed)
		num, den, packed = kept(c, "prompt", f.UnitID, p)
		o.Prompt, _ = rounds(x, num, den, packed)
		o.Reopened, o.Prompt = min(o.Reopened, o.Resolved), min(o.Prompt, o.Confirmed)
	}
	return out
}

// counts says how many counts of one or two a city has, and whether all that it
// counts are multiples of three.
func counts(c *outcometest.City) (ones int, multiples bool) {
	c.Helper()
	rows, err := c.DB.Reader().QueryContext(c.Context(), `SELECT num, den FROM outcome_value`)
	c.OK(err)
	defer rows.Close()
	multiples = true
	for rows.Next() {
		var num, den int
		c.OK(rows.Scan(&num, &den))
		for _, n := range []int{num, den, den - num} {
			if n == 1 || n == 2 {
				ones++
			}
		}
		multiples = multiples && num%method.Base == 0 && den%method.Base == 0
	}
	c.OK(rows.Err())
	return ones, multiples
}

// An attacker takes all that is published together: overlapping years, towns and
// the city, before and after a correction. They subtract, bound every quarter of
// every village by all of it until nothing moves, and look at each publication
// again and again. No count of one or two is ever the only one that is left.
func TestDifferencingRecoversNothing(t *testing.T) {
	for seed := range uint64(4) {
		c := outcometest.New(t, sqldbtest.Open(t, sqldb.SQLite), outcometest.Make{Towns: 2, Villages: 2})
		(&story{dice: rand.New(rand.NewPCG(seed, 2)), take: deliver, said: func(c *outcometest.City, p outcome.Period, list []outcome.ResidentFigure) {
			c.OK(c.Svc.TakeResidents(c.Context(), p, list))
		}}).tell(c)
		for _, code := range []string{"fires", "rivers"} {
			x, _ := c.Svc.Catalog().ByCode(code)
			a := newAttacker(c)
			for p := begins; p <= q3; p++ {
				v, err := c.Svc.Lights(t.Context(), auth.Actor{}, p)
				c.OK(err)
				again, err := c.Svc.Lights(t.Context(), auth.Actor{}, p)
				c.OK(err)
				for i := range c.Villages {
					a.learn(v, x, p, i, i+1)
					one, _ := v.Cell(x.ID, c.Villages[i])
					if two, _ := again.Cell(x.ID, c.Villages[i]); one != two {
						t.Errorf("asked again it is %+v instead of %+v", two, one)
					}
				}
				for i := range c.Towns {
					a.learn(v, x, p, i*c.Per, (i+1)*c.Per)
					rest := v.Sum(x, c.Villages).Num - v.Sum(x, c.Villages[:i*c.Per]).Num - v.Sum(x, c.Villages[(i+1)*c.Per:]).Num
					if town := v.Sum(x, c.Villages[i*c.Per:(i+1)*c.Per]).Num; rest != town {
						t.Errorf("the city without the other towns is %d, the town %d", rest, town)
					}
				}
				a.learn(v, x, p, 0, len(c.Villages))
			}
			a.reason()
			a.expectNothing(t, seed, code)
		}
	}
}

// attacker holds the least and most that each quarter of each village may have counted.
type attacker struct {
	c         *outcometest.City
	low, high [][]int // by village and quarter from begins-3 on
	facts     []fact
}

// fact is that some villages had from low to high in some quarters.
type fact struct{ from, to, first, last, low, high int }

func newAttacker(c *outcometest.City) *attacker {
	a := &attacker{c: c}
	for range c.Villages {
		low, high := make([]int, q3-begins+4), make([]int, q3-begins+4)
		for i := range high {
			if high[i] = 1000; i < 3 {
				high[i] = 0 // before the city began
			}
		}
		a.low, a.high = append(a.low, low), append(a.high, high)
	}
	return a
}

// learn takes a published number for what it can mean: each part of it was
// rounded by two at most.
func (a *attacker) learn(v *outcome.View, x outcome.Indicator, p outcome.Period, from, to int) {
	for _, id := range a.c.Villages[from:to] {
		if cell, _ := v.Cell(x.ID, id); cell.Hidden || cell.Den == 0 {
			return
		}
	}
	sum, last := v.Sum(x, a.c.Villages[from:to]), int(p-begins)+3
	a.facts = append(a.facts, fact{from, to, last - 3, last, max(0, sum.Num-2*sum.Parts), sum.Num + 2*sum.Parts})
}

// reason bounds every count by all others until nothing moves.
func (a *attacker) reason() {
	for moved := true; moved; {
		moved = false
		for _, f := range a.facts {
			least, most := 0, 0
			f.each(func(v, q int) { least, most = least+a.low[v][q], most+a.high[v][q] })
			f.each(func(v, q int) {
				low := max(a.low[v][q], f.low-(most-a.high[v][q]))
				high := min(a.high[v][q], f.high-(least-a.low[v][q]))
				if low != a.low[v][q] || high != a.high[v][q] {
					least, most = least+low-a.low[v][q], most+high-a.high[v][q]
					a.low[v][q], a.high[v][q], moved = low, high, true
				}
			})
		}
	}
}

func (f fact) each(fn func(village, quarter int)) {
	for v := f.from; v < f.to; v++ {
		for q := f.first; q <= f.last; q++ {
			fn(v, q)
		}
	}
}

func (a *attacker) expectNothing(t *testing.T, seed uint64, code string) {
	t.Helper()
	bounded := 0
	for v := range a.low {
		for q := 3; q < len(a.low[v]); q++ {
			low, high := a.low[v][q], a.high[v][q]
			if low >= 1 && high <= 2 {
				t.Errorf("seed %d, %s: village %d had %d to %d in quarter %d, and everybody knows", seed, code, v, low, high, q)
			}
			if high < 1000 {
				bounded++
			}
		}
	}
	if bounded < 10 {
		t.Errorf("seed %d, %s: the attacker learned nothing at all", seed, code)
	}
}

// What is shown is off by two at most, right on average, and the same for the
// same count, whatever came between.
func TestShownCounts(t *testing.T) {
	c := outcometest.New(t, sqldbtest.Open(t, sqldb.SQLite), outcometest.Make{Towns: 20, Villages: 20})
	sum, shown, off := 0, 0, 0
	for p := q3 - 3; p <= q3; p++ {
		c.Take("fires", p, func(v int) (int, int) { n := (v*7 + int(p)*v) % 3; sum += n; return n, 1500 })
	}
	_, err := c.Svc.Begin(t.Context(), c.Office, outcome.Command{Period: q3})
	c.OK(err)
	v, err := c.Svc.Lights(t.Context(), c.Office, q3)
	c.OK(err)
	for i, id := range c.Villages {
		cell, _ := v.Cell("fires", id)
		truth := 0
		for p := q3 - 3; p <= q3; p++ {
			truth += (i*7 + int(p)*i) % 3
		}
		if d := cell.Num - truth; d < -2 || d > 2 || cell.Num%method.Base != 0 || cell.Parts != 1 {
			t.Errorf("%d is shown as %+v", truth, cell)
		} else if d != 0 {
			off++
		}
		shown += cell.Num
	}
	if d := shown - sum; d < -100 || d > 100 || off < 100 { // 400 villages: three standard deviations are 85
		t.Errorf("%d are shown as %d, %d villages otherwise than they are", sum, shown, off)
	}
	num := func() int {
		list := v.Series(v.Basis.Indicators[7], c.Villages[5])
		return list[len(list)-1].Num
	}
	before := num()
	for _, n := range []int{5, 1, 5 * 7 % 3} {
		deliver(c, "fires", []outcome.Row{row(c, 5, q3, n, 1500)})
	}
	deliver(c, "fires", []outcome.Row{row(c, 5, q3, (5*7+int(q3)*5)%3, 1500)})
	_, err = c.Svc.Begin(t.Context(), c.Office, outcome.Command{Period: q3})
	c.OK(err)
	v, err = c.Svc.Lights(t.Context(), c.Office, q3)
	c.OK(err)
	if again := num(); again != before {
		t.Errorf("the same count is shown as %d and as %d", before, again)
	}
}
