// Package figuresweb is the page that shows what became of demands, in numbers.
package figuresweb

import (
	"embed"
	"net/http"

	"bilin/internal/auth"
	"bilin/internal/demand/catalog"
	"bilin/internal/demand/figures"
	"bilin/internal/i18n"
	"bilin/internal/network"
	"bilin/internal/web"
)

//go:embed templates/*.html
var files embed.FS

//go:embed messages.json
var raw []byte

// Messages are the words of these pages.
var Messages = i18n.MustParse(raw)

// Pages are the handlers.
type Pages struct {
	web     *web.Server
	svc     *figures.Service
	tree    func() *network.Tree
	catalog func() *catalog.Catalog
}

// New returns the pages of figures.
func New(srv *web.Server, svc *figures.Service, tree func() *network.Tree, cat func() *catalog.Catalog) *Pages {
	return &Pages{web: srv, svc: svc, tree: tree, catalog: cat}
}

// Module returns what the pages add to the site.
func (p *Pages) Module() web.Module {
	view := string(figures.ActView)
	return web.Module{
		Name:      "figures",
		Templates: web.Sub(files, "templates"),
		Messages:  Messages,
		Pages:     []web.PageDef{{Name: "figures/figures", Data: figuresPage{}}},
		Routes: []web.Route{
			{Pattern: "GET /demands/figures", Access: view, Handler: p.show},
			{Pattern: "GET /demands/figures.csv", Access: view, Handler: p.csv},
		},
		Nav: []web.NavItem{{Key: "figures.nav", Href: "/demands/figures", Icon: "chart-bar", Access: view, Order: 32}},
	}
}

// asked is what an address asks for.
type asked struct {
	filter   figures.Filter
	category catalog.Category // zero: all
	by       string           // empty: as suits the unit
}

func (p *Pages) asked(r *http.Request) asked {
	q := r.URL.Query()
	a := asked{by: q.Get("by"), filter: figures.Filter{UnitCode: q.Get("unit"), DepartmentID: p.departmentID(q.Get("dept")), From: q.Get("from"), To: q.Get("to")}}
	if code := q.Get("category"); code != "" {
		a.filter.CategoryID = code // unknown, unless it is the code of one
		if c, ok := p.catalog().ByCode(code); ok {
			a.category, a.filter.CategoryID = c, c.ID
		}
	}
	return a
}

// departmentID finds a department by its code. One that nobody knows stays as it
// is, so that it isn't taken for none.
func (p *Pages) departmentID(code string) string {
	for _, d := range p.tree().Departments() {
		if d.Code == code {
			return d.ID
		}
	}
	return code
}

// figuresPage is the page. All of its numbers come from one report.
type figuresPage struct {
	web.Base
	Report  *figures.Report
	By      string
	Crumbs  []web.Crumb
	Filters filters
	Tiles   []tile
	Tabs    []tab
	Tables  []table
	How     []explained
	CSV     string
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request) error {
	actor, ask := auth.From(r.Context()), p.asked(r)
	report, err := p.svc.Report(r.Context(), actor, ask.filter)
	if err != nil {
		return err
	}
	reach, err := p.svc.Reach(actor)
	if err != nil {
		return err
	}
	v := &view{t: p.web.T(r), tree: p.tree(), catalog: p.catalog(), report: report, ask: ask, reach: reach}
	v.base = p.web.Base(r, "figures.title", "name", v.name())
	v.choose()
	return p.web.Render(w, r, "figures/figures", figuresPage{
		Base: v.base, Report: report, By: v.ask.by, Crumbs: v.crumbs(), Filters: v.filters(), Tiles: v.tiles(),
		Tabs: v.tabs(), Tables: v.tables(), How: v.how(), CSV: v.url("/demands/figures.csv", "by", v.ask.by),
	})
}
