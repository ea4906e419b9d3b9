package geo

import "math"

// Town is what is known of a town before it is laid out.
type Town struct {
	Seat     Point // in degrees, if Known
	Known    bool
	Near     []int // towns it lies beside, as indexes; used only while its own seat isn't known
	Villages int
}

// Placed is a town on the map.
type Placed struct {
	Seat     Point
	Approx   bool    // the seat was placed by the rule, not taken from a source
	Villages []Point // always synthetic
}

const (
	seatRounds    = 40 // by then seats move less than 100 m
	villageRounds = 12
)

// LayOut places the towns of a city and their villages inside its outline, the
// same for the same input.
//
// A town without a known seat starts at the mean of the known seats of the
// towns it lies beside, and then moves to the middle of the ground that is
// nearer to it than to any other seat, until it rests; known seats never move.
// A town's villages are spread over the ground nearest to its seat in the same
// way, the first at the seat itself.
func LayOut(outline Shape, towns []Town) []Placed {
	pl := PlaneOf(outline)
	flat := outline.mapPoints(pl.Km)
	seats := settleSeats(flat, startingSeats(flat, pl, towns), towns)
	ground := tessellate(flat, seats)
	out := make([]Placed, len(towns))
	for i, t := range towns {
		out[i] = Placed{Seat: pl.Degrees(seats[i]), Approx: !t.Known}
		for _, v := range spread(shapeOf(ground[i]), seats[i], t.Villages) {
			out[i].Villages = append(out[i].Villages, pl.Degrees(v))
		}
	}
	return out
}

func startingSeats(flat Shape, pl Plane, towns []Town) []Point {
	seats := make([]Point, len(towns))
	middle, _ := flat.Centroid()
	for i, t := range towns {
		if t.Known {
			seats[i] = pl.Km(t.Seat)
			continue
		}
		var sum Point
		n := 0.0
		for _, j := range t.Near {
			if towns[j].Known {
				q := pl.Km(towns[j].Seat)
				sum, n = Point{sum.X + q.X, sum.Y + q.Y}, n+1
			}
		}
		seats[i] = middle
		if n > 0 {
			seats[i] = Point{sum.X / n, sum.Y / n}
		}
		// Two towns with the same neighbours must not start at one place.
		seats[i].X += 0.01 * float64(i+1)
	}
	return seats
}

func settleSeats(flat Shape, seats []Point, towns []Town) []Point {
	for range seatRounds {
		seats = relaxed(flat, seats, func(i int) bool { return towns[i].Known })
	}
	return seats
}

// relaxed moves each site that isn't fixed to the middle of its own ground.
func relaxed(ground Shape, sites []Point, fixed func(i int) bool) []Point {
	out := make([]Point, len(sites))
	copy(out, sites)
	for i, loops := range tessellate(ground, sites) {
		if fixed(i) {
			continue
		}
		if c, ok := shapeOf(loops).Centroid(); ok && ground.Contains(c) {
			out[i] = c
		}
	}
	return out
}

// spread returns n places on the ground, the first at the seat.
func spread(ground Shape, seat Point, n int) []Point {
	if n == 0 {
		return nil
	}
	points := append([]Point{seat}, spiral(ground, seat, n-1)...)
	for range villageRounds {
		points = relaxed(ground, points, func(i int) bool { return i == 0 })
	}
	return points
}

// spiral returns n points on the ground along a sunflower's spiral around the
// seat, which is dense without two points meeting.
func spiral(ground Shape, seat Point, n int) []Point {
	step := math.Sqrt(max(ground.Area(), 0.01)/math.Pi/float64(n+1)) * 0.9
	turn := math.Pi * (3 - math.Sqrt(5))
	var out []Point
	for k := 1; len(out) < n; k++ {
		if k > 1000*n { // hardly any ground around the seat: a tight knot is still a place
			step, k = step/10, 1
		}
		r, a := step*math.Sqrt(float64(k)), turn*float64(k)
		p := Point{seat.X + r*math.Cos(a), seat.Y + r*math.Sin(a)}
		if ground.Contains(p) || step < 1e-6 {
			out = append(out, p)
		}
	}
	return out
}
