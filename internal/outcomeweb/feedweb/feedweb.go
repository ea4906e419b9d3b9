// Package feedweb is the pages on which departments hand in their figures: what has come and what is missing, a table with its dry run, sources that are asked by themselves, and every version of a value.
package feedweb

import (
	"embed"
	"net/http"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/network"
	"bilin/internal/outcome"
	"bilin/internal/outcome/feed"
	"bilin/internal/outcome/pull"
	"bilin/internal/outcomeweb"
	"bilin/internal/web"
)

//go:embed templates/*.html
var files embed.FS

//go:embed messages.json
var raw []byte

// Messages are the words of these pages.
var Messages = i18n.MustParse(raw)

const (
	formBody  = 64 << 10
	tableBody = 11 << 20
	staged    = 8 << 20

	lastQuarters = 4  // that the pages look back at
	mostBatches  = 30 // deliveries that are listed
	mostProblems = 200
	mostChanges  = 100
)

// Options are what the pages work with.
type Options struct {
	Outcome *outcome.Service
	Feeds   *feed.Service
	Pulls   *pull.Service
	Tree    func() *network.Tree
	Now     func() time.Time
}

// Pages are the handlers.
type Pages struct {
	web *web.Server
	o   Options
}

// New returns the pages.
func New(srv *web.Server, o Options) *Pages { return &Pages{srv, o} }

// Module returns what the pages add to the site.
func (p *Pages) Module() web.Module {
	access := string(outcome.ActFeed)
	get := func(pattern string, h web.Handler) web.Route {
		return web.Route{Pattern: "GET " + pattern, Access: access, Handler: h}
	}
	post := func(pattern string, body int64, h web.Handler) web.Route {
		return web.Route{Pattern: "POST " + pattern, Access: access, Handler: h, MaxBody: body}
	}
	return web.Module{
		Name: "feeds", Templates: web.Sub(files, "templates"), Messages: Messages,
		Pages: []web.PageDef{{Name: "feeds/list", Data: listPage{}}, {Name: "feeds/show", Data: showPage{}}, {Name: "feeds/check", Data: checkPage{}},
			{Name: "feeds/pull", Data: pullPage{}}, {Name: "feeds/values", Data: valuesPage{}}},
		Routes: []web.Route{
			get("/outcomes/feeds", p.list), get("/outcomes/feeds/{code}", p.show), get("/outcomes/feeds/{code}/template/{format}", p.template),
			get("/outcomes/feeds/{code}/values", p.values), get("/outcomes/feeds/{code}/pulls/new", p.newPull),
			post("/outcomes/feeds/{code}", tableBody, p.upload), post("/outcomes/feeds/{code}/take", staged, p.take), post("/outcomes/feeds/{code}/bad", staged, p.bad),
			post("/outcomes/feeds/{code}/pulls", formBody, p.addPull), post("/outcomes/feeds/{code}/pulls/{id}/run", formBody, p.runPull), post("/outcomes/feeds/{code}/pulls/{id}/end", formBody, p.endPull),
		},
		Nav: []web.NavItem{{Key: "feedweb.nav", Href: "/outcomes/feeds", Icon: "database", Access: access, Order: 72}},
	}
}

func actor(r *http.Request) auth.Actor { return auth.From(r.Context()) }

// indicator finds the one of an address that the asker may feed.
func (p *Pages) indicator(r *http.Request) (outcome.Indicator, error) {
	x, err := p.o.Outcome.Catalog().Find(r.PathValue("code"))
	if err == nil && x.Source != outcome.Feed {
		err = errs.E(errs.NotFound, "outcome.no_indicator")
	}
	if err != nil {
		return x, err
	}
	return x, p.o.Outcome.MayFeed(actor(r), x)
}

func (p *Pages) crumbs(r *http.Request, parts ...web.Crumb) []web.Crumb {
	t := p.web.T(r)
	return append([]web.Crumb{{Label: t("outcomeweb.nav"), Href: "/outcomes"}, {Label: t("feedweb.title"), Href: "/outcomes/feeds"}}, parts...)
}

// path is where an indicator's page is.
func path(x outcome.Indicator) string { return "/outcomes/feeds/" + x.Code }

func (p *Pages) name(r *http.Request, x outcome.Indicator) string {
	return x.In(p.web.Locale(r)).Name
}

// quarters are the last ones that are over, the latest first.
func (p *Pages) quarters() []outcome.Period {
	var list []outcome.Period
	for back := outcome.Period(1); back <= lastQuarters; back++ {
		list = append(list, outcome.PeriodOf(p.o.Now())-back)
	}
	return list
}

// arrived says of how many villages a quarter's values have come.
type arrived struct {
	Quarter string
	N       int
	Kind    string // of the status: ok, warn, bad
	Label   string
}

// arrivals are an indicator's, by the quarters in their order.
func (p *Pages) arrivals(r *http.Request, list []outcome.Arrived, id string, quarters []outcome.Period, villages int) []arrived {
	t, n := p.web.T(r), map[outcome.Period]int{}
	for _, a := range list {
		if a.IndicatorID == id {
			n[a.Period] = a.Villages
		}
	}
	var out []arrived
	for _, q := range quarters {
		a := arrived{Quarter: outcomeweb.PeriodName(t, q), N: n[q], Kind: "ok", Label: t("feedweb.all_here")}
		switch {
		case a.N == 0:
			a.Kind, a.Label = "bad", t("feedweb.missing")
		case a.N < villages:
			a.Kind, a.Label = "warn", t("feedweb.partly", "n", a.N, "of", villages)
		}
		out = append(out, a)
	}
	return out
}

func (p *Pages) villages() int { return len(p.o.Tree().Units(network.Village)) }

func (p *Pages) department(code string) string {
	for _, d := range p.o.Tree().Departments() {
		if d.Code == code {
			return d.Name
		}
	}
	return code
}

// unit is a village's name with its town's.
func (p *Pages) unit(id string) string {
	tree := p.o.Tree()
	u := tree.ByID(id)
	if u == nil {
		return id
	}
	if town := tree.Parent(u); town != nil {
		return town.Name + " " + u.Name
	}
	return u.Name
}
