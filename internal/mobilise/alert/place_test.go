package alert

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"bilin/internal/cap"
	"bilin/internal/geo"
)

// county is a city of two towns: one in the west with two villages, one in the
// east with a village, and one village whose place nobody knows.
func county() *ground {
	at := func(x, y float64) geo.Point { return geo.Point{X: x, Y: y} }
	return &ground{
		city:  division{"city", "430182000000", "宁乡市"},
		towns: []division{{"west", "430182001000", "玉潭街道"}, {"east", "430182002000", "白马桥街道"}},
		villages: []village{
			{"a", "430182001001", at(112.50, 28.20), true}, {"b", "430182001002", at(112.55, 28.25), true},
			{"c", "430182002001", at(112.70, 28.30), true}, {"d", "430182002002", geo.Point{}, false},
		},
	}
}

func square(lon, lat, half float64) []cap.Point {
	return []cap.Point{{Lat: lat - half, Lon: lon - half}, {Lat: lat - half, Lon: lon + half}, {Lat: lat + half, Lon: lon + half}, {Lat: lat + half, Lon: lon - half}, {Lat: lat - half, Lon: lon - half}}
}

func coded(values ...string) cap.Area {
	a := cap.Area{Desc: "代码"}
	for _, v := range values {
		a.Geocodes = append(a.Geocodes, cap.Value{Name: "code", Value: v})
	}
	return a
}

func TestWhichVillagesAnAreaTouches(t *testing.T) {
	for name, c := range map[string]struct {
		area cap.Area
		want []string
		told bool
	}{
		"a village's code":           {coded("430182001002"), []string{"b"}, true},
		"a town's":                   {coded("430182001000"), []string{"a", "b"}, true},
		"a town's in nine digits":    {coded("430182002"), []string{"c", "d"}, true},
		"the city's":                 {coded("430182000000"), []string{"a", "b", "c", "d"}, true},
		"the city's in six digits":   {coded("430182"), []string{"a", "b", "c", "d"}, true},
		"the prefecture's":           {coded("430100"), []string{"a", "b", "c", "d"}, true},
		"the province's":             {coded("430000000000"), []string{"a", "b", "c", "d"}, true},
		"two codes":                  {coded("430182001001", "430182002001"), []string{"a", "c"}, true},
		"another county's":           {coded("430181000000"), nil, true},
		"another country's":          {coded("006037"), nil, false},
		"all of another country":     {coded("000000"), nil, false},
		"a code too short":           {coded("43018"), nil, false},
		"a code too long":            {coded("4301820010010"), nil, false},
		"letters":                    {coded("AU-NSW"), nil, false},
		"a polygon":                  {cap.Area{Polygons: [][]cap.Point{square(112.5, 28.2, 0.1)}}, []string{"a", "b"}, true},
		"a circle":                   {cap.Area{Circles: []cap.Circle{{Point: cap.Point{Lat: 28.3, Lon: 112.7}, Radius: 2}}}, []string{"c"}, true},
		"a circle just too small":    {cap.Area{Circles: []cap.Circle{{Point: cap.Point{Lat: 28.2, Lon: 112.5}, Radius: 7}}}, []string{"a"}, true},
		"a circle just large enough": {cap.Area{Circles: []cap.Circle{{Point: cap.Point{Lat: 28.2, Lon: 112.5}, Radius: 7.6}}}, []string{"a", "b"}, true},
		"a fire between villages":    {cap.Area{Circles: []cap.Circle{{Point: cap.Point{Lat: 28.31, Lon: 112.72}}}}, []string{"c"}, true},
		"a small shape near one":     {cap.Area{Polygons: [][]cap.Point{square(112.52, 28.21, 0.005)}}, []string{"a"}, true},
		"a shape far away":           {cap.Area{Polygons: [][]cap.Point{square(113.5, 28.2, 0.1)}}, nil, true},
		"a shape with a code":        {cap.Area{Polygons: [][]cap.Point{square(112.7, 28.3, 0.01)}, Geocodes: coded("430182001001").Geocodes}, []string{"a", "c"}, true},
		"a town in words":            {cap.Area{Desc: "宁乡市玉潭街道及周边"}, []string{"a", "b"}, true},
		"the city in words":          {cap.Area{Desc: "长沙县、宁乡市"}, []string{"a", "b", "c", "d"}, true},
		"words that name another":    {cap.Area{Desc: "浏阳市"}, nil, false},
		"nothing":                    {cap.Area{}, nil, false},
	} {
		got, told := county().touched([]cap.Area{c.area})
		if !slices.Equal(got, c.want) || told != c.told {
			t.Errorf("%s: %v %v, want %v %v", name, got, told, c.want, c.told)
		}
	}
}

