// Package draw draws outcome figures as SVG: pure, and readable without colours.
package draw

import (
	"html"
	"html/template"
	"math"
	"strconv"
	"strings"
)

// canvas writes an SVG.
type canvas struct{ strings.Builder }

func (c *canvas) add(parts ...string) {
	for _, p := range parts {
		c.WriteString(p)
	}
}

// open begins a drawing that a screen reader reads as its label.
func (c *canvas) open(class string, width, height int, label string) {
	c.begin(class, width, height, "img", label)
}

func (c *canvas) begin(class string, width, height int, role, label string) {
	c.add(`<svg class="`, class, `" viewBox="0 0 `, strconv.Itoa(width), ` `, strconv.Itoa(height), `" role="`, role, `" aria-label="`, html.EscapeString(label), `">`)
}

func (c *canvas) close() template.HTML {
	c.WriteString(`</svg>`)
	return template.HTML(c.String()) //nolint:gosec // words are escaped where they are written, the rest is ours
}

func (c *canvas) text(class string, x, y float64, words string) {
	c.add(`<text class="`, class, `" x="`, at(x), `" y="`, at(y), `">`, html.EscapeString(words), `</text>`)
}

func (c *canvas) line(class string, x1, y1, x2, y2 float64) {
	c.add(`<path class="`, class, `" d="M`, at(x1), ` `, at(y1), `L`, at(x2), ` `, at(y2), `"/>`)
}

func (c *canvas) rect(class string, x, y, width, height float64) {
	c.add(`<rect class="`, class, `" x="`, at(x), `" y="`, at(y), `" width="`, at(max(0, width)), `" height="`, at(height), `"/>`)
}

// at writes a coordinate to a tenth.
func at(v float64) string {
	return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64)
}

// axis maps values to coordinates.
type axis struct{ low, high, from, to float64 }

func (a axis) at(v float64) float64 {
	if a.high == a.low {
		return a.from
	}
	share := (min(max(v, a.low), a.high) - a.low) / (a.high - a.low)
	return a.from + share*(a.to-a.from)
}

// steps are some four to seven round numbers over a range.
func steps(low, high float64) (ticks []float64) {
	if high <= low {
		return []float64{low}
	}
	raw := (high - low) / 5
	unit := math.Pow(10, math.Floor(math.Log10(raw)))
	step := 10 * unit
	for _, f := range []float64{1, 2, 5} {
		if f*unit >= raw {
			step = f * unit
			break
		}
	}
	for v := math.Ceil(low/step) * step; v <= high+step/1e6; v += step {
		ticks = append(ticks, v)
	}
	return ticks
}

// Number writes a figure as coarsely as it is read: two digits, or whole.
func Number(v float64) string {
	size := math.Abs(v)
	switch {
	case size == 0:
		return "0"
	case size < 1:
		return strconv.FormatFloat(v, 'g', 2, 64)
	case size < 10:
		return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64)
	}
	return grouped(int64(math.Round(v)))
}

// grouped writes 12,345.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Mark is the sign of a light, which differs in shape as well as in colour.
func (c *canvas) mark(light string, x, y, size float64) {
	c.add(`<path class="m m-`, light, `" d="`, outlineOf(light, x, y, size), `"/>`)
}

// outlineOf is a diamond for red, a triangle for yellow, a star for outstanding,
// a small square for grey, and a circle for the rest.
func outlineOf(light string, x, y, r float64) string {
	points := func(list ...float64) string {
		var b strings.Builder
		for i := 0; i < len(list); i += 2 {
			b.WriteString("ML"[min(i, 1) : min(i, 1)+1])
			b.WriteString(at(x+list[i]*r) + " " + at(y+list[i+1]*r))
		}
		return b.String() + "Z"
	}
	switch light {
	case "red":
		return points(0, -1.5, 1.5, 0, 0, 1.5, -1.5, 0)
	case "yellow":
		return points(0, -1.4, 1.35, 1, -1.35, 1)
	case "better":
		return star(points)
	case "grey":
		return points(-.8, -.8, .8, -.8, .8, .8, -.8, .8)
	}
	return "M" + at(x-r) + " " + at(y) + "a" + at(r) + " " + at(r) + " 0 1 0 " + at(2*r) + " 0a" + at(r) + " " + at(r) + " 0 1 0 " + at(-2*r) + " 0Z"
}

func star(points func(...float64) string) string {
	var list []float64
	for i := range 10 {
		far := 1.7
		if i%2 == 1 {
			far = .75
		}
		turn := float64(i)*math.Pi/5 - math.Pi/2
		list = append(list, far*math.Cos(turn), far*math.Sin(turn))
	}
	return points(list...)
}
