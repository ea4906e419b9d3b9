package networkweb

import (
	"strconv"

	"bilin/internal/network"
)

// Measures of the bar chart, in units of its viewBox.
const (
	barWidth   = 44
	barGap     = 10
	barHeight  = 160
	barTop     = 24
	barBottom  = 30
	barLeft    = 8
	mostBars   = 24
	comfortLow = 5
	comfortTop = 15
)

// bars is a bar chart of how many leads know how many households.
type bars struct {
	Width, Height, Base int
	Bars                []bar
	Leads               int
	Median, Mean        string
}

type bar struct {
	X, Y, W, H int
	Middle     int // where its labels are centred
	TextY      int
	Label      string
	N          int
	Outside    bool // fewer or more households than a cell is meant to have
}

// barsOf draws a distribution. What is too rare at the far end for a bar of
// its own is gathered in the last one.
func barsOf(d network.Distribution) bars {
	c := bars{
		Height: barTop + barHeight + barBottom, Base: barTop + barHeight, Leads: d.Leads,
		Median: strconv.FormatFloat(d.Median, 'f', -1, 64), Mean: strconv.FormatFloat(d.Mean, 'f', 1, 64),
	}
	bins := gathered(d.Bars)
	most := 1
	for _, b := range bins {
		most = max(most, b.N)
	}
	for i, b := range bins {
		b.X, b.W = barLeft+i*(barWidth+barGap), barWidth
		b.H = b.N * barHeight / most
		if b.N > 0 {
			b.H = max(b.H, 2)
		}
		b.Y = c.Base - b.H
		b.Middle, b.TextY = b.X+barWidth/2, b.Y-6
		c.Bars = append(c.Bars, b)
	}
	c.Width = 2*barLeft + max(len(bins), 8)*(barWidth+barGap)
	return c
}

func gathered(all []network.Bar) []bar {
	var bins []bar
	for i, b := range all {
		n := b.Households
		if len(bins) == mostBars && i > 0 {
			last := &bins[mostBars-1]
			last.Label = strconv.Itoa(all[mostBars-1].Households) + "+"
			last.N += b.Leads
			continue
		}
		bins = append(bins, bar{Label: strconv.Itoa(n), N: b.Leads, Outside: n < comfortLow || n > comfortTop})
	}
	return bins
}
