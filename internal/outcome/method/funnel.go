package method

import "gonum.org/v1/gonum/stat/distuv"

// Limit is where a funnel's line lies at a denominator: below it is an ordinary
// place with probability p. Counts are whole, so the line is drawn between two
// of them as Spiegelhalter (2005), appendix A.1.1, has it: with F the
// distribution and k the smallest count whose F passes p, (k−α)/den with
// α = (F(k)−p)/(F(k)−F(k−1)).
func (n Null) Limit(den int, p float64) float64 {
	if den <= 0 || n.Mean <= 0 {
		return 0
	}
	k := search(n.around(den, distuv.UnitNormal.Quantile(p)), func(k int) bool { return n.AtMost(k, den) > p })
	at, before := n.AtMost(k, den), n.AtMost(k-1, den)
	limit := float64(k)
	if at > before {
		limit -= (at - p) / (at - before)
	}
	return max(0, limit) / float64(den)
}

// ShownLimit is the same of counts that were rounded in so many parts. They go in
// steps of [Base], and a line between two of them by the whole distribution would
// always leave more places outside than it says; so it is drawn by mid-p, which is
// right on average.
func (n Null) ShownLimit(den, parts int, p float64) float64 {
	if parts == 0 || den <= 0 || n.Mean <= 0 {
		return n.Limit(den, p)
	}
	mid := func(k int) float64 {
		if k < 0 {
			return 0
		}
		at := n.ShownAtMost(Count{Num: k * Base, Den: den, Parts: parts})
		if k == 0 {
			return at / 2
		}
		return (at + n.ShownAtMost(Count{Num: (k - 1) * Base, Den: den, Parts: parts})) / 2
	}
	k := search(n.around(den, distuv.UnitNormal.Quantile(p))/Base, func(k int) bool { return mid(k) > p })
	limit := float64(k)
	if at, before := mid(k), mid(k-1); at > before {
		limit -= (at - p) / (at - before)
	}
	limit = max(0, limit) * Base / float64(den)
	if n.Kind == Share {
		return min(1, limit)
	}
	return limit
}

// Line is a stretch of a funnel's limits at one denominator.
type Line struct {
	Den               int
	Low998, Low, Mean float64
	High, High998     float64
}

// Funnel returns the limits at 95 and 99.8% over a range of denominators, in at
// most so many steps that are closer together where the lines bend; of counts
// that were rounded in so many parts.
func (n Null) Funnel(low, high, steps, parts int) []Line {
	if low < 1 || high < low || steps < 2 {
		return nil
	}
	lines := make([]Line, 0, steps)
	for i := range steps {
		share := float64(i) / float64(steps-1)
		den := low + int(share*share*float64(high-low))
		if len(lines) > 0 && lines[len(lines)-1].Den == den {
			continue
		}
		lines = append(lines, Line{Den: den, Low998: n.ShownLimit(den, parts, 0.001), Low: n.ShownLimit(den, parts, 0.025), Mean: n.Mean,
			High: n.ShownLimit(den, parts, 0.975), High998: n.ShownLimit(den, parts, 0.999)})
	}
	return lines
}
