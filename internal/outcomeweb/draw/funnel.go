package draw

import (
	"html"
	"html/template"
	"math"
	"strings"

	"bilin/internal/outcome/method"
)

// Point is a village in a funnel.
type Point struct {
	Den         int
	Value       float64 // rate or share, as it is shown
	Light       string  // a light, or "better"
	Name, Words string  // who, and what is said of it
	Href        string
}

// Funnel is villages by how much there is to tell of them. Lines are the limits
// of ordinary villages, their values as they are shown.
type Funnel struct {
	Label, Across, Up string // of the whole, and of the axes
	Mean, Inner, Far  string // words at the lines
	Points            []Point
	Lines             []method.Line
	Per               float64
	Over              int     // quarters that a denominator adds up; its axis shows one
	Top               float64 // no value is above; 0: none
}

const (
	funnelWidth, funnelHeight = 900, 470
	funnelLeft, funnelRight   = 62, 74
	funnelTop, funnelBottom   = 16, 56
)

// Draw draws it.
func (f Funnel) Draw() template.HTML {
	c := &canvas{}
	c.begin("fun", funnelWidth, funnelHeight, "group", f.Label) // its points are links
	x, y := f.axes()
	f.grid(c, x, y)
	f.limits(c, x, y)
	for _, order := range [][]string{{"green", "grey"}, {"better", "yellow"}, {"red"}} {
		for _, p := range f.Points {
			for _, light := range order {
				if p.Light == light {
					f.point(c, x, y, p)
				}
			}
		}
	}
	return c.close()
}

func (f Funnel) axes() (x, y axis) {
	x = axis{math.Inf(1), 0, funnelLeft, funnelWidth - funnelRight}
	y = axis{math.Inf(1), 0, funnelHeight - funnelBottom, funnelTop}
	for _, p := range f.Points {
		x.low, x.high = min(x.low, float64(p.Den)), max(x.high, float64(p.Den))
		y.low, y.high = min(y.low, p.Value), max(y.high, p.Value)
	}
	if len(f.Points) == 0 {
		return axis{0, 1, x.from, x.to}, axis{0, 1, y.from, y.to}
	}
	x.low, x.high = 0.9*x.low, 1.04*x.high
	if l := f.middle(); l != nil {
		y.low, y.high = min(y.low, f.Per*l.Low998), max(y.high, f.Per*l.High998)
	}
	room := 0.06 * (y.high - y.low)
	y.high += room
	y.low = max(0, y.low-room)
	if y.low < 0.35*y.high {
		y.low = 0
	}
	if f.Top > 0 {
		y.high = min(y.high, f.Top)
	}
	if y.high <= y.low {
		y.high = y.low + 1
	}
	return x, y
}

// middle is the limits a third of the way: those of the smallest villages reach
// so far out that all else would be flat.
func (f Funnel) middle() *method.Line {
	if len(f.Lines) == 0 {
		return nil
	}
	return &f.Lines[len(f.Lines)/3]
}

func (f Funnel) grid(c *canvas, x, y axis) {
	for _, v := range steps(y.low, y.high) {
		c.line("fun-grid", x.from, y.at(v), x.to, y.at(v))
		c.text("fun-y", x.from-8, y.at(v)+5, Number(v))
	}
	over := float64(max(1, f.Over))
	for _, v := range steps(x.low/over, x.high/over) {
		c.text("fun-x", x.at(v*over), y.from+22, grouped(int64(math.Round(v))))
	}
	c.line("fun-axis", x.from, y.from, x.to, y.from)
	c.text("fun-x", (x.from+x.to)/2, funnelHeight-8, f.Across)
	c.text("fun-up", x.from, y.to-2, f.Up)
}

// limits draws the two bands and the mean, and writes at their ends what they are.
func (f Funnel) limits(c *canvas, x, y axis) {
	if len(f.Lines) < 2 {
		return
	}
	band := func(class string, low, high func(method.Line) float64) {
		var over, under strings.Builder
		for i, l := range f.Lines {
			step := "L"
			if i == 0 {
				step = "M"
			}
			over.WriteString(step + at(x.at(float64(l.Den))) + " " + at(y.at(f.Per*high(l))))
		}
		for i := len(f.Lines) - 1; i >= 0; i-- {
			l := f.Lines[i]
			under.WriteString("L" + at(x.at(float64(l.Den))) + " " + at(y.at(f.Per*low(l))))
		}
		c.add(`<path class="`, class, `" d="`, over.String(), under.String(), `Z"/>`)
	}
	band("fun-far", func(l method.Line) float64 { return l.Low998 }, func(l method.Line) float64 { return l.High998 })
	band("fun-inner", func(l method.Line) float64 { return l.Low }, func(l method.Line) float64 { return l.High })
	last := f.Lines[len(f.Lines)-1]
	mean := y.at(f.Per * last.Mean)
	c.line("fun-mean", x.from, mean, x.to, mean)
	c.text("fun-end", x.to+6, mean+5, f.Mean)
	for _, end := range []struct {
		v     float64
		words string
	}{{last.High, f.Inner}, {last.High998, f.Far}} {
		c.text("fun-end", x.to+6, y.at(f.Per*end.v)+5, end.words)
	}
}

// point is a link that says its village's name when it is pointed at. Only those
// that stand out are stops of the keyboard; the table has them all.
func (f Funnel) point(c *canvas, x, y axis, p Point) {
	stop := ` tabindex="-1"`
	if p.Light != "green" && p.Light != "grey" {
		stop = ""
	}
	px, py := x.at(float64(p.Den)), y.at(p.Value)
	c.add(`<a href="`, html.EscapeString(p.Href), `"`, stop, ` aria-label="`, html.EscapeString(p.Name+" "+p.Words), `"><title>`, html.EscapeString(p.Name+" "+p.Words), `</title>`)
	size := 4.5
	if p.Light == "red" || p.Light == "yellow" || p.Light == "better" {
		size = 6
	}
	c.mark(p.Light, px, py, size)
	class, tx := "fun-name", px+11
	if px > (x.from+2*x.to)/3 {
		class, tx = "fun-name fun-left", px-11
	}
	c.text(class, tx, max(py+5, funnelTop+12), p.Name)
	c.add(`</a>`)
}
