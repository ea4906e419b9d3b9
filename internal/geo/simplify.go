package geo

// Simplify drops the points of each ring that lie within tolerance of the line
// through those kept (Douglas and Peucker). A ring that would vanish is dropped.
func (s Shape) Simplify(tolerance float64) Shape {
	var out Shape
	for _, r := range s {
		if thin := r.simplify(tolerance); len(thin) >= 3 {
			out = append(out, thin)
		}
	}
	return out
}

func (r Ring) simplify(tolerance float64) Ring {
	if len(r) < 4 {
		return r
	}
	far := 0 // the ring is cut open at its first point and at the one farthest from it
	for i, p := range r {
		if r[0].dist2(p) > r[0].dist2(r[far]) {
			far = i
		}
	}
	keep := make([]bool, len(r)+1)
	closed := append(append(Ring{}, r...), r[0])
	keep[0], keep[far] = true, true
	thin(closed, keep, 0, far, tolerance*tolerance)
	thin(closed, keep, far, len(r), tolerance*tolerance)
	var out Ring
	for i, p := range r {
		if keep[i] {
			out = append(out, p)
		}
	}
	return out
}

func thin(line Ring, keep []bool, from, to int, limit float64) {
	worst, at := limit, -1
	for i := from + 1; i < to; i++ {
		if d := offset2(line[i], line[from], line[to]); d > worst {
			worst, at = d, i
		}
	}
	if at < 0 {
		return
	}
	keep[at] = true
	thin(line, keep, from, at, limit)
	thin(line, keep, at, to, limit)
}

// offset2 returns the square of the distance from p to the piece of line a–b.
func offset2(p, a, b Point) float64 {
	ab, length := b.sub(a), a.dist2(b)
	if length == 0 {
		return p.dist2(a)
	}
	ap := p.sub(a)
	t := (ap.X*ab.X + ap.Y*ab.Y) / length
	return p.dist2(a.toward(b, min(1, max(0, t))))
}