// A village is touched exactly if one of the areas holds it, and areas only add.
func TestTouchedIsTheUnionOfAreas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lon, lat := rapid.Float64Range(112.3, 112.9), rapid.Float64Range(28, 28.5)
		one := rapid.Custom(func(t *rapid.T) cap.Area {
			if rapid.Bool().Draw(t, "round") {
				return cap.Area{Circles: []cap.Circle{{Point: cap.Point{Lat: lat.Draw(t, "lat"), Lon: lon.Draw(t, "lon")}, Radius: rapid.Float64Range(0, 60).Draw(t, "r")}}}
			}
			return cap.Area{Polygons: [][]cap.Point{square(lon.Draw(t, "lon"), lat.Draw(t, "lat"), rapid.Float64Range(0.001, 0.5).Draw(t, "half"))}}
		})
		areas := rapid.SliceOfN(one, 1, 4).Draw(t, "areas")
		g := county()
		together, _ := g.touched(areas)
		held := map[string]bool{}
		for _, a := range areas {
			for _, v := range g.villages {
				held[v.id] = held[v.id] || v.placed && holds(a, v.at)
			}
		}
		any := held["a"] || held["b"] || held["c"]
		for _, v := range g.villages {
			if any && slices.Contains(together, v.id) != held[v.id] {
				t.Fatalf("%s: %v, held %v", v.id, together, held)
			}
		}
		if !any && len(together) > 1 {
			t.Fatalf("nearest: %v", together)
		}
	})
}

func TestDistances(t *testing.T) {
	a, b := geo.Point{X: 112.5, Y: 28.2}, geo.Point{X: 112.5, Y: 29.2}
	if d := kilometres(a, b); math.Abs(d-111.2) > 0.1 {
		t.Errorf("a degree is %.1f km", d)
	}
	if d := fromLine(a, geo.Point{X: 112.4, Y: 28.3}, geo.Point{X: 112.6, Y: 28.3}); math.Abs(d-11.12) > 0.05 {
		t.Errorf("from a line: %.2f km", d)
	}
	if d := fromLine(a, a, a); d != 0 {
		t.Errorf("from itself: %.2f km", d)
	}
}

func TestThePolygonOfASuggestion(t *testing.T) {
	box := cap.Area{Polygons: [][]cap.Point{square(112.5, 28.2, 0.1)}}
	if got := drawn([]cap.Area{box}); len(got) != 4 || got[0] != (geo.Point{X: 112.5 - 0.1, Y: square(112.5, 28.2, 0.1)[0].Lat}) {
		t.Errorf("%v", got)
	}
	many := make([]cap.Point, maxCorners+2)
	for name, areas := range map[string][]cap.Area{
		"two": {box, box}, "beside a circle": {box, {Circles: []cap.Circle{{}}}}, "beside a code": {box, coded("430182")}, "none": {{Desc: "x"}}, "too many corners": {{Polygons: [][]cap.Point{many}}},
	} {
		if got := drawn(areas); got != nil {
			t.Errorf("%s: %v", name, got)
		}
	}
}
