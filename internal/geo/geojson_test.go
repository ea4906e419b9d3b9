package geo

import (
	"encoding/json"
	"math"
	"testing"

	"bilin/internal/errs"
)

func TestParseOutline(t *testing.T) {
	const square = `[[[112,28],[113,28],[113,29],[112,29],[112,28]],[[112.4,28.4],[112.6,28.4],[112.6,28.6],[112.4,28.6],[112.4,28.4]]]`
	for _, tc := range []struct {
		name, in, code string
		area           float64
	}{
		{"polygon with a hole", `{"type":"Polygon","coordinates":` + square + `}`, "", 0.96},
		{"feature", `{"type":"Feature","geometry":{"type":"Polygon","coordinates":` + square + `}}`, "", 0.96},
		{"collection", `{"type":"FeatureCollection","features":[{"geometry":{"type":"MultiPolygon","coordinates":[` + square + `]}}]}`, "", 0.96},
		{"no JSON", `kml`, "geo.outline_unreadable", 0},
		{"a point", `{"type":"Point","coordinates":[112,28]}`, "geo.outline_unreadable", 0},
		{"metres, not degrees", `{"type":"Polygon","coordinates":[[[500000,3000000],[500001,3000000],[500000,3000001]]]}`, "geo.outline_unreadable", 0},
		{"empty", `{"type":"FeatureCollection","features":[]}`, "geo.outline_empty", 0},
		{"feature without ground", `{"type":"Feature","geometry":null}`, "geo.outline_empty", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, err := ParseOutline([]byte(tc.in))
			if (err == nil) != (tc.code == "") || err != nil && errs.CodeOf(err) != tc.code {
				t.Fatalf("error %v, want %q", err, tc.code)
			}
			if math.Abs(s.Area()-tc.area) > 1e-9 {
				t.Errorf("area %g, want %g", s.Area(), tc.area)
			}
		})
	}
}

func TestMultiPolygonRoundTrip(t *testing.T) {
	s := Shape{{{112, 28}, {113, 28}, {113, 29}, {112, 29}}, {{112.4, 28.4}, {112.4, 28.6}, {112.6, 28.6}}}
	raw, err := json.Marshal(NewCollection([]Feature{NewFeature(s.MultiPolygon(), map[string]string{"name": "a"})}))
	if err != nil {
		t.Fatal(err)
	}
	back, err := ParseOutline(raw)
	if err != nil || math.Abs(back.Area()-s.Area()) > 1e-9 {
		t.Errorf("%v came back as %v (%v)", s, back, err)
	}
}

func TestCanvasDrawsNorthUp(t *testing.T) {
	outline := Shape{{{112, 28}, {113, 28}, {113, 29}, {112, 29}}}
	c := NewCanvas(outline, 800, 900, 10)
	south, north := c.At(Point{112, 28}), c.At(Point{112, 29})
	if south.X != 10 || north.Y != 10 || south.Y <= north.Y {
		t.Errorf("south %v, north %v", south, north)
	}
	if flat := NewCanvas(outline, 800, 100, 10); flat.Height > 100 || flat.Width > 800 {
		t.Errorf("%v by %v", flat.Width, flat.Height)
	}
	if got := c.Path(Shape{{{112, 29}, {113, 29}, {112, 28}}}); got[0] != 'M' || got[len(got)-1] != 'Z' {
		t.Errorf("path %q", got)
	}
}

func FuzzParseOutline(f *testing.F) {
	f.Add([]byte(`{"type":"Polygon","coordinates":[[[112,28],[113,28],[113,29]]]}`))
	f.Add([]byte(`{"type":"Feature","geometry":{"type":"MultiPolygon","coordinates":[[[[112,28],[113,28],[113,29]]]]}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := ParseOutline(raw)
		if err == nil && s.Area() <= 0 {
			t.Errorf("accepted an outline of area %g", s.Area())
		}
	})
}
