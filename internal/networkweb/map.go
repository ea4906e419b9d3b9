package networkweb

import (
	"encoding/json"
	"math"
	"net/http"

	"bilin/internal/geo"
	"bilin/internal/network"
	"bilin/internal/web"
)

// Shares of households covered, in the order of the legend. The colours keep
// their order of lightness for eyes that don't tell red from green, and every
// village with uncovered households also wears a ring that grows with their number.
var shades = []shade{
	{Name: "full", Fill: "#2f8463", From: 1},
	{Name: "most", Fill: "#7cbb98", From: 0.99},
	{Name: "some", Fill: "#cbe3c2", From: 0.97},
	{Name: "few", Fill: "#f3d27a", From: 0.9},
	{Name: "poor", Fill: "#d98a4b", From: 0},
	{Name: "none", Fill: "#e6e3dc", From: -1},
	{Name: "hidden", Fill: "#f4f2ec", From: -2},
}

// The places of the shades that are no share.
const (
	shadeNone   = 5
	shadeHidden = 6
)

type shade struct {
	Name string
	Fill string
	From float64 // the least share of covered households
}

const (
	ringColour  = "#8f1d1d"
	lineColour  = "#ffffff"
	townColour  = "#26332d"
	seatColour  = "#26332d"
	hiddenLine  = "#b9b4a6"
	svgWidth    = 900
	svgHeight   = 700
	svgMargin   = 14
	ringPerRoot = 0.55 // radius of a ring per root of uncovered households
)

func shadeOf(c network.Coverage) shade {
	if c.Households == 0 {
		return shades[shadeNone]
	}
	share := float64(c.Covered) / float64(c.Households)
	for _, s := range shades {
		if share >= s.From {
			return s
		}
	}
	return shades[shadeNone]
}

type mapPage struct {
	web.Base
	Unit    *network.Unit
	Mine    *network.Unit // whose pages the buttons lead to
	Crumbs  []web.Crumb
	Rows    []coverageRow
	Towns   bool // the rows are towns, with seats that may be approximate
	Missing int  // villages without a place
	Shades  []shadeCount
	Picture *picture
	Source  string
	Approx  int // seats drawn hollow
}

type shadeCount struct {
	shade
	N int
}

// showMap draws the city, or one town of it.
func (p *Pages) showMap(w http.ResponseWriter, r *http.Request) error {
	t, u, err := p.asked(r)
	if err != nil {
		return err
	}
	if err := p.require(r, network.ActView, u); err != nil {
		return err
	}
	mine := u
	if u = mapped(t, u); p.can(r, network.ActView, u) {
		mine = u
	}
	d, err := p.chart.at(r.Context(), t)
	if err != nil {
		return err
	}
	page := mapPage{
		Base: p.web.Base(r, "network.page.map_of", "name", u.Name), Unit: u, Mine: mine,
		Crumbs: p.deskCrumbs(r, t, u, mapPath), Towns: u.Level == network.City, Source: "/network/map.geojson?unit=" + u.Code,
	}
	for _, row := range childRows(t, u) {
		if !p.can(r, network.ActView, row.Unit) {
			continue
		}
		row.Href = mapPath(row.Unit)
		if u.Level == network.Town {
			row.Href = unitPath(row.Unit)
		}
		page.Rows = append(page.Rows, row)
	}
	page.Shades, page.Missing = p.shadeCounts(r, t, u)
	if d != nil {
		page.Picture = p.picture(r, t, d, u)
		page.Approx = page.Picture.approx()
	}
	return p.web.Render(w, r, "network/map", page)
}

func mapPath(u *network.Unit) string { return "/network/map?unit=" + u.Code }

// mapped is the unit whose map shows u: a town or the city.
func mapped(t *network.Tree, u *network.Unit) *network.Unit {
	if town := t.At(u, network.Town); town != nil {
		return town
	}
	return t.Root()
}

func villagesOf(t *network.Tree, u *network.Unit) []*network.Unit {
	if u.Level == network.Town {
		return t.Children(u)
	}
	var out []*network.Unit
	for _, town := range t.Children(u) {
		out = append(out, t.Children(town)...)
	}
	return out
}

func (p *Pages) shadeCounts(r *http.Request, t *network.Tree, u *network.Unit) (counts []shadeCount, missing int) {
	n := map[string]int{}
	for _, v := range villagesOf(t, u) {
		if !v.Placed {
			missing++
			continue
		}
		n[p.shadeFor(r, t, v).Name]++
	}
	for i, s := range shades {
		if i != shadeHidden || n[s.Name] > 0 {
			counts = append(counts, shadeCount{s, n[s.Name]})
		}
	}
	return counts, missing
}

// shadeFor is a village's shade as far as the reader may know it: a village
// official sees their town's map, and of it only their own village's figures.
func (p *Pages) shadeFor(r *http.Request, t *network.Tree, v *network.Unit) shade {
	if !p.can(r, network.ActView, v) {
		return shades[shadeHidden]
	}
	return shadeOf(t.Coverage(v.ID))
}

// look is what the map script needs to draw a feature; see assets/src/map.js.
type look struct {
	Fill    string  `json:"fill,omitempty"`
	Stroke  string  `json:"stroke,omitempty"`
	Width   float64 `json:"width,omitempty"`
	Radius  float64 `json:"radius,omitempty"`
	Label   string  `json:"label,omitempty"`
	Hint    string  `json:"hint,omitempty"`
	Href    string  `json:"href,omitempty"`
	Caption string  `json:"caption,omitempty"`
}

// mapData answers the map's features as GeoJSON. What the reader may not know
// of it has no figures.
func (p *Pages) mapData(w http.ResponseWriter, r *http.Request) error {
	t, u, err := p.asked(r)
	if err != nil {
		return err
	}
	d, err := p.chart.at(r.Context(), t)
	if err != nil {
		return err
	}
	var features []geo.Feature
	var box *[4]float64
	if d != nil {
		pic := p.picture(r, t, d, mapped(t, u))
		features, box = pic.features(d), pic.box()
	}
	body, err := json.Marshal(struct {
		geo.Collection
		Box *[4]float64 `json:"bbox,omitempty"`
	}{geo.NewCollection(features), box})
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "private, max-age=30")
	return p.web.Send(w, r, http.StatusOK, "application/geo+json; charset=utf-8", body)
}

// ring is the radius of the ring around a village with n uncovered households.
func ring(n int) float64 {
	if n == 0 {
		return 0
	}
	return math.Round(10*min(22, 2.5+ringPerRoot*math.Sqrt(float64(n)))) / 10
}
