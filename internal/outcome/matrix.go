package outcome

import (
	"context"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"bilin/internal/outcome/method"
	"bilin/internal/sqldb"
)

// TrendQuarters is over how many quarters a trend is seen.
const TrendQuarters = 12

// Matrix is the values of all indicators and villages over some quarters, as
// they were known at a moment. Those that come from the database are rounded.
type Matrix struct {
	Units []string // in order
	First Period
	Last  Period
	AsOf  int64

	place  map[string]int
	counts map[string][]method.Count // by indicator: units × quarters
	known  map[string][]bool
	joined map[string][]bool // rounded together with the quarter before

	intervals sync.Map // of rates, by count
}

// NewMatrix returns one without values.
func NewMatrix(units []string, first, last Period) *Matrix {
	m := &Matrix{Units: units, First: first, Last: last, place: make(map[string]int, len(units)), counts: map[string][]method.Count{}, known: map[string][]bool{}, joined: map[string][]bool{}}
	for i, u := range units {
		m.place[u] = i
	}
	return m
}

func (m *Matrix) width() int { return int(m.Last-m.First) + 1 }

// Set puts a value in its place; what lies outside is left out.
func (m *Matrix) Set(indicatorID, unitID string, p Period, c method.Count) {
	u, ok := m.place[unitID]
	if !ok || p < m.First || p > m.Last {
		return
	}
	if m.counts[indicatorID] == nil {
		m.counts[indicatorID] = make([]method.Count, len(m.Units)*m.width())
		m.known[indicatorID] = make([]bool, len(m.Units)*m.width())
	}
	at := u*m.width() + int(p-m.First)
	m.counts[indicatorID][at], m.known[indicatorID][at] = c, true
}

// Series are one village's values over all quarters.
func (m *Matrix) Series(indicatorID, unitID string) []method.Count {
	u, ok := m.place[unitID]
	if !ok || m.counts[indicatorID] == nil {
		return make([]method.Count, m.width())
	}
	return m.counts[indicatorID][u*m.width() : (u+1)*m.width()]
}

// window adds up the quarters that a light looks at.
func (m *Matrix) window(x Indicator, unit int, p Period) (c method.Count, quarters int) {
	if m.counts[x.ID] == nil {
		return c, 0
	}
	joined, before := m.joined[x.ID], false
	for q := max(m.First, p-Period(x.Window)+1); q <= p && q <= m.Last; q++ {
		at := unit*m.width() + int(q-m.First)
		if !m.known[x.ID][at] {
			before = false
			continue
		}
		v := m.counts[x.ID][at]
		c.Num, c.Den = c.Num+v.Num, c.Den+v.Den
		if !before || len(joined) == 0 || !joined[at] {
			c.Parts += v.Parts
		}
		quarters++
		before = true
	}
	return c, quarters
}

// readMatrix reads the values of some quarters as they were known when the
// value of a seq had come, rounded.
func readMatrix(ctx context.Context, q sqldb.Querier, list []Indicator, units []string, first, last Period, asOf int64) (*Matrix, error) {
	m := NewMatrix(units, first, last)
	m.AsOf = asOf
	known := newCatalog(list)
	rows, err := q.QueryContext(ctx, `SELECT indicator_id, period, unit_id, version, num, den, turns, seq FROM outcome_value
		WHERE period BETWEEN $1 AND $2 AND seq <= $3 ORDER BY indicator_id, period, unit_id, version`, int(first), int(last), asOf)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	seqs := map[string][]int64{} // by which values came first; 0 where something else was shown since
	for rows.Next() {
		var indicator, unit string
		var p Period
		var version, num, den, packed int
		var seq int64
		if err := rows.Scan(&indicator, &p, &unit, &version, &num, &den, &packed, &seq); err != nil {
			return nil, err
		}
		x, wanted := known.ByID(indicator)
		u, here := m.place[unit]
		if !wanted || !here {
			continue
		}
		if seqs[indicator] == nil {
			seqs[indicator] = make([]int64, len(units)*m.width())
		}
		at, now := u*m.width()+int(p-first), x.shown(num, den, turnsOf(packed))
		switch {
		case version == 1:
			seqs[indicator][at] = seq
		case now != m.counts[indicator][at]:
			seqs[indicator][at] = 0
		}
		m.Set(indicator, unit, p, now)
	}
	m.join(list, seqs)
	m.couple(list)
	return m, rows.Err()
}

// join notes which values went on from that of the quarter before. What residents
// say of a quarter changes for long after it first came, so each stands for itself.
func (m *Matrix) join(list []Indicator, seqs map[string][]int64) {
	for _, x := range list {
		seq := seqs[x.ID]
		joined := make([]bool, len(seq))
		for at := 1; at < len(seq) && x.Source == Feed; at++ {
			joined[at] = at%m.width() > 0 && seq[at-1] > 0 && seq[at] > seq[at-1]
		}
		m.joined[x.ID] = joined
	}
}

// kindOf is an indicator's measure as the method knows it.
func (x Indicator) kind() method.Kind {
	if x.Measure == Share {
		return method.Share
	}
	return method.Rate
}

// Judgement is a period's cells, and what is ordinary by indicator.
type Judgement struct {
	Period Period
	Nulls  map[string]method.Null
	Cells  map[string][]Cell // by indicator, in the order of Matrix.Units
}

// methods are those that this program can carry out, by their versions. One that
// is replaced stays here as it was, under its version.
var methods = map[string]func(context.Context, []Indicator, *Matrix, Period, Settings) (*Judgement, error){method.Version: Judge, method.Second: judgeSecond}

