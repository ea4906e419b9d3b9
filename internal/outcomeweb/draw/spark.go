package draw

import (
	"html/template"
	"strings"
)

// Step is one quarter of a line.
type Step struct {
	Value float64
	Known bool
	In    bool   // the light looks at it
	Name  string // of the quarter
}

// Spark is a small line of quarters.
type Spark struct {
	Label string
	Steps []Step
}

const (
	sparkWidth, sparkHeight = 340, 84
	sparkLeft, sparkRight   = 12, 12
	sparkTop, sparkBottom   = 10, 26
)

// Draw draws it. The quarters that the light looks at lie on a band.
func (s Spark) Draw() template.HTML {
	c := &canvas{}
	c.open("spk", sparkWidth, sparkHeight, s.Label)
	x := axis{0, float64(max(1, len(s.Steps)-1)), sparkLeft, sparkWidth - sparkRight}
	y := axis{0, 0, sparkHeight - sparkBottom, sparkTop}
	for _, q := range s.Steps {
		y.high = max(y.high, q.Value)
	}
	if y.high == 0 {
		y.high = 1
	}
	s.band(c, x, y)
	c.line("itv-axis", x.from, y.from, x.to, y.from)
	s.path(c, x, y)
	if n := len(s.Steps); n > 0 {
		c.text("itv-word", x.from, sparkHeight-7, s.Steps[0].Name)
		c.text("itv-end", x.to, sparkHeight-7, s.Steps[n-1].Name)
	}
	return c.close()
}

func (s Spark) band(c *canvas, x, y axis) {
	first := -1
	for i, q := range s.Steps {
		if q.In && first < 0 {
			first = i
		}
	}
	if first >= 0 {
		half := (x.at(1) - x.at(0)) / 2
		from := x.at(float64(first)) - half
		c.rect("spk-in", from, y.to-4, x.to+6-from, y.from-y.to+4)
	}
}

// path joins what is known, with gaps where nothing is.
func (s Spark) path(c *canvas, x, y axis) {
	var line strings.Builder
	before := false
	for i, q := range s.Steps {
		if !q.Known {
			before = false
			continue
		}
		step := "M"
		if before {
			step = "L"
		}
		line.WriteString(step + at(x.at(float64(i))) + " " + at(y.at(q.Value)))
		before = true
	}
	c.add(`<path class="spk-line" d="`, line.String(), `"/>`)
	for i, q := range s.Steps {
		if q.Known {
			c.add(`<circle class="spk-dot" cx="`, at(x.at(float64(i))), `" cy="`, at(y.at(q.Value)), `" r="3"/>`)
		}
	}
}

// Columns is a city's quarters as columns with their numbers.
type Columns struct {
	Label string
	Steps []Step
}

const (
	columnsWidth, columnsHeight = 900, 220
	columnsTop, columnsBottom   = 26, 30
)

// Draw draws it.
func (s Columns) Draw() template.HTML {
	c := &canvas{}
	c.open("col", columnsWidth, columnsHeight, s.Label)
	y := axis{0, 0, columnsHeight - columnsBottom, columnsTop}
	for _, q := range s.Steps {
		y.high = max(y.high, q.Value)
	}
	if y.high == 0 {
		y.high = 1
	}
	wide := float64(columnsWidth) / float64(max(1, len(s.Steps)))
	for i, q := range s.Steps {
		middle := wide * (float64(i) + .5)
		c.text("col-name", middle, columnsHeight-8, q.Name)
		if !q.Known {
			c.text("col-n", middle, y.from-6, "—")
			continue
		}
		class := "col-bar"
		if q.In {
			class = "col-bar col-in"
		}
		c.rect(class, middle-.36*wide, y.at(q.Value), .72*wide, y.from-y.at(q.Value))
		c.text("col-n", middle, y.at(q.Value)-7, Number(q.Value))
	}
	c.line("itv-axis", 0, y.from, columnsWidth, y.from)
	return c.close()
}
