package outcome

import (
	"strconv"

	"bilin/internal/outcome/method"
)

// Base is what published counts of villages and towns are multiples of.
const Base = 3

// Dice is a number that depends on what is rounded and on this city's key, and
// on nothing else: the same count is rounded the same every time it is shown.
type Dice func(what string) uint64

// Rounded is a count as it may be published: a multiple of Base near it, drawn
// so that it is right on average. 1 becomes 0 twice of three times, and 3 once;
// so no subtraction of areas or of dates recovers a count of one or two, and
// "0" doesn't mean that nothing happened (random rounding to base 3, as
// Statistics New Zealand publishes its censuses).
func Rounded(n int, dice uint64) int {
	rest := n % Base
	if rest == 0 {
		return n
	}
	if dice%Base < uint64(rest) { //nolint:gosec // 1 or 2
		return n - rest + Base
	}
	return n - rest
}

// Public is a cell as everybody may see it: its count rounded, and interval and
// estimate from the rounded count, since they would tell the true one. Scores
// and probabilities would too; what they mean is in the light.
func (c Cell) Public(x Indicator, null method.Null, dice Dice) Cell {
	out := Cell{UnitID: c.UnitID, IndicatorID: c.IndicatorID, Period: c.Period, Quarters: c.Quarters, Light: c.Light, Better: c.Better, Hidden: c.Hidden}
	if c.Hidden || c.Den == 0 {
		return out
	}
	out.Den, out.Expected, out.Power = c.Den, c.Expected, c.Power
	out.Num = min(c.Den, Rounded(c.Num, dice(c.IndicatorID+"/"+c.UnitID+"/"+c.Period.String()+"/"+strconv.Itoa(c.Quarters))))
	if x.Measure == Rate {
		out.Num = Rounded(c.Num, dice(c.IndicatorID+"/"+c.UnitID+"/"+c.Period.String()+"/"+strconv.Itoa(c.Quarters)))
	}
	count := method.Count{Num: out.Num, Den: out.Den}
	out.Low, out.High = method.Interval(x.kind(), count, 0.95)
	out.Shrunk = null.Shrunk(count)
	out.Trend, out.TrendP = direction(c.Trend, c.TrendP)
	return out.rounded()
}

// direction says only which way a trend goes, and only if it is more than chance.
func direction(trend, p float64) (sign, seen float64) {
	switch {
	case p > 0.01:
		return 0, 1
	case trend > 0:
		return 1, 0
	}
	return -1, 0
}
