package networkweb

import (
	"net/http"

	"bilin/internal/geo"
	"bilin/internal/network"
)

// picture is a map as the server draws it: the face of the map without
// scripts, and the source of the GeoJSON with them.
type picture struct {
	Width, Height int
	Outline       string
	Areas         []area
	Borders       []string
	Rings         []spot
	Seats         []spot
	Names         []spot // of villages, on a town's map
	ground        geo.Shape
	borders       [][]geo.Border
}

// area is a village's cell.
type area struct {
	Path, Label, Hint, Href string
	Line                    string // colour of its edge
	Shade                   shade
	cell                    int
}

// spot is a ring or a town's seat.
type spot struct {
	X, Y, R     float64
	TextY       float64
	Label, Hint string
	Href        string
	Approx      bool
	Quiet       bool // its name is only said when pointed at
	Near        bool // crowded by a neighbour: its name goes below the point
	at          geo.Point
}

func (pic *picture) approx() int {
	n := 0
	for _, s := range pic.Seats {
		if s.Approx {
			n++
		}
	}
	return n
}

// picture draws a unit's map as far as the reader may see it.
func (p *Pages) picture(r *http.Request, t *network.Tree, d *drawn, u *network.Unit) *picture {
	only, tr := "", p.web.T(r)
	if u.Level == network.Town {
		only = u.ID
	}
	pic := &picture{ground: d.ground(only)}
	canvas := geo.NewCanvas(pic.ground, svgWidth, svgHeight, svgMargin)
	pic.Width, pic.Height = int(canvas.Width), int(canvas.Height)
	if only == "" {
		pic.Outline = canvas.Path(d.outline)
	}
	for i, pl := range d.plots {
		v := t.ByID(pl.village)
		if only != "" && pl.town != only || v == nil || len(d.cells[i].Shape) == 0 {
			continue
		}
		pic.addVillage(t, d, canvas, i, p.shadeFor(r, t, v), tr)
		if only != "" {
			at := canvas.At(pl.at)
			pic.Names = append(pic.Names, spot{X: at.X, Y: at.Y, TextY: at.Y + 20, at: pl.at, Label: v.Name})
		}
	}
	for _, town := range t.Children(t.Root()) {
		if only != "" && town.ID != only {
			continue
		}
		pic.borders = append(pic.borders, d.border[town.ID])
		pic.Borders = append(pic.Borders, canvas.Lines(d.border[town.ID]))
		if town.Placed {
			pic.Seats = append(pic.Seats, seatOf(canvas, town, tr))
		}
	}
	crowded(pic.Seats)
	if only != "" { // the villages' names take the room
		for i := range pic.Seats {
			pic.Seats[i].Quiet = true
		}
	}
	return pic
}

func (pic *picture) addVillage(t *network.Tree, d *drawn, canvas geo.Canvas, i int, s shade, tr func(string, ...any) string) {
	v := t.ByID(d.plots[i].village)
	a := area{Path: canvas.Path(d.cells[i].Shape), Shade: s, cell: i, Line: lineColour, Label: t.PathName(v, " · ")}
	if s.Name == shades[shadeHidden].Name {
		a.Hint, a.Href, a.Line = tr("network.page.map_hidden"), publicPath(v), hiddenLine
		pic.Areas = append(pic.Areas, a)
		return
	}
	c := t.Coverage(v.ID)
	a.Href, a.Hint = unitPath(v), tr("network.page.map_hint", "covered", c.Covered, "households", c.Households, "vacant", c.VacantPosts)
	pic.Areas = append(pic.Areas, a)
	if c.Uncovered > 0 {
		at := canvas.At(d.plots[i].at)
		pic.Rings = append(pic.Rings, spot{
			X: at.X, Y: at.Y, R: ring(c.Uncovered), at: d.plots[i].at, Label: a.Label, Href: a.Href,
			Hint: tr("network.page.map_ring", "n", c.Uncovered),
		})
	}
}

func seatOf(canvas geo.Canvas, town *network.Unit, tr func(string, ...any) string) spot {
	at := geo.Point{X: town.Lon, Y: town.Lat}
	drawn := canvas.At(at)
	s := spot{X: drawn.X, Y: drawn.Y, R: 4, TextY: drawn.Y - 8, at: at, Label: town.Name, Href: mapPath(town), Approx: town.Approx}
	s.Hint = tr("network.page.seat_known")
	if town.Approx {
		s.Hint = tr("network.page.seat_approx")
	}
	return s
}

// crowded moves a seat's name below its point where another's is close above.
func crowded(seats []spot) {
	for i := range seats {
		for j := range seats {
			dx, dy := seats[i].X-seats[j].X, seats[i].Y-seats[j].Y
			if i != j && dx > -70 && dx < 70 && dy >= 0 && dy < 26 && !seats[j].Near {
				seats[i].Near = true
				seats[i].TextY = seats[i].Y + 18
			}
		}
	}
}

// features writes the picture for the map script.
func (pic *picture) features(d *drawn) []geo.Feature {
	var out []geo.Feature
	for _, a := range pic.Areas {
		out = append(out, geo.NewFeature(d.cells[a.cell].Shape.MultiPolygon(),
			look{Fill: a.Shade.Fill, Stroke: a.Line, Width: 0.8, Label: a.Label, Hint: a.Hint, Href: a.Href}))
	}
	for _, b := range pic.borders {
		out = append(out, geo.NewFeature(geo.MultiLine(b), look{Stroke: townColour, Width: 1.3}))
	}
	for _, s := range pic.Rings {
		out = append(out, geo.NewFeature(geo.PointGeometry(s.at),
			look{Fill: "rgba(143,29,29,0.18)", Stroke: ringColour, Radius: s.R, Label: s.Label, Hint: s.Hint, Href: s.Href}))
	}
	for _, s := range pic.Names {
		out = append(out, geo.NewFeature(geo.PointGeometry(s.at), look{Fill: seatColour, Radius: 0.1, Caption: s.Label}))
	}
	for _, s := range pic.Seats {
		l := look{Fill: seatColour, Stroke: lineColour, Radius: s.R + 1, Label: s.Label, Hint: s.Hint, Href: s.Href}
		if !s.Quiet {
			l.Caption = s.Label
		}
		if s.Approx {
			l.Fill, l.Stroke = lineColour, seatColour
		}
		out = append(out, geo.NewFeature(geo.PointGeometry(s.at), l))
	}
	return out
}

func (pic *picture) box() *[4]float64 {
	b := pic.ground.Bounds()
	return &[4]float64{b.Min.X, b.Min.Y, b.Max.X, b.Max.Y}
}
