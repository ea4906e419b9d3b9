package situationweb

import (
	"context"
	"html"
	"html/template"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"bilin/internal/geo"
	"bilin/internal/mobilise/situation"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

const (
	mapWidth      = 900
	mapHeight     = 760
	mapMargin     = 10
	outlineDetail = 0.0005 // degrees: some 50 m
)

// ground draws the maps of regions. Villages have no public boundaries; what
// is drawn is the ground nearest to each.
type ground struct {
	db *sqldb.DB

	mu    sync.Mutex
	rev   int64
	drawn map[string]*drawing // by region
}

// drawing is a region's map without its colours.
type drawing struct {
	width, height int
	cells         []cell
	borders       string
	outline       string
	names         []name
}

// cell is a village's ground.
type cell struct {
	path, label string
	at          int // its place in Snapshot.Shades
}

type name struct {
	x, y    geo.Point
	text    string
	crowded bool // there is no room for it in letters that are read from afar
}

// farLetters is how tall letters on a wall are, in the map's own measure, as
// assets/src/css/board.css has it.
const farLetters = 52

// crowd marks the names that would lie on one before them on a wall.
func crowd(names []name) {
	var kept []name
	for i := range names {
		n := &names[i]
		n.crowded = slices.ContainsFunc(kept, func(o name) bool {
			room := farLetters * float64(utf8.RuneCountInString(n.text)+utf8.RuneCountInString(o.text)) / 2
			return math.Abs(n.y.X-o.y.X) < room && math.Abs(n.y.Y-o.y.Y) < farLetters
		})
		if !n.crowded {
			kept = append(kept, *n)
		}
	}
}

// of returns a region's map; nil while there is no outline or no village has a place.
func (g *ground) of(ctx context.Context, t *network.Tree, regionID string) (*drawing, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.rev != t.Rev() || g.drawn == nil {
		g.rev, g.drawn = t.Rev(), map[string]*drawing{}
	}
	if d, known := g.drawn[regionID]; known {
		return d, nil
	}
	region := t.ByID(regionID)
	if region == nil {
		return nil, nil
	}
	outline, err := geo.LoadOutline(ctx, g.db.Reader(), t.RootID())
	if err != nil {
		return nil, err
	}
	var d *drawing
	if sites := sitesOf(t); outline != nil && len(sites) > 0 {
		d = draw(t, region, outline.Simplify(outlineDetail), sites)
	}
	g.drawn[regionID] = d
	return d, nil
}

// sitesOf are the villages of the city that have a place.
func sitesOf(t *network.Tree) (sites []*network.Unit) {
	for _, v := range t.Units(network.Village) {
		if v.Placed {
			sites = append(sites, v)
		}
	}
	return sites
}

func draw(t *network.Tree, region *network.Unit, outline geo.Shape, sites []*network.Unit) *drawing {
	points := make([]geo.Point, len(sites))
	for i, v := range sites {
		points[i] = geo.Point{X: v.Lon, Y: v.Lat}
	}
	at := map[string]int{}
	for i, v := range situation.Villages(t, region) {
		at[v.ID] = i
	}
	cells := geo.Voronoi(outline, points)
	shape := outline
	if region.Level != network.City {
		shape = nil
		for i, c := range cells {
			if _, in := at[sites[i].ID]; in {
				shape = append(shape, c.Shape...)
			}
		}
	}
	if len(shape) == 0 {
		return nil
	}
	canvas := geo.NewCanvas(shape, mapWidth, mapHeight, mapMargin)
	d := &drawing{width: int(canvas.Width), height: int(canvas.Height)}
	var borders []geo.Border
	for i, c := range cells {
		where, in := at[sites[i].ID]
		if !in {
			continue
		}
		d.cells = append(d.cells, cell{canvas.Path(c.Shape), t.PathName(sites[i], " · "), where})
		for _, b := range c.Borders {
			if b.Across < 0 || t.At(sites[b.Across], network.Town) != t.At(sites[i], network.Town) {
				borders = append(borders, b)
			}
		}
	}
	d.borders = canvas.Lines(borders)
	if region.Level == network.City {
		d.outline = canvas.Path(outline)
	}
	d.label(t, canvas, region)
	return d
}

// label writes the names of the parts of a region where they lie, below their
// place where another's is close above.
func (d *drawing) label(t *network.Tree, canvas geo.Canvas, region *network.Unit) {
	for _, u := range t.Children(region) {
		if !u.Placed {
			continue
		}
		at := canvas.At(geo.Point{X: u.Lon, Y: u.Lat})
		text := at
		for _, o := range d.names {
			dx, dy := at.X-o.y.X, at.Y-o.y.Y
			if dx > -95 && dx < 95 && dy > -24 && dy < 24 {
				text.Y = o.y.Y + 25
				if dy < 0 {
					text.Y = o.y.Y - 25
				}
			}
		}
		d.names = append(d.names, name{x: at, y: text, text: u.Name})
	}
	crowd(d.names)
}

// svg is the map in the colours of some shades. Both measures are in it; a
// class on the whole says which one is seen.
func (d *drawing) svg(shades string, label string) template.HTML {
	var b strings.Builder
	b.WriteString(`<svg class="ground" viewBox="0 0 ` + strconv.Itoa(d.width) + ` ` + strconv.Itoa(d.height) + `" role="img" aria-label="` + html.EscapeString(label) + `">`)
	b.WriteString(patterns)
	b.WriteString(`<g class="ground-cells">`)
	for _, c := range d.cells {
		b.WriteString(`<path data-v="` + strconv.Itoa(c.at) + `" class="` + classOf(shades, c.at) + `" d="` + c.path + `"><title>` + html.EscapeString(c.label) + `</title></path>`)
	}
	b.WriteString(`</g><g class="ground-lines"><path d="` + d.borders + `"/>`)
	if d.outline != "" {
		b.WriteString(`<path class="ground-outline" d="` + d.outline + `"/>`)
	}
	b.WriteString(`</g><g class="ground-names" aria-hidden="true">`)
	for _, n := range d.names {
		class := ""
		if n.crowded {
			class = ` class="g-crowded"`
		}
		b.WriteString(`<text` + class + ` x="` + coordinate(n.y.X) + `" y="` + coordinate(n.y.Y) + `">` + html.EscapeString(n.text) + `</text>`)
	}
	b.WriteString(`</g></svg>`)
	return template.HTML(b.String()) //nolint:gosec // names are escaped, the rest is ours
}

// classOf names a village's colours: r of how many were reached, c of how many come.
func classOf(shades string, at int) string {
	if at < len(shades) {
		if reached, coming, ok := situation.Grades(shades[at]); ok {
			return "r" + strconv.Itoa(reached) + " c" + strconv.Itoa(coming)
		}
	}
	return "none"
}

// patterns tell the lowest grades apart without colours.
const patterns = `<defs>` +
	`<pattern id="g0" width="9" height="9" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="g0" width="9" height="9"/><path class="g-ink" d="M0 0V9" stroke-width="4"/></pattern>` +
	`<pattern id="g1" width="10" height="10" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="g1" width="10" height="10"/><path class="g-ink" d="M0 0V10" stroke-width="1.6"/></pattern>` +
	`<pattern id="g2" width="9" height="9" patternUnits="userSpaceOnUse"><rect class="g2" width="9" height="9"/><circle class="g-dot" cx="4.5" cy="4.5" r="1.5"/></pattern>` +
	`</defs>`
