package draw

import "html/template"

// Bar is a place's interval beside the middle of all.
type Bar struct {
	Label            string
	Value, Low, High float64 // above 0 is worse
	Band             string  // "better", "ordinary" or "poorer"
}

const barWidth, barHeight = 300, 26

// Draw draws it on a scale that goes from -most to most, better at the left.
func (b Bar) Draw(most float64) template.HTML {
	c := &canvas{}
	c.open("bnd", barWidth, barHeight, b.Label)
	x := axis{-most, most, 4, barWidth - 4}
	c.line("bnd-zero", x.at(0), 0, x.at(0), barHeight)
	c.rect("bnd-range bnd-"+b.Band, x.at(b.Low), 10, x.at(b.High)-x.at(b.Low), 6)
	light := map[string]string{"better": "better", "poorer": "red"}[b.Band]
	if light == "" {
		light = "green"
	}
	c.mark(light, x.at(b.Value), 13, 5)
	return c.close()
}

// Share is a part of a stacked bar.
type Share struct {
	Light string
	N     int
}

// Stack is how many villages have which light, as a bar.
func Stack(shares []Share) template.HTML {
	c := &canvas{}
	c.add(`<svg class="stk" viewBox="0 0 200 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">`)
	total := 0
	for _, s := range shares {
		total += s.N
	}
	x := 0.0
	for _, s := range shares {
		if s.N == 0 {
			continue
		}
		wide := 200 * float64(s.N) / float64(total)
		c.rect("s-"+s.Light, x, 0, wide, 10)
		x += wide
	}
	return c.close()
}
