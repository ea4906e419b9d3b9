package reportweb

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// A chart is drawn in a box of this size, which page and paper stretch. Its
// words stand beside it, so that they keep their size.
const (
	chartWidth  = 600.0
	chartHeight = 220.0
)

// chart is one or more lines over the time of an order.
type chart struct {
	Label string   // what it shows, for those who don't see it
	Lines []line   // what is drawn first lies below
	Up    []string // words along the left, from the top
	Along []string // words along the foot, from the left

	Level    float64 // to be reached, from 0 to 1
	HasLevel bool
}

// LevelY is where a page draws the level.
func (c chart) LevelY() string { return coordinate((1 - c.Level) * chartHeight) }

// line is one curve.
type line struct {
	Kind, Name string
	At         []spot
	Path       string // as a page draws it
}

// spot is a point of a line, from 0 to 1 both ways; up is more.
type spot struct{ X, Y float64 }

// draw turns points into the path of a page's line.
func (l *line) draw() {
	var b strings.Builder
	for i, s := range l.At {
		b.WriteByte("ML"[min(i, 1)])
		b.WriteString(coordinate(s.X*chartWidth) + " " + coordinate((1-s.Y)*chartHeight))
	}
	l.Path = b.String()
}

func coordinate(v float64) string {
	return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64)
}

// part is a value's place between two others.
func part(v, low, high float64) float64 {
	if high == low {
		return 0
	}
	return max(0, min(1, (v-low)/(high-low)))
}

// people draws how many were reached, answered, come and are there, of all who were called.
func (v *view) people() chart {
	f := v.r.Figures
	c := chart{Label: v.t("reportweb.chart", "n", num(f.People)), Up: []string{"100%", "50%", "0"}}
	span := f.Curve[len(f.Curve)-1].After
	for _, kind := range []string{"arrived", "coming", "answered", "reached"} {
		l := line{Kind: kind, Name: v.t("reportweb." + kind)}
		for _, s := range f.Curve {
			n := map[string]int{"reached": s.Reached, "answered": s.Answered, "coming": s.Coming, "arrived": s.Arrived}[kind]
			l.At = append(l.At, spot{part(float64(s.After), 0, float64(span)), part(float64(n), 0, float64(f.People))})
		}
		l.draw()
		c.Lines = append(c.Lines, l)
	}
	c.Along = v.ticks(span)
	return c
}

// ticks are words at the beginning, the quarters and the end of a time.
func (v *view) ticks(span time.Duration) (out []string) {
	out = append(out, "0")
	for i := range 4 {
		out = append(out, v.long(span*time.Duration(i+1)/4))
	}
	return out
}

// steps draws values that hold until the next, from when the order went out to
// when it ended or now.
func (v *view) steps(name string, at []time.Time, value []float64, low, high float64) chart {
	from, to := v.r.Order.IssuedAt, v.r.At
	if !v.r.Order.EndedAt.IsZero() {
		to = v.r.Order.EndedAt
	}
	for _, t := range at {
		if t.After(to) {
			to = t
		}
	}
	x := func(t time.Time) float64 { return part(float64(t.Sub(from)), 0, float64(to.Sub(from))) }
	l := line{Kind: "reached", Name: name}
	for i, t := range at {
		y := part(value[i], low, high)
		if i > 0 {
			l.At = append(l.At, spot{x(t), l.At[len(l.At)-1].Y})
		}
		l.At = append(l.At, spot{x(t), y})
	}
	if len(l.At) > 0 {
		l.At = append(l.At, spot{1, l.At[len(l.At)-1].Y})
	}
	l.draw()
	return chart{Label: name, Lines: []line{l}, Up: []string{amount(high), amount(low)}, Along: v.ticks(to.Sub(from))}
}