// variant is what versions of the method differ in.
type variant struct {
	judge func(method.Kind, []method.Count, bool, method.Settings) (method.Null, []method.Judged)
	// apart leaves places that rest on so few that they aren't shown out of what is
	// ordinary and of the correction: from what is published of the others nothing
	// is to be concluded on them.
	apart bool
}

// Judge finds the lights of one period from the values, by the first version of
// the method: pure, and the same every time.
func Judge(ctx context.Context, list []Indicator, m *Matrix, p Period, set Settings) (*Judgement, error) {
	return judgeBy(ctx, list, m, p, set, variant{judge: method.Judge})
}

// judgeSecond does so by the second version.
func judgeSecond(ctx context.Context, list []Indicator, m *Matrix, p Period, set Settings) (*Judgement, error) {
	return judgeBy(ctx, list, m, p, set, variant{judge: method.JudgeSecond, apart: true})
}

// judgeBy judges indicators side by side, and corrects them together.
func judgeBy(ctx context.Context, list []Indicator, m *Matrix, p Period, set Settings, by variant) (*Judgement, error) {
	judged, nulls := make([][]method.Judged, len(list)), make([]method.Null, len(list))
	quarters, few := make([][]int, len(list)), make([][]bool, len(list))
	group, _ := errgroup.WithContext(ctx)
	for i, x := range list {
		group.Go(func() error {
			counts := make([]method.Count, len(m.Units))
			quarters[i], few[i] = make([]int, len(m.Units)), make([]bool, len(m.Units))
			for u := range m.Units {
				counts[u], quarters[i][u] = m.window(x, u, p)
				if few[i][u] = set.few(x, counts[u].Den, quarters[i][u]); few[i][u] && by.apart {
					counts[u] = method.Count{}
				}
			}
			nulls[i], judged[i] = by.judge(x.kind(), counts, x.ManyIsWorse(), set.Settings)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	method.Correct(slices.DeleteFunc(slices.Clone(judged), func(g []method.Judged) bool { return g == nil })...)
	out := &Judgement{Period: p, Nulls: map[string]method.Null{}, Cells: map[string][]Cell{}}
	for i, x := range list {
		out.Nulls[x.ID] = nulls[i]
		cells := make([]Cell, len(m.Units))
		for u, j := range judged[i] {
			cells[u] = cellOf(x, m.Units[u], p, quarters[i][u], j, set, few[i][u])
		}
		out.Cells[x.ID] = cells
	}
	return out, nil
}

// interval is a count's. That of a rate depends on the count alone, and most
// villages have one of few.
func (m *Matrix) interval(x Indicator, c method.Count) (low, high float64) {
	if x.Measure == Share {
		return method.Interval(method.Share, c, 0.95)
	}
	den := float64(c.Den)
	c.Den = 1
	if known, ok := m.intervals.Load(c); ok {
		both := known.([2]float64) //nolint:forcetypeassert // nothing else is stored
		return both[0] / den, both[1] / den
	}
	low, high = method.Interval(method.Rate, c, 0.95)
	m.intervals.Store(c, [2]float64{low, high})
	return low / den, high / den
}

// Settings are the method's thresholds, and below how many people nothing is shown.
type Settings struct {
	method.Settings
	LeastPeople int // that a rate rests on
	LeastCases  int // that a share rests on
}

// DefaultSettings are what a city begins with.
func DefaultSettings() Settings {
	return Settings{Settings: method.Default(), LeastPeople: 30, LeastCases: 10}
}

var colors = map[method.Color]Light{method.Dark: Dark, method.Grey: Grey, method.Green: Green, method.Yellow: Yellow, method.Red: Red}

func cellOf(x Indicator, unit string, p Period, quarters int, j method.Judged, set Settings, few bool) Cell {
	if few {
		// So few that somebody could be recognised: neither numbers nor a colour that tells of them.
		return Cell{UnitID: unit, IndicatorID: x.ID, Period: p, Quarters: quarters, Light: Grey, Hidden: true, P: 1, Q: 1}
	}
	return Cell{UnitID: unit, IndicatorID: x.ID, Period: p, Num: j.Num, Den: j.Den, Parts: j.Parts, Quarters: quarters, Expected: j.Expected, Shrunk: j.Shrunk,
		Z: j.Z, P: j.P, Q: j.Q, Power: j.Power, Light: colors[j.Color(set.Settings)], Better: j.Outstanding(set.Settings)}
}

// few reports whether so much is so little that it isn't shown. Of what residents
// said nothing is shown like few: what one of their figures is counted over is
// what another counts, and "nobody" there would tell of the few here.
func (s Settings) few(x Indicator, den, quarters int) bool {
	if den == 0 {
		return x.ofResidents() && quarters > 0
	}
	if x.Measure == Share {
		return den < s.LeastCases
	}
	return den/max(1, quarters) < s.LeastPeople
}

// Detail adds to a cell what its page shows beside the light: the interval and
// the trend.
func (m *Matrix) Detail(x Indicator, c Cell) Cell {
	if c.Hidden || c.Den == 0 {
		return c
	}
	c.Low, c.High = m.interval(x, method.Count{Num: c.Num, Den: c.Den, Parts: c.Parts})
	slope, z := method.Trend(x.kind(), m.Series(x.ID, c.UnitID))
	if !x.ManyIsWorse() {
		slope, z = -slope, -z
	}
	c.Trend, c.TrendP = 4*slope, method.TwoSided(z)
	return c
}
