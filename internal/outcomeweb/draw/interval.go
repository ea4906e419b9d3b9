package draw

import "html/template"

// Interval is a village's own value and what is usual, on one scale.
type Interval struct {
	Label            string
	Here, Usual      string // words before the two rows
	Value, Low, High float64
	Mean, From, To   float64 // of an ordinary village
	Light            string
	Top              float64 // no value is above; 0: none
}

const (
	intervalWidth, intervalHeight = 340, 92
	intervalLeft, intervalRight   = 12, 12
)

// Draw draws it.
func (v Interval) Draw() template.HTML {
	c := &canvas{}
	c.open("itv", intervalWidth, intervalHeight, v.Label)
	most := 1.08 * max(v.High, v.To, v.Value, v.Mean)
	if v.Top > 0 {
		most = min(most, v.Top)
	}
	if most <= 0 {
		most = 1
	}
	x := axis{0, most, intervalLeft, intervalWidth - intervalRight}
	c.text("itv-word", x.from, 16, v.Here)
	c.rect("itv-own", x.at(v.Low), 25, x.at(v.High)-x.at(v.Low), 4)
	c.mark(v.Light, x.at(v.Value), 27, 6)
	c.rect("itv-usual", x.at(v.From), 40, x.at(v.To)-x.at(v.From), 14)
	c.rect("itv-mean", x.at(v.Mean)-1, 38, 2, 18)
	c.line("itv-axis", x.from, 58, x.to, 58)
	c.text("itv-word", x.from, 75, v.Usual)
	c.text("itv-end", x.to, 75, Number(most))
	return c.close()
}
