package geo

import (
	"encoding/json"
	"fmt"
	"math"

	"bilin/internal/errs"
)

// Geometry is a GeoJSON geometry with its coordinates still as they came.
type Geometry struct {
	Type        string          `json:"type"`
	Coordinates json.RawMessage `json:"coordinates"`
}

// Feature is a GeoJSON feature.
type Feature struct {
	Type       string   `json:"type"`
	Properties any      `json:"properties"`
	Geometry   Geometry `json:"geometry"`
}

// Collection is a GeoJSON feature collection.
type Collection struct {
	Type     string    `json:"type"`
	Features []Feature `json:"features"`
}

// NewCollection returns a collection of features.
func NewCollection(features []Feature) Collection {
	return Collection{Type: "FeatureCollection", Features: features}
}

// NewFeature returns a feature with its properties.
func NewFeature(g Geometry, properties any) Feature {
	return Feature{Type: "Feature", Properties: properties, Geometry: g}
}

// MaxOutline is how much of an outline file is taken.
const MaxOutline = 4 << 20

// ParseOutline reads a GeoJSON Feature, FeatureCollection, Polygon or
// MultiPolygon in degrees. Rings are turned the right way round.
func ParseOutline(raw []byte) (Shape, error) {
	if len(raw) > MaxOutline {
		return nil, errs.E(errs.TooLarge, "geo.outline_too_large")
	}
	var doc struct {
		Geometry
		Inner    *Geometry `json:"geometry"`
		Features []struct {
			Geometry Geometry `json:"geometry"`
		} `json:"features"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "geo.outline_unreadable")
	}
	geometries := []Geometry{}
	switch doc.Type {
	case "FeatureCollection":
		for _, f := range doc.Features {
			geometries = append(geometries, f.Geometry)
		}
	case "Feature":
		if doc.Inner != nil {
			geometries = append(geometries, *doc.Inner)
		}
	default:
		geometries = append(geometries, doc.Geometry)
	}
	return shapeOfGeometries(geometries)
}

func shapeOfGeometries(geometries []Geometry) (Shape, error) {
	var out Shape
	for _, g := range geometries {
		polygons, err := g.polygons()
		if err != nil {
			return nil, errs.Wrap(err, errs.Invalid, "geo.outline_unreadable")
		}
		for _, rings := range polygons {
			for i, line := range rings {
				r, err := ringOf(line, i > 0)
				if err != nil {
					return nil, errs.Wrap(err, errs.Invalid, "geo.outline_unreadable")
				}
				out = append(out, r)
			}
		}
	}
	if out.Area() <= 0 {
		return nil, errs.E(errs.Invalid, "geo.outline_empty")
	}
	return out, nil
}

func (g Geometry) polygons() ([][][][]float64, error) {
	switch g.Type {
	case "Polygon":
		var one [][][]float64
		err := json.Unmarshal(g.Coordinates, &one)
		return [][][][]float64{one}, err
	case "MultiPolygon":
		var many [][][][]float64
		err := json.Unmarshal(g.Coordinates, &many)
		return many, err
	}
	return nil, fmt.Errorf("geo: geometry %q is no polygon", g.Type)
}

// ringOf checks a line of positions and turns it counter-clockwise, or clockwise for a hole.
func ringOf(line [][]float64, hole bool) (Ring, error) {
	var r Ring
	for _, pos := range line {
		if len(pos) < 2 || math.Abs(pos[0]) > 180 || math.Abs(pos[1]) > 90 {
			return nil, fmt.Errorf("geo: %v is no longitude and latitude", pos)
		}
		p := Point{pos[0], pos[1]}
		if len(r) == 0 || r[len(r)-1] != p {
			r = append(r, p)
		}
	}
	if len(r) > 1 && r[0] == r[len(r)-1] {
		r = r[:len(r)-1]
	}
	if len(r) < 3 {
		return nil, fmt.Errorf("geo: a ring of %d points", len(r))
	}
	if (r.Area() < 0) != hole {
		r = r.reversed()
	}
	return r, nil
}

// MultiPolygon writes the shape as a GeoJSON geometry, to the metre.
func (s Shape) MultiPolygon() Geometry {
	out := []byte{'['}
	for _, outer := range s {
		if outer.Area() <= 0 {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = appendLine(append(out, '['), outer, true)
		for _, hole := range s {
			if hole.Area() < 0 && outer.Contains(hole[0]) {
				out = appendLine(append(out, ','), hole, true)
			}
		}
		out = append(out, ']')
	}
	return Geometry{Type: "MultiPolygon", Coordinates: append(out, ']')}
}

// MultiLine writes borders as a GeoJSON geometry.
func MultiLine(borders []Border) Geometry {
	out := []byte{'['}
	for i, b := range borders {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendLine(out, Ring{b.From, b.To}, false)
	}
	return Geometry{Type: "MultiLineString", Coordinates: append(out, ']')}
}

// PointGeometry writes a place as a GeoJSON geometry.
func PointGeometry(p Point) Geometry {
	return Geometry{Type: "Point", Coordinates: appendPosition(nil, p)}
}

func appendLine(out []byte, r Ring, closed bool) []byte {
	out = append(out, '[')
	for i, p := range r {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendPosition(out, p)
	}
	if closed {
		out = appendPosition(append(out, ','), r[0])
	}
	return append(out, ']')
}
