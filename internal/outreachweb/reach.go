package outreachweb

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"sync"

	"bilin/internal/geo"
	"bilin/internal/network"
	"bilin/internal/outreach"
	"bilin/internal/sqldb"
	"bilin/internal/web"
)

// row is a village's line of the reach page.
type row struct {
	outreach.PlaceReach
	Name, Town string
}

// meetingRow is where it was read out.
type meetingRow struct {
	outreach.Meeting
	Where string
}

// hourRow is an hour since it went out; Sum is of all so far.
type hourRow struct {
	outreach.HourReach
	Label string
	Sum   int
}

// when is the hour that the villages are shown at. Earlier and Later are those
// beside it; 0 if there is none. At the last one it stands as it does now.
type when struct {
	At, Last       int
	Earlier, Later int
	Stood          outreach.PlaceReach
}

// area is a village on the map.
type area struct {
	Path, Fill, Label, Hint, Href string
}

// shade is a step of the map's key.
type shade struct {
	Fill, Key string
	N         int
}

// picture is the map as the server draws it.
type picture struct {
	Width, Height int
	Areas         []area
	Outline       string
	Shades        []shade
}

type reachPage struct {
	web.Base
	R         *outreach.Reach
	N         *outreach.Notice
	StateName string
	Look      string
	To, Sizes string
	Rows      []row
	When      *when
	Hours     []hourRow
	Meetings  []meetingRow
	Editions  []web.Option
	May       outreach.May
	Map       *picture
	Topic     string
	Short     *outreach.ShortRun
	Calls     *outreach.ShortRun
	Came      int // households at meetings
	Crumbs    []web.Crumb
}

// firstHours are shown hour by hour.
const firstHours = 48

func (p *Pages) reach(w http.ResponseWriter, r *http.Request) error {
	edition, after := asked(r, "edition"), asked(r, "after")
	reach, err := p.svc.Reach(r.Context(), actor(r), r.PathValue("number"), edition, after)
	if err != nil {
		return err
	}
	n, t := reach.Notice, p.web.T(r)
	page := reachPage{Base: p.web.Base(r, "outreachweb.reach"), R: reach, N: n, StateName: t("outreach.state." + string(n.State)), Look: looks[n.State], To: p.names(r, n), Sizes: p.sizes(r, n),
		May: p.svc.May(actor(r), n), Topic: outreach.Topic(n.ID),
		Crumbs: []web.Crumb{{Label: t("outreachweb.title"), Href: "/notices"}, {Label: n.Title, Href: at(n.Number)}, {Label: t("outreachweb.reach")}}}
	page.Title = t("outreachweb.reach_of", "title", n.Title)
	page.Rows, page.When = p.rows(reach.Places), whenOf(reach)
	if reach.After > 0 {
		page.Rows = p.rows(reach.Then)
	}
	page.Hours = hourRows(reach.Hours)
	for _, m := range reach.Meetings {
		page.Meetings = append(page.Meetings, meetingRow{m, p.unitName(m.UnitID)})
		page.Came += m.Households
	}
	for e := n.Edition; e >= 1 && n.Edition > 1; e-- {
		page.Editions = append(page.Editions, web.Option{Value: strconv.Itoa(e), Label: t("outreachweb.edition", "n", e)})
	}
	if page.Short, err = p.svc.ShortRun(r.Context(), n, reach.Edition); err != nil {
		return err
	}
	if page.Calls, err = p.svc.CallRun(r.Context(), n, reach.Edition); err != nil {
		return err
	}
	if page.Map, err = p.draws(r.Context(), t, page.Rows); err != nil {
		return err
	}
	return p.web.Render(w, r, "notices/reach", page)
}

// asked is a number in the address; 0 without one.
func asked(r *http.Request, name string) int {
	n, err := strconv.Atoi(r.URL.Query().Get(name))
	if err != nil {
		return 0
	}
	return n
}

// whenOf is the hour that is shown of those there are; nil where none can be chosen.
func whenOf(r *outreach.Reach) *when {
	if r.Known < 2 {
		return nil
	}
	w := &when{Last: r.Known, At: r.Known, Stood: r.Total}
	if r.After > 0 {
		w.At, w.Stood, w.Later = r.After, r.Stood, r.After+1
	}
	w.Earlier = w.At - 1
	return w
}

