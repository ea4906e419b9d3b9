package outcomeweb

import (
	"context"
	"html"
	"html/template"
	"math"
	"strconv"
	"strings"
	"sync"

	"bilin/internal/geo"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

const (
	mapWidth      = 900
	mapHeight     = 760
	mapMargin     = 10
	outlineDetail = 0.0005 // degrees: some 50 m
)

// ground is the city's map without its lights. Villages have no public
// boundaries: what is drawn is the ground nearest to each.
type ground struct {
	db *sqldb.DB

	mu    sync.Mutex
	rev   int64
	known bool
	drawn *drawing
}

type drawing struct {
	width, height    int
	cells            []plot
	borders, outline string
	names            []placed
}

// plot is a village's ground, and where its letter stands.
type plot struct {
	id, name, path string
	at             geo.Point
}

type placed struct {
	at   geo.Point
	text string
}

// of returns the map; nil while there is no outline or no village has a place.
func (g *ground) of(ctx context.Context, t *network.Tree) (*drawing, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.known && g.rev == t.Rev() {
		return g.drawn, nil
	}
	outline, err := geo.LoadOutline(ctx, g.db.Reader(), t.RootID())
	if err != nil {
		return nil, err
	}
	g.rev, g.known, g.drawn = t.Rev(), true, nil
	var sites []*network.Unit
	for _, v := range t.Units(network.Village) {
		if v.Placed {
			sites = append(sites, v)
		}
	}
	if outline != nil && len(sites) > 0 {
		g.drawn = drawCity(t, outline.Simplify(outlineDetail), sites)
	}
	return g.drawn, nil
}

func drawCity(t *network.Tree, outline geo.Shape, sites []*network.Unit) *drawing {
	points := make([]geo.Point, len(sites))
	for i, v := range sites {
		points[i] = geo.Point{X: v.Lon, Y: v.Lat}
	}
	canvas := geo.NewCanvas(outline, mapWidth, mapHeight, mapMargin)
	d := &drawing{width: int(canvas.Width), height: int(canvas.Height), outline: canvas.Path(outline)}
	var borders []geo.Border
	for i, c := range geo.Voronoi(outline, points) {
		if len(c.Shape) == 0 {
			continue
		}
		d.cells = append(d.cells, plot{sites[i].ID, t.PathName(sites[i], " · "), canvas.Path(c.Shape), canvas.At(points[i])})
		for _, b := range c.Borders {
			if b.Across >= 0 && t.At(sites[b.Across], network.Town) != t.At(sites[i], network.Town) {
				borders = append(borders, b)
			}
		}
	}
	d.borders = canvas.Lines(borders)
	for _, u := range t.Children(t.Root()) {
		if u.Placed {
			d.names = append(d.names, placed{d.free(canvas.At(geo.Point{X: u.Lon, Y: u.Lat})), u.Name})
		}
	}
	return d
}

// free moves a name off one that stands in its way.
func (d *drawing) free(at geo.Point) geo.Point {
	for _, o := range d.names {
		if dx, dy := at.X-o.at.X, at.Y-o.at.Y; math.Abs(dx) < 80 && math.Abs(dy) < 20 {
			at.Y = o.at.Y + math.Copysign(21, dy)
		}
	}
	return at
}

// lamp is what the map shows of a village.
type lamp struct {
	Light  string // a light, or "better"; "" is nothing to see
	Letter string // on those that stand out
	Title  string
	Href   string
}

// svg is the map with its lights. Red is hatched and yellow striped, both bear
// their letter, and grey is dotted: no colour says anything alone.
func (d *drawing) svg(label string, of func(villageID string) lamp) template.HTML {
	var b strings.Builder
	b.WriteString(`<svg class="lmap" viewBox="0 0 ` + strconv.Itoa(d.width) + ` ` + strconv.Itoa(d.height) + `" role="group" aria-label="` + html.EscapeString(label) + `">` + patterns + `<g class="lmap-cells">`)
	var letters strings.Builder
	for _, c := range d.cells {
		l := of(c.id)
		if l.Light == "" {
			b.WriteString(`<path class="s-none" d="` + c.path + `"><title>` + html.EscapeString(c.name) + `</title></path>`)
			continue
		}
		stop := ` tabindex="-1"`
		if l.Letter != "" {
			stop = ""
			letters.WriteString(`<text class="l-` + l.Light + `" x="` + coordinate(c.at.X) + `" y="` + coordinate(c.at.Y+7) + `">` + html.EscapeString(l.Letter) + `</text>`)
		}
		title := html.EscapeString(c.name + " " + l.Title)
		b.WriteString(`<a href="` + html.EscapeString(l.Href) + `"` + stop + ` aria-label="` + title + `"><title>` + title + `</title><path class="s-` + l.Light + `" d="` + c.path + `"/>`)
		if l.Light == "red" || l.Light == "yellow" || l.Light == "grey" || l.Light == "dark" {
			b.WriteString(`<path class="t-` + l.Light + `" d="` + c.path + `"/>`)
		}
		b.WriteString(`</a>`)
	}
	b.WriteString(`</g><g class="lmap-lines"><path d="` + d.borders + `"/><path class="lmap-outline" d="` + d.outline + `"/></g><g class="lmap-names" aria-hidden="true">`)
	for _, n := range d.names {
		b.WriteString(`<text x="` + coordinate(n.at.X) + `" y="` + coordinate(n.at.Y) + `">` + html.EscapeString(n.text) + `</text>`)
	}
	b.WriteString(`</g><g class="lmap-letters" aria-hidden="true">` + letters.String() + `</g></svg>`)
	return template.HTML(b.String()) //nolint:gosec // names are escaped, the rest is ours
}

func coordinate(v float64) string {
	return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64)
}

const patterns = `<defs>` +
	`<pattern id="p-red" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="p-ink" d="M0 0V8" stroke-width="3"/></pattern>` +
	`<pattern id="p-yellow" width="9" height="9" patternUnits="userSpaceOnUse"><path class="p-ink" d="M0 4H9" stroke-width="1.4"/></pattern>` +
	`<pattern id="p-grey" width="9" height="9" patternUnits="userSpaceOnUse"><circle class="p-dot" cx="4.5" cy="4.5" r="1.3"/></pattern>` +
	`<pattern id="p-dark" width="10" height="10" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)"><path class="p-thin" d="M0 0V10" stroke-width="1"/></pattern>` +
	`</defs>`
