package geo

import (
	"cmp"
	"slices"
)

// Cell is the ground of the outline that is nearer to one site than to any other.
type Cell struct {
	Shape   Shape
	Borders []Border
}

// Border is one straight piece of a cell's edge.
type Border struct {
	From, To Point
	Across   int // the site on the other side; negative where the outline is
}

// Voronoi returns one cell per site, clipped to the outline. Sites and outline
// are in degrees, distances are measured on the outline's plane. A site that
// shares its place with an earlier one gets no ground.
func Voronoi(outline Shape, sites []Point) []Cell {
	pl := PlaneOf(outline)
	flat := outline.mapPoints(pl.Km)
	points := make([]Point, len(sites))
	for i, s := range sites {
		points[i] = pl.Km(s)
	}
	cells := make([]Cell, len(sites))
	for i, loops := range tessellate(flat, points) {
		cells[i] = cellOf(loops, pl)
	}
	return cells
}

// tessellate is Voronoi on the plane.
func tessellate(outline Shape, sites []Point) [][]loop {
	ground := loopsOf(outline)
	frame := outline.Bounds()
	for _, s := range sites {
		frame.Min = Point{min(frame.Min.X, s.X), min(frame.Min.Y, s.Y)}
		frame.Max = Point{max(frame.Max.X, s.X), max(frame.Max.Y, s.Y)}
	}
	out := make([][]loop, len(sites))
	for i := range sites {
		cuts, ok := neighbours(i, sites, frame.grown(1))
		if !ok {
			continue
		}
		loops := ground
		for _, h := range cuts {
			loops = clip(loops, h)
		}
		out[i] = loops
	}
	return out
}

// neighbours returns the half-planes that bound site i's cell inside the
// frame; not ok if an earlier site is at the same place.
func neighbours(i int, sites []Point, frame Ring) ([]halfPlane, bool) {
	me, order := sites[i], make([]int, 0, len(sites))
	for j := range sites {
		if j != i {
			order = append(order, j)
		}
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(me.dist2(sites[a]), me.dist2(sites[b])), a-b)
	})
	cell := loopsOf(Shape{frame})
	cuts := map[int]halfPlane{}
	for _, j := range order {
		d := me.dist2(sites[j])
		if d == 0 {
			if j < i {
				return nil, false
			}
			continue
		}
		if d > 4*farthest(me, cell) {
			break // its bisector passes beyond the cell
		}
		h := bisector(me, sites[j], j)
		cell = clip(cell, h)
		cuts[j] = h
	}
	return bounding(cell, cuts), true
}

// bounding keeps the half-planes that left an edge on the cell.
func bounding(cell []loop, cuts map[int]halfPlane) []halfPlane {
	var out []halfPlane
	for _, l := range cell {
		for _, c := range l {
			if h, ok := cuts[c.across]; ok {
				out = append(out, h)
				delete(cuts, c.across)
			}
		}
	}
	return out
}

// farthest returns the square of the distance from p to the cell's last corner.
func farthest(p Point, cell []loop) float64 {
	far := 0.0
	for _, l := range cell {
		for _, c := range l {
			far = max(far, p.dist2(c.Point))
		}
	}
	return far
}

func loopsOf(s Shape) []loop {
	out := make([]loop, len(s))
	for i, r := range s {
		out[i] = make(loop, len(r))
		for j, p := range r {
			out[i][j] = corner{p, outlineEdge}
		}
	}
	return out
}

func shapeOf(loops []loop) Shape {
	out := make(Shape, len(loops))
	for i, l := range loops {
		out[i] = make(Ring, len(l))
		for j, c := range l {
			out[i][j] = c.Point
		}
	}
	return out
}

func cellOf(loops []loop, pl Plane) Cell {
	c := Cell{Shape: shapeOf(loops).mapPoints(pl.Degrees)}
	for i, l := range loops {
		for j, from := range l {
			to := c.Shape[i][(j+1)%len(l)]
			c.Borders = append(c.Borders, Border{From: c.Shape[i][j], To: to, Across: from.across})
		}
	}
	return c
}
