package alertweb

import (
	"context"
	"math"

	"bilin/internal/cap"
	"bilin/internal/geo"
	"bilin/internal/mobilise/alert"
	"bilin/internal/network"
)

// How the map is drawn.
const (
	width, height = 560, 460
	margin        = 12
	detail        = 0.001 // degrees by which the outline may stray
	circleCorners = 48
	room          = 0.05 // degrees around villages where there is no outline
)

// dot is a village; Hit says that the alert touches it.
type dot struct {
	X, Y float64
	Name string
	Hit  bool
}

// drawing is a map of the city with an alert's areas.
type drawing struct {
	Width, Height int
	Outline       string
	Areas         []string
	Dots          []dot
}

// draw returns the map, or nil if there is nothing to show on it.
func (p *Pages) draw(ctx context.Context, d *alert.Detail) (*drawing, error) {
	tree := p.o.Tree()
	if len(d.Areas) == 0 || tree.Root() == nil {
		return nil, nil
	}
	outline, err := p.o.Outline(ctx)
	if err != nil {
		return nil, err
	}
	ground := outline.Simplify(detail)
	if len(outline) == 0 {
		ground = around(tree)
	}
	if len(ground) == 0 {
		return nil, nil
	}
	canvas := geo.NewCanvas(ground, width, height, margin)
	m := &drawing{Width: int(canvas.Width), Height: int(canvas.Height)}
	if len(outline) > 0 {
		m.Outline = canvas.Path(ground)
	}
	for _, shape := range shapes(d.Areas) {
		m.Areas = append(m.Areas, canvas.Path(geo.Shape{shape}))
	}
	for _, v := range tree.Units(network.Village) {
		if !v.Placed {
			continue
		}
		at := canvas.At(geo.Point{X: v.Lon, Y: v.Lat})
		m.Dots = append(m.Dots, dot{at.X, at.Y, v.Name, hit(tree, d.UnitIDs, v.ID)})
	}
	if len(m.Dots) == 0 && len(m.Areas) == 0 {
		return nil, nil
	}
	return m, nil
}

func hit(tree *network.Tree, units []string, id string) bool {
	for _, u := range units {
		if tree.Contains(u, id) {
			return true
		}
	}
	return false
}

// around is a frame that holds every village.
func around(tree *network.Tree) geo.Shape {
	var all geo.Ring
	for _, v := range tree.Units(network.Village) {
		if v.Placed {
			all = append(all, geo.Point{X: v.Lon, Y: v.Lat})
		}
	}
	if len(all) == 0 {
		return nil
	}
	b := geo.Shape{all}.Bounds()
	return geo.Shape{{{X: b.Min.X - room, Y: b.Min.Y - room}, {X: b.Max.X + room, Y: b.Min.Y - room}, {X: b.Max.X + room, Y: b.Max.Y + room}, {X: b.Min.X - room, Y: b.Max.Y + room}}}
}

// shapes are an alert's polygons, and its circles as polygons.
func shapes(areas []cap.Area) (out []geo.Ring) {
	for _, a := range areas {
		for _, polygon := range a.Polygons {
			var r geo.Ring
			for _, p := range polygon {
				r = append(r, geo.Point{X: p.Lon, Y: p.Lat})
			}
			out = append(out, r)
		}
		for _, c := range a.Circles {
			centre := geo.Point{X: c.Lon, Y: c.Lat}
			pl := geo.PlaneOf(geo.Shape{{centre}})
			var r geo.Ring
			for i := range circleCorners {
				sin, cos := math.Sincos(2 * math.Pi * float64(i) / circleCorners)
				r = append(r, pl.Degrees(geo.Point{X: c.Radius * cos, Y: c.Radius * sin}))
			}
			out = append(out, r)
		}
	}
	return out
}
