package alert

import (
	"math"
	"slices"
	"strings"

	"bilin/internal/cap"
	"bilin/internal/geo"
)

// Bounds of what is looked at on the ground.
const (
	near       = 5.0 // kilometres at which the nearest village is meant by a shape without any
	maxCorners = 200 // of an order's polygon
)

// village is a place that an area may hold.
type village struct {
	id, code string
	at       geo.Point
	placed   bool
}

// ground is what a city's alerts are about.
type ground struct {
	villages []village
	towns    []division
	city     division
}

// division is the city or a town: an alert may name it by its words alone.
type division struct{ id, code, name string }

// touched returns the villages that areas hold, in order, and whether any of
// the areas could be told at all: one with a shape or a Chinese code, or one
// named like the city or a town.
func (g *ground) touched(areas []cap.Area) (ids []string, told bool) {
	hit := make([]bool, len(g.villages))
	var shapes []cap.Area
	for _, a := range areas {
		codes := prefixes(a.Geocodes)
		if len(a.Polygons)+len(a.Circles) > 0 {
			shapes = append(shapes, a)
		}
		if len(a.Polygons)+len(a.Circles)+len(codes) == 0 {
			codes = g.inWords(a.Desc)
		}
		told = told || len(a.Polygons)+len(a.Circles)+len(codes) > 0
		for i, v := range g.villages {
			hit[i] = hit[i] || v.placed && holds(a, v.at) || slices.ContainsFunc(codes, func(p string) bool { return strings.HasPrefix(v.code, p) })
		}
	}
	for i, v := range g.villages {
		if hit[i] {
			ids = append(ids, v.id)
		}
	}
	if len(ids) == 0 {
		ids = g.nearest(shapes)
	}
	return ids, told
}

// inWords returns the codes of what an area's words name: towns, or the city.
func (g *ground) inWords(desc string) (codes []string) {
	for _, t := range g.towns {
		if strings.Contains(desc, t.name) {
			codes = append(codes, prefix(t.code))
		}
	}
	if len(codes) == 0 && g.city.name != "" && strings.Contains(desc, g.city.name) {
		codes = []string{prefix(g.city.code)}
	}
	return codes
}

// provinces begin China's codes of divisions: values that don't are of another system.
const provinces = " 11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 "

// prefixes are those of an area's geocodes that China's codes of divisions can begin with.
func prefixes(geocodes []cap.Value) (out []string) {
	for _, g := range geocodes {
		if p := prefix(strings.TrimSpace(g.Value)); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// prefix returns how the codes of everything in a division begin: 430182001000
// is a town, 430182000000 or 430182 a city. It is empty for what is no such code.
func prefix(code string) string {
	if len(code) < 6 || len(code) > 12 || strings.Trim(code, "0123456789") != "" || !strings.Contains(provinces, " "+code[:2]+" ") {
		return ""
	}
	for _, level := range []int{9, 6, 4, 2} {
		if len(code) > level && strings.Trim(code[level:], "0") == "" {
			code = code[:level]
		}
	}
	return code
}

func holds(a cap.Area, at geo.Point) bool {
	for _, p := range a.Polygons {
		if ring(p).Contains(at) {
			return true
		}
	}
	for _, c := range a.Circles {
		if kilometres(geo.Point{X: c.Lon, Y: c.Lat}, at) <= c.Radius {
			return true
		}
	}
	return false
}

func ring(points []cap.Point) geo.Ring {
	out := make(geo.Ring, len(points))
	for i, p := range points {
		out[i] = geo.Point{X: p.Lon, Y: p.Lat}
	}
	return out
}

// nearest returns the village that is nearest to shapes which hold none: a fire
// between two villages is still somebody's.
func (g *ground) nearest(shapes []cap.Area) []string {
	best, id := near, ""
	for _, v := range g.villages {
		if !v.placed {
			continue
		}
		for _, a := range shapes {
			if d := distance(a, v.at); d <= best {
				best, id = d, v.id
			}
		}
	}
	if id == "" {
		return nil
	}
	return []string{id}
}

// distance is how many kilometres a place lies outside of an area.
func distance(a cap.Area, at geo.Point) float64 {
	best := math.Inf(1)
	for _, p := range a.Polygons {
		r := ring(p)
		for i := range r[1:] {
			best = min(best, fromLine(at, r[i], r[i+1]))
		}
	}
	for _, c := range a.Circles {
		best = min(best, kilometres(geo.Point{X: c.Lon, Y: c.Lat}, at)-c.Radius)
	}
	return best
}

// fromLine is the distance of a place from a line between two, on a plane that
// touches the earth at the place.
func fromLine(at, from, to geo.Point) float64 {
	pl := geo.PlaneOf(geo.Shape{{at}})
	a, b := pl.Km(from), pl.Km(to)
	dx, dy := b.X-a.X, b.Y-a.Y
	t := 0.0
	if length := dx*dx + dy*dy; length > 0 {
		t = max(0, min(1, -(a.X*dx+a.Y*dy)/length))
	}
	return math.Hypot(a.X+t*dx, a.Y+t*dy)
}

const earth = 6371.0 // kilometres

// kilometres is the way between two places over the globe.
func kilometres(a, b geo.Point) float64 {
	const rad = math.Pi / 180
	lat, lon := (b.Y-a.Y)*rad/2, (b.X-a.X)*rad/2
	h := math.Sin(lat)*math.Sin(lat) + math.Cos(a.Y*rad)*math.Cos(b.Y*rad)*math.Sin(lon)*math.Sin(lon)
	return 2 * earth * math.Asin(min(1, math.Sqrt(h)))
}

// drawn returns an alert's one polygon for an order's form, without its closing
// corner, or nil: of several, and of one with too many corners, the villages say it.
func drawn(areas []cap.Area) []geo.Point {
	var all [][]cap.Point
	for _, a := range areas {
		if len(a.Circles)+len(a.Geocodes) > 0 && len(a.Polygons) == 0 {
			return nil
		}
		all = append(all, a.Polygons...)
	}
	if len(all) != 1 || len(all[0]) > maxCorners+1 {
		return nil
	}
	return ring(all[0][:len(all[0])-1])
}
