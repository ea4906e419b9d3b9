package networkweb

import (
	"context"
	"slices"
	"sync"

	"bilin/internal/geo"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// outlineDetail is how far, in degrees, the drawn outline may stray from the
// stored one: some 50 m, less than a line's width on the city's map.
const outlineDetail = 0.0005

// chart holds the geometry of the map: the outline, and each village's cell.
// It is worked out once and again only when a village appears, goes or moves.
type chart struct {
	db *sqldb.DB

	mu    sync.Mutex
	rev   int64
	plots []plot
	drawn *drawn
}

// plot is a village's place in the tree and on the ground.
type plot struct {
	village, town string
	at            geo.Point
}

// drawn is a chart that no longer changes.
type drawn struct {
	outline geo.Shape
	plots   []plot
	cells   []geo.Cell
	border  map[string][]geo.Border // by town: where another town or the outline is
}

// at returns the chart for a tree; nil while there is no outline or no village has a place.
func (c *chart) at(ctx context.Context, t *network.Tree) (*drawn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.drawn != nil && c.rev == t.Rev() {
		return c.drawn, nil
	}
	plots := plotsOf(t)
	if c.drawn != nil && slices.Equal(plots, c.plots) {
		c.rev = t.Rev()
		return c.drawn, nil
	}
	outline, err := geo.LoadOutline(ctx, c.db.Reader(), t.RootID())
	if err != nil || outline == nil || len(plots) == 0 {
		return nil, err
	}
	c.rev, c.plots = t.Rev(), plots
	c.drawn = draw(outline.Simplify(outlineDetail), plots)
	return c.drawn, nil
}

func plotsOf(t *network.Tree) []plot {
	var out []plot
	for _, town := range t.Children(t.Root()) {
		for _, v := range t.Children(town) {
			if v.Placed {
				out = append(out, plot{village: v.ID, town: town.ID, at: geo.Point{X: v.Lon, Y: v.Lat}})
			}
		}
	}
	return out
}

func draw(outline geo.Shape, plots []plot) *drawn {
	sites := make([]geo.Point, len(plots))
	for i, pl := range plots {
		sites[i] = pl.at
	}
	d := &drawn{outline: outline, plots: plots, cells: geo.Voronoi(outline, sites), border: map[string][]geo.Border{}}
	for i, cell := range d.cells {
		town := plots[i].town
		for _, b := range cell.Borders {
			if b.Across < 0 || plots[b.Across].town != town {
				d.border[town] = append(d.border[town], b)
			}
		}
	}
	return d
}

// ground is all the cells of a town, or of the city if town is "".
func (d *drawn) ground(town string) geo.Shape {
	if town == "" {
		return d.outline
	}
	var out geo.Shape
	for i, cell := range d.cells {
		if d.plots[i].town == town {
			out = append(out, cell.Shape...)
		}
	}
	return out
}
