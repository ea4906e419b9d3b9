package networkweb

import (
	"encoding/json"
	"net/http"

	"bilin/internal/geo"
	"bilin/internal/network"
)

// ground is the public map on which anybody points at a place: villages with
// their names and nothing of who lives or leads there. unit is where it opens.
func (p *Pages) ground(w http.ResponseWriter, r *http.Request) error {
	t := p.svc.Tree()
	d, err := p.chart.at(r.Context(), t)
	if err != nil {
		return err
	}
	body, err := json.Marshal(groundOf(t, d, r.URL.Query().Get("unit")))
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "public, max-age=3600")
	return p.web.Send(w, r, http.StatusOK, "application/geo+json; charset=utf-8", body)
}

// groundMap is the GeoJSON, and where it opens.
type groundMap struct {
	geo.Collection
	Box *[4]float64 `json:"bbox,omitempty"`
}

func groundOf(t *network.Tree, d *drawn, unitCode string) groundMap {
	if d == nil {
		return groundMap{Collection: geo.NewCollection([]geo.Feature{})}
	}
	var features []geo.Feature
	for i, cell := range d.cells {
		village, town := t.ByID(d.plots[i].village), t.ByID(d.plots[i].town)
		if village != nil && town != nil {
			features = append(features, geo.NewFeature(cell.Shape.MultiPolygon(), look{Stroke: lineColour, Width: 0.8, Label: village.Name, Hint: town.Name}))
		}
	}
	for _, town := range t.Units(network.Town) {
		if b := d.border[town.ID]; len(b) > 0 {
			features = append(features, geo.NewFeature(geo.MultiLine(b), look{Stroke: townColour, Width: 1.3}))
		}
		if town.Placed {
			features = append(features, geo.NewFeature(geo.PointGeometry(geo.Point{X: town.Lon, Y: town.Lat}), look{Fill: seatColour, Radius: 0.1, Caption: town.Name}))
		}
	}
	return groundMap{geo.NewCollection(features), boxAround(t, d, unitCode)}
}

// boxAround is the ground of the town that a unit lies in, or the city's.
func boxAround(t *network.Tree, d *drawn, unitCode string) *[4]float64 {
	town := ""
	if u := t.ByCode(unitCode); u != nil {
		if at := t.At(u, network.Town); at != nil && len(d.border[at.ID]) > 0 {
			town = at.ID
		}
	}
	b := d.ground(town).Bounds()
	return &[4]float64{b.Min.X, b.Min.Y, b.Max.X, b.Max.Y}
}