// rows are the villages in the order of the tree, never by how far it came: it is no contest.
func (p *Pages) rows(places []outreach.PlaceReach) []row {
	tree := p.tree()
	type placed struct {
		row
		code string
	}
	list := make([]placed, 0, len(places))
	for _, x := range places {
		u := tree.Current(tree.ByID(x.VillageID))
		if u == nil {
			continue
		}
		one := placed{row{PlaceReach: x, Name: u.Name}, u.Code}
		if town := tree.At(u, network.Town); town != nil {
			one.Town = town.Name
		}
		list = append(list, one)
	}
	slices.SortStableFunc(list, func(a, b placed) int { return cmp.Compare(a.code, b.code) })
	out := make([]row, len(list))
	for i, x := range list {
		out[i] = x.row
	}
	return out
}

func hourRows(hours []outreach.HourReach) (list []hourRow) {
	sum := 0
	for _, h := range hours {
		if h.Hour >= firstHours {
			break
		}
		for len(list) <= h.Hour { // an hour in which nobody heard is a line too
			n := len(list)
			list = append(list, hourRow{outreach.HourReach{Hour: n}, strconv.Itoa(n + 1), sum})
		}
		sum += h.Opened + h.Told + h.Met
		list[h.Hour].HourReach, list[h.Hour].Sum = h, sum
	}
	return list
}

// chart is the ground of the map: it is worked out again only when a village
// appears, goes or moves.
type chart struct {
	db *sqldb.DB

	mu      sync.Mutex
	rev     int64
	outline geo.Shape
	cells   map[string]geo.Shape
}

const detail = 0.0005 // degrees: less than a line's width

func (c *chart) at(ctx context.Context, tree *network.Tree) (geo.Shape, map[string]geo.Shape, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cells != nil && c.rev == tree.Rev() || c.db == nil {
		return c.outline, c.cells, nil
	}
	outline, err := geo.LoadOutline(ctx, c.db.Reader(), tree.RootID())
	if err != nil || outline == nil {
		return nil, nil, err
	}
	outline = outline.Simplify(detail)
	var sites []geo.Point
	var ids []string
	for _, v := range tree.Units(network.Village) {
		if v.Placed {
			sites, ids = append(sites, geo.Point{X: v.Lon, Y: v.Lat}), append(ids, v.ID)
		}
	}
	if len(sites) == 0 {
		return nil, nil, nil
	}
	cells := map[string]geo.Shape{}
	for i, cell := range geo.Voronoi(outline, sites) {
		cells[ids[i]] = cell.Shape
	}
	c.outline, c.cells, c.rev = outline, cells, tree.Rev()
	return outline, cells, nil
}

// fills are the steps of the map, from nobody to everybody. They differ in
// lightness, so that they can be told apart in grey too.
var fills = []string{"#f1efe6", "#cfe3da", "#93c3b0", "#4b917b", "#0b5d4e"}

const hiddenFill = "#d9d9d9"

func stepOf(reached, households int) int {
	switch share := reached * 100 / max(households, 1); {
	case share >= 90:
		return 4
	case share >= 60:
		return 3
	case share >= 30:
		return 2
	case share > 0:
		return 1
	}
	return 0
}

// draws is the map of the villages that the notice went to; nil where there is no outline.
func (p *Pages) draws(ctx context.Context, t func(string, ...any) string, rows []row) (*picture, error) {
	outline, cells, err := p.chart.at(ctx, p.tree())
	if err != nil || len(cells) == 0 || len(rows) < 2 {
		return nil, err
	}
	const wide, high, margin = 760, 620, 12
	var ground geo.Shape // what is shown fills the map: a town's villages aren't dots on the city
	for _, x := range rows {
		ground = append(ground, cells[x.VillageID]...)
	}
	if len(ground) == 0 {
		return nil, nil
	}
	canvas := geo.NewCanvas(ground, wide, high, margin)
	pic := &picture{Width: int(canvas.Width), Height: int(canvas.Height), Outline: canvas.Path(outline)}
	for i, fill := range fills {
		pic.Shades = append(pic.Shades, shade{Fill: fill, Key: "outreachweb.step." + strconv.Itoa(i)})
	}
	for _, x := range rows {
		shape := cells[x.VillageID]
		if len(shape) == 0 {
			continue
		}
		a := area{Path: canvas.Path(shape), Fill: hiddenFill, Label: x.Town + " " + x.Name, Hint: t("outreachweb.too_few"), Href: "#v-" + x.VillageID}
		if !x.Hidden {
			step := stepOf(x.Reached, x.Households)
			pic.Shades[step].N++
			a.Fill, a.Hint = fills[step], t("outreachweb.map_hint", "reached", x.Reached, "households", x.Households)
		}
		pic.Areas = append(pic.Areas, a)
	}
	return pic, nil
}
