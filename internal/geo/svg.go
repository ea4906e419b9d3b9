package geo

import (
	"math"
	"strconv"
)

// decimals of a degree that are written: about a metre.
const decimals = 5

func appendPosition(out []byte, p Point) []byte {
	out = append(out, '[')
	out = appendRounded(out, p.X, decimals)
	out = append(out, ',')
	out = appendRounded(out, p.Y, decimals)
	return append(out, ']')
}

func appendRounded(out []byte, v float64, places int) []byte {
	unit := math.Pow10(places)
	return strconv.AppendFloat(out, math.Round(v*unit)/unit, 'f', -1, 64)
}

// Canvas turns degrees into the coordinates of a drawing of a given width,
// north up, with a margin around the outline.
type Canvas struct {
	plane         Plane
	origin        Point
	scale, margin float64
	Width, Height float64
}

// NewCanvas fits the outline onto a drawing of at most the width and height.
func NewCanvas(outline Shape, width, height, margin float64) Canvas {
	pl := PlaneOf(outline)
	b := outline.mapPoints(pl.Km).Bounds()
	size := b.Max.sub(b.Min)
	scale := min((width-2*margin)/size.X, (height-2*margin)/size.Y)
	return Canvas{
		plane: pl, origin: Point{b.Min.X, b.Max.Y}, scale: scale, margin: margin,
		Width: math.Ceil(size.X*scale + 2*margin), Height: math.Ceil(size.Y*scale + 2*margin),
	}
}

// At returns where a place in degrees is drawn.
func (c Canvas) At(p Point) Point {
	km := c.plane.Km(p)
	return Point{
		math.Round(((km.X-c.origin.X)*c.scale+c.margin)*10) / 10,
		math.Round(((c.origin.Y-km.Y)*c.scale+c.margin)*10) / 10,
	}
}

// Path writes the shape as the d attribute of an SVG path.
func (c Canvas) Path(s Shape) string {
	var out []byte
	for _, r := range s {
		for i, p := range r {
			out = c.appendCommand(out, "ML"[min(i, 1)], p)
		}
		out = append(out, 'Z')
	}
	return string(out)
}

// Lines writes borders as the d attribute of an SVG path.
func (c Canvas) Lines(borders []Border) string {
	var out []byte
	var last Point
	for i, b := range borders {
		if i == 0 || b.From != last {
			out = c.appendCommand(out, 'M', b.From)
		}
		out = c.appendCommand(out, 'L', b.To)
		last = b.To
	}
	return string(out)
}

func (c Canvas) appendCommand(out []byte, command byte, p Point) []byte {
	at := c.At(p)
	out = appendRounded(append(out, command), at.X, 1)
	return appendRounded(append(out, ' '), at.Y, 1)
}
