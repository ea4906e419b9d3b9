package geo

import (
	"cmp"
	"slices"
)

// outlineEdge marks an edge that is part of the outline itself.
const outlineEdge = -1

// corner is a ring's point and what lies across the edge that begins there:
// outlineEdge, or the site whose bisector cut it.
type corner struct {
	Point
	across int
}

type loop []corner

// halfPlane is the ground where the point a is nearer than the point b.
type halfPlane struct {
	mid, normal Point // the bisector's middle; from it toward a
	across      int   // b's index
}

func bisector(a, b Point, across int) halfPlane {
	return halfPlane{mid: a.toward(b, 0.5), normal: a.sub(b), across: across}
}

// depth is positive inside the half-plane.
func (h halfPlane) depth(p Point) float64 {
	d := p.sub(h.mid)
	return d.X*h.normal.X + d.Y*h.normal.Y
}

// along orders points on the bisector, with the kept ground to the left.
func (h halfPlane) along(p Point) float64 {
	d := p.sub(h.mid)
	return d.X*h.normal.Y - d.Y*h.normal.X
}

// chain is a stretch of a ring inside the half-plane: it comes in over the
// bisector at its first corner and leaves over it at its last.
type chain struct {
	corners  loop
	in, out  float64
	consumed bool
}

// clip keeps the part of the loops inside the half-plane. The loops may bend
// in and may have holes: leaving over the bisector at the k-th place along it,
// the boundary comes back at the k-th place where it enters.
func clip(loops []loop, h halfPlane) []loop {
	var kept []loop
	var chains []*chain
	for _, l := range loops {
		whole, parts := cut(l, h)
		if whole {
			kept = append(kept, l)
		}
		chains = append(chains, parts...)
	}
	return append(kept, join(chains, h.across)...)
}

// cut returns the loop's stretches inside the half-plane, or whole if it never leaves.
func cut(l loop, h halfPlane) (whole bool, parts []*chain) {
	depths, start := make([]float64, len(l)), -1
	anyIn := false
	for i, c := range l {
		depths[i] = h.depth(c.Point)
		anyIn = anyIn || depths[i] >= 0
	}
	for i := range l {
		if depths[i] < 0 && depths[(i+1)%len(l)] >= 0 {
			start = i
			break
		}
	}
	if start < 0 {
		return anyIn, nil
	}
	return false, stretches(l, depths, start, h)
}

// stretches walks the loop once from the edge at start, which enters the half-plane.
func stretches(l loop, depths []float64, start int, h halfPlane) []*chain {
	var parts []*chain
	var at *chain
	for k := range l {
		i := (start + k) % len(l)
		j := (i + 1) % len(l)
		in, next := depths[i] >= 0, depths[j] >= 0
		if in {
			at.corners = append(at.corners, l[i])
		}
		if in == next {
			continue
		}
		p := l[i].toward(l[j].Point, depths[i]/(depths[i]-depths[j]))
		if next {
			at = &chain{corners: loop{{p, l[i].across}}, in: h.along(p)}
			parts = append(parts, at)
			continue
		}
		at.corners = append(at.corners, corner{p, h.across})
		at.out = h.along(p)
	}
	return parts
}

// join links the chains along the bisector into closed loops.
func join(chains []*chain, across int) []loop {
	byIn, byOut := slices.Clone(chains), slices.Clone(chains)
	slices.SortStableFunc(byIn, func(a, b *chain) int { return cmp.Compare(a.in, b.in) })
	slices.SortStableFunc(byOut, func(a, b *chain) int { return cmp.Compare(a.out, b.out) })
	next := make(map[*chain]*chain, len(chains))
	for i, c := range byOut {
		next[c] = byIn[i]
	}
	var out []loop
	for _, first := range chains {
		var l loop
		for c := first; !c.consumed; c = next[c] {
			c.consumed = true
			l = append(l, c.corners...)
		}
		if len(l) >= 3 {
			out = append(out, l)
		}
	}
	return out
}
