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

// Line is a stretch of a funnel's limits at one denominator.
type Line struct {
	Den               int
	Low998, Low, Mean float64
	High, High998     float64
}

// Funnel returns the limits at 95 and 99.8% over a range of denominators, in at
// most so many steps that are closer together where the lines bend.
func (n Null) Funnel(low, high, steps int) []Line {
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
		lines = append(lines, Line{Den: den, Low998: n.Limit(den, 0.001), Low: n.Limit(den, 0.025), Mean: n.Mean,
			High: n.Limit(den, 0.975), High998: n.Limit(den, 0.999)})
	}
	return lines
}
