package geo

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const demoData = "../demo/data/"

func countyOutline(t testing.TB) Shape {
	t.Helper()
	raw, err := os.ReadFile(demoData + "ningxiang_county.geojson")
	if err != nil {
		t.Fatal(err)
	}
	s, err := ParseOutline(raw)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func records(t testing.TB, name string) [][]string {
	t.Helper()
	f, err := os.Open(demoData + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

// countyTowns reads the demo city's towns as the demo does.
func countyTowns(t testing.TB) ([]Town, []string) {
	t.Helper()
	var towns []Town
	var names []string
	index := map[string]int{}
	for _, rec := range records(t, "ningxiang_divisions.csv") {
		switch rec[2] {
		case "township":
			index[rec[0]] = len(towns)
			towns, names = append(towns, Town{}), append(names, rec[1])
		case "village":
			towns[index[rec[3]]].Villages++
		}
	}
	for _, rec := range records(t, "ningxiang_township_points.csv") {
		lon, err1 := strconv.ParseFloat(rec[2], 64)
		lat, err2 := strconv.ParseFloat(rec[3], 64)
		if err1 == nil && err2 == nil {
			tw := &towns[index[rec[0]]]
			tw.Seat, tw.Known = Point{lon, lat}, true
		}
	}
	for _, rec := range records(t, "ningxiang_town_neighbours.csv") {
		for code := range strings.FieldsSeq(rec[2]) {
			i := index[rec[0]]
			towns[i].Near = append(towns[i].Near, index[code])
		}
	}
	return towns, names
}

func TestLayOutOfTheCounty(t *testing.T) {
	outline := countyOutline(t)
	towns, names := countyTowns(t)
	start := time.Now()
	placed := LayOut(outline, towns)
	t.Logf("laid out in %v", time.Since(start))
	approx, villages := 0, map[Point]bool{}
	for i, p := range placed {
		if p.Approx {
			approx++
			t.Logf("%s about %.3f %.3f", names[i], p.Seat.X, p.Seat.Y)
		}
		if !outline.Contains(p.Seat) {
			t.Errorf("seat of %s lies outside", names[i])
		}
		for _, v := range p.Villages {
			if !outline.Contains(v) {
				t.Errorf("a village of %s lies outside", names[i])
			}
			villages[v] = true
		}
	}
	if approx != 10 || len(villages) != 278 {
		t.Errorf("%d approximate seats and %d distinct villages, want 10 and 278", approx, len(villages))
	}
	again := LayOut(outline, towns)
	for i := range placed {
		if again[i].Seat != placed[i].Seat {
			t.Fatalf("%s moved between two runs", names[i])
		}
	}
}

func TestCellsOfTheCounty(t *testing.T) {
	outline := countyOutline(t)
	towns, _ := countyTowns(t)
	var sites []Point
	for _, p := range LayOut(outline, towns) {
		sites = append(sites, p.Villages...)
	}
	start := time.Now()
	cells := Voronoi(outline, sites)
	took := time.Since(start)
	t.Logf("%d cells in %v", len(cells), took)
	if took > time.Second {
		t.Errorf("took %v", took)
	}
	checkCells(t, outline, sites, cells)
}

// checkCells holds what makes a tessellation: it covers the outline, nothing
// twice, and each point of the ground belongs to its nearest site.
func checkCells(t interface {
	Errorf(string, ...any)
	Helper()
}, outline Shape, sites []Point, cells []Cell) {
	t.Helper()
	sum := 0.0
	for i, c := range cells {
		sum += c.Shape.Area()
		if c.Shape.Area() < 0 {
			t.Errorf("cell %d has area %g", i, c.Shape.Area())
		}
	}
	if want := outline.Area(); math.Abs(sum-want) > 1e-6*want {
		t.Errorf("cells cover %g of %g", sum, want)
	}
	pl, b := PlaneOf(outline), outline.Bounds()
	for n := range 400 {
		p := Point{b.Min.X + (b.Max.X-b.Min.X)*halton(n+1, 2), b.Min.Y + (b.Max.Y-b.Min.Y)*halton(n+1, 3)}
		checkPoint(t, pl, p, outline, sites, cells)
	}
	for i, s := range sites {
		if outline.Contains(s) && !onEdge(outline, s) && len(cells[i].Shape) > 0 && !cells[i].Shape.Contains(s) {
			t.Errorf("cell %d doesn't hold its site %v", i, s)
		}
	}
}

// onEdge reports whether a point lies on an outline's very edge: on which side of
// it is decided by the last bit, and a cell's edge is computed anew.
func onEdge(outline Shape, p Point) bool {
	for _, r := range outline {
		for i, a := range r {
			b := r[(i+1)%len(r)]
			along := Point{b.X - a.X, b.Y - a.Y}
			off := math.Abs(along.X*(p.Y-a.Y)-along.Y*(p.X-a.X)) / math.Hypot(along.X, along.Y)
			if at := (along.X*(p.X-a.X) + along.Y*(p.Y-a.Y)) / (along.X*along.X + along.Y*along.Y); off < 1e-9 && at > -1e-9 && at < 1+1e-9 {
				return true
			}
		}
	}
	return false
}

func checkPoint(t interface {
	Errorf(string, ...any)
	Helper()
}, pl Plane, p Point, outline Shape, sites []Point, cells []Cell) {
	t.Helper()
	var holders []int
	for i, c := range cells {
		if c.Shape.Contains(p) {
			holders = append(holders, i)
		}
	}
	if !outline.Contains(p) {
		if len(holders) > 0 {
			t.Errorf("%v lies outside, but in cells %v", p, holders)
		}
		return
	}
	if len(holders) != 1 {
		t.Errorf("%v lies in cells %v", p, holders)
		return
	}
	mine := pl.Km(sites[holders[0]]).dist2(pl.Km(p))
	for j, s := range sites {
		if pl.Km(s).dist2(pl.Km(p)) < mine-1e-9 {
			t.Errorf("%v lies in cell %d, but nearer to %d", p, holders[0], j)
		}
	}
}

// halton spreads points evenly without chance.
func halton(i, base int) float64 {
	f, out := 1.0, 0.0
	for ; i > 0; i /= base {
		f /= float64(base)
		out += f * float64(i%base)
	}
	return out
}

// TestCellsOfAnyOutline draws star-shaped outlines that bend in sharply, with
// a hole, and any sites, some outside, some at one place.
func TestCellsOfAnyOutline(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		outline := Shape{}
		var ring Ring
		n := rapid.IntRange(3, 24).Draw(t, "corners")
		for i := range n {
			r := rapid.Float64Range(0.2, 1).Draw(t, "radius")
			a := 2 * math.Pi * float64(i) / float64(n)
			ring = append(ring, Point{112 + r*math.Cos(a), 28 + r*math.Sin(a)})
		}
		outline = append(outline, ring)
		if rapid.Bool().Draw(t, "hole") {
			outline = append(outline, Ring{{111.97, 28}, {112, 28.03}, {112.04, 28}, {112, 27.98}})
		}
		var sites []Point
		for range rapid.IntRange(1, 15).Draw(t, "sites") {
			sites = append(sites, Point{
				112 + float64(rapid.IntRange(-20, 20).Draw(t, "x"))/20, 28 + float64(rapid.IntRange(-20, 20).Draw(t, "y"))/20,
			})
		}
		checkCells(t, outline, sites, Voronoi(outline, sites))
	})
}

func TestSimplifyKeepsTheArea(t *testing.T) {
	outline := countyOutline(t)
	thin := outline.Simplify(0.0015)
	if len(thin[0]) > len(outline[0])/2 {
		t.Errorf("%d of %d points kept", len(thin[0]), len(outline[0]))
	}
	if d := math.Abs(thin.Area()/outline.Area() - 1); d > 0.005 {
		t.Errorf("area changed by %.2f%%", 100*d)
	}
}
