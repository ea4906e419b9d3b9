package outcome

import "slices"

// Direction says which way a village's own figures went over the years: a key.
// It is spoken of only where chance is an unlikely explanation after looking at
// all villages and indicators of the quarter; and not where each quarter counts
// the same ones again, as with children of school age: there the quarters aren't
// twelve observations but one.
func (v *View) Direction(x Indicator, c Cell) string {
	switch {
	case x.Window == 1:
		return "outcome.trend.same"
	case c.Hidden || c.Den == 0 || c.TrendP > v.trend || c.Trend == 0:
		return "outcome.trend.level"
	case c.Trend > 0:
		return "outcome.trend.worse"
	}
	return "outcome.trend.better"
}

// trendLimit is the largest probability at which a trend is spoken of, so that
// of those spoken of no more than a share is expected to be chance (Benjamini
// and Hochberg, as for the lights).
func trendLimit(list []Indicator, cells map[string][]Cell, fdr float64) (limit float64) {
	var all []float64
	for _, x := range list {
		if x.Window == 1 {
			continue
		}
		for _, c := range cells[x.ID] {
			if !c.Hidden && c.Den > 0 {
				all = append(all, c.TrendP)
			}
		}
	}
	slices.Sort(all)
	for i, p := range all {
		if p <= fdr*float64(i+1)/float64(len(all)) {
			limit = p
		}
	}
	return limit
}
