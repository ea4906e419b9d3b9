// Package geo is the plane geometry behind the map: where villages lie inside
// a city's outline, the Voronoi cells they are drawn as, and how these are
// written as GeoJSON and SVG.
//
// There are no public village boundaries. What is drawn is each village's
// Voronoi cell, clipped to the outline, and every page that shows it says so.
package geo

import "math"

// Point is a place: longitude and latitude in degrees, or kilometres on a [Plane].
type Point struct{ X, Y float64 }

func (p Point) sub(q Point) Point     { return Point{p.X - q.X, p.Y - q.Y} }
func (p Point) dist2(q Point) float64 { d := p.sub(q); return d.X*d.X + d.Y*d.Y }

// toward returns the point the share t of the way from p to q.
func (p Point) toward(q Point, t float64) Point {
	return Point{p.X + (q.X-p.X)*t, p.Y + (q.Y-p.Y)*t}
}

// Ring is a closed line; its last point isn't repeated. The ground it bounds
// lies to its left: outer rings run counter-clockwise, holes clockwise.
type Ring []Point

// Area returns the area on the left of the ring, negative for a hole.
func (r Ring) Area() float64 {
	if len(r) < 3 {
		return 0
	}
	sum, o := 0.0, r[0] // relative to o: degrees far from zero lose digits otherwise
	for i, p := range r {
		q := r[(i+1)%len(r)]
		sum += (p.X-o.X)*(q.Y-o.Y) - (q.X-o.X)*(p.Y-o.Y)
	}
	return sum / 2
}

// crossings counts how often a ray from p to the right meets the ring.
func (r Ring) crossings(p Point) int {
	n := 0
	for i, a := range r {
		b := r[(i+1)%len(r)]
		if (a.Y > p.Y) != (b.Y > p.Y) && p.X < a.X+(p.Y-a.Y)/(b.Y-a.Y)*(b.X-a.X) {
			n++
		}
	}
	return n
}

// Contains reports whether p lies inside the ring.
func (r Ring) Contains(p Point) bool { return r.crossings(p)%2 == 1 }

func (r Ring) reversed() Ring {
	out := make(Ring, len(r))
	for i, p := range r {
		out[len(r)-1-i] = p
	}
	return out
}

// Shape is a piece of ground: any number of outer rings and holes.
type Shape []Ring

// Area returns the shape's area in the square of its unit.
func (s Shape) Area() float64 {
	sum := 0.0
	for _, r := range s {
		sum += r.Area()
	}
	return sum
}

// Contains reports whether p lies on the shape's ground.
func (s Shape) Contains(p Point) bool {
	n := 0
	for _, r := range s {
		n += r.crossings(p)
	}
	return n%2 == 1
}

// Centroid returns the shape's centre of gravity; ok is false without ground.
func (s Shape) Centroid() (c Point, ok bool) {
	var x, y, area float64
	for _, r := range s {
		for i, p := range r {
			q := r[(i+1)%len(r)]
			cross := p.X*q.Y - q.X*p.Y
			x, y, area = x+(p.X+q.X)*cross, y+(p.Y+q.Y)*cross, area+cross
		}
	}
	if area <= 0 {
		return Point{}, false
	}
	return Point{x / (3 * area), y / (3 * area)}, true
}

// Box is an upright rectangle.
type Box struct{ Min, Max Point }

// Bounds returns the smallest box around the shape.
func (s Shape) Bounds() Box {
	inf := math.Inf(1)
	b := Box{Point{inf, inf}, Point{-inf, -inf}}
	for _, r := range s {
		for _, p := range r {
			b.Min = Point{min(b.Min.X, p.X), min(b.Min.Y, p.Y)}
			b.Max = Point{max(b.Max.X, p.X), max(b.Max.Y, p.Y)}
		}
	}
	return b
}

func (b Box) grown(by float64) Ring {
	return Ring{
		{b.Min.X - by, b.Min.Y - by}, {b.Max.X + by, b.Min.Y - by},
		{b.Max.X + by, b.Max.Y + by}, {b.Min.X - by, b.Max.Y + by},
	}
}

// mapPoints returns the shape with each point changed by fn.
func (s Shape) mapPoints(fn func(Point) Point) Shape {
	out := make(Shape, len(s))
	for i, r := range s {
		out[i] = make(Ring, len(r))
		for j, p := range r {
			out[i][j] = fn(p)
		}
	}
	return out
}

// Plane turns degrees into kilometres near one latitude: good to a part in a
// thousand over a county, which is all that a cell's shape needs.
type Plane struct{ lon, lat, kx, ky float64 }

const kmPerDegree = 111.195

// PlaneOf returns the plane that touches the middle of a shape in degrees.
func PlaneOf(s Shape) Plane {
	b := s.Bounds()
	lon, lat := (b.Min.X+b.Max.X)/2, (b.Min.Y+b.Max.Y)/2
	return Plane{lon: lon, lat: lat, kx: kmPerDegree * math.Cos(lat*math.Pi/180), ky: kmPerDegree}
}

// Km returns a place in degrees as kilometres on the plane.
func (pl Plane) Km(p Point) Point {
	return Point{(p.X - pl.lon) * pl.kx, (p.Y - pl.lat) * pl.ky}
}

// Degrees returns a place on the plane as longitude and latitude.
func (pl Plane) Degrees(p Point) Point {
	return Point{p.X/pl.kx + pl.lon, p.Y/pl.ky + pl.lat}
}
