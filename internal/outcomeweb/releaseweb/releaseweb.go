// Package releaseweb is the way of a quarter's lights to publication: preview, objections and their answers, and what was corrected since.
package releaseweb

import (
	"embed"
	"net/http"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/network"
	"bilin/internal/outcome"
	"bilin/internal/web"
)

//go:embed templates/*.html
var files embed.FS

//go:embed messages.json
var raw []byte

// Messages are the words of these pages.
var Messages = i18n.MustParse(raw)

const formBody = 16 << 10

// Pages are the handlers.
type Pages struct {
	web  *web.Server
	svc  *outcome.Service
	tree func() *network.Tree
	may  *auth.Policy
	now  func() time.Time
}

// New returns the pages.
func New(srv *web.Server, svc *outcome.Service, tree func() *network.Tree, policy *auth.Policy, now func() time.Time) *Pages {
	return &Pages{srv, svc, tree, policy, now}
}

// Module returns what the pages add to the site.
func (p *Pages) Module() web.Module {
	look, publish, object := string(outcome.ActPreview), string(outcome.ActPublish), string(outcome.ActObject)
	return web.Module{
		Name: "releases", Templates: web.Sub(files, "templates"), Messages: Messages,
		Pages: []web.PageDef{{Name: "releases/releases", Data: listPage{}}, {Name: "releases/release", Data: releasePage{}}, {Name: "releases/publish", Data: publishPage{}}},
		Routes: []web.Route{
			{Pattern: "GET /outcomes/releases", Access: look, Handler: p.list},
			{Pattern: "GET /outcomes/releases/{period}", Access: look, Handler: p.release},
			{Pattern: "POST /outcomes/releases/{period}/begin", Access: publish, Handler: p.step("begin"), MaxBody: formBody},
			{Pattern: "POST /outcomes/releases/{period}/open", Access: publish, Handler: p.step("open"), MaxBody: formBody},
			{Pattern: "GET /outcomes/releases/{period}/publish", Access: publish, Handler: p.confirm},
			{Pattern: "POST /outcomes/releases/{period}/publish", Access: publish, Handler: p.step("publish"), MaxBody: formBody},
			{Pattern: "POST /outcomes/releases/{period}/objections", Access: object, Handler: p.object, MaxBody: formBody},
			{Pattern: "POST /outcomes/releases/{period}/objections/{id}", Access: publish, Handler: p.answer, MaxBody: formBody},
		},
	}
}

func actor(r *http.Request) auth.Actor { return auth.From(r.Context()) }

type translate = func(key string, kv ...any) string

func periodOf(r *http.Request) (outcome.Period, error) {
	period, err := outcome.ParsePeriod(r.PathValue("period"))
	if err != nil {
		return 0, errs.E(errs.NotFound, "outcome.no_release")
	}
	return period, nil
}

func name(t translate, p outcome.Period) string {
	return t("releaseweb.period", "year", p.Year(), "quarter", p.Quarter())
}

// shown is a light as pages name it: outstanding ones have a name of their own.
func shown(c outcome.Cell) string {
	if c.Better && c.Light != outcome.Red && c.Light != outcome.Yellow {
		return "better"
	}
	return string(c.Light)
}

// department is the name of an indicator's source; "" where residents are.
func (p *Pages) department(x outcome.Indicator) string {
	for _, d := range p.tree().Departments() {
		if d.Code == x.Department {
			return d.Name
		}
	}
	return x.Department
}

// relRow is a quarter on its way.
type relRow struct {
	Period, Name, State string
	Until, PublishedAt  time.Time
	Open                int // objections without an answer
}

// startRow is a quarter that is over and hasn't been reckoned.
type startRow struct {
	Period, Name string
	Missing      []lacking
}

// lacking is an indicator of which a quarter's figures haven't all come.
type lacking struct {
	Name, Whose string
	N, Of       int
}

type listPage struct {
	web.Base
	Crumbs []web.Crumb
	Rows   []relRow
	Start  []startRow
	May    bool
}

// mostStart is how many quarters back one may begin.
const mostStart = 2

func (p *Pages) list(w http.ResponseWriter, r *http.Request) error {
	t := p.web.T(r)
	page := listPage{Base: p.web.Base(r, "releaseweb.title"), May: p.may.May(actor(r), outcome.ActPublish)}
	page.Live = []string{outcome.Topic}
	page.Crumbs = []web.Crumb{{Label: t("releaseweb.outcomes"), Href: "/outcomes"}, {Label: t("releaseweb.title")}}
	releases, err := p.svc.Releases(r.Context())
	if err != nil {
		return err
	}
	known := map[outcome.Period]bool{}
	for _, rel := range releases {
		known[rel.Period] = true
		if !p.svc.Visible(actor(r), rel) {
			continue
		}
		row := relRow{Period: rel.Period.String(), Name: name(t, rel.Period), State: string(rel.State), Until: rel.Until, PublishedAt: rel.PublishedAt}
		if rel.State == outcome.Objection {
			if row.Open, err = p.open(r, rel.Period); err != nil {
				return err
			}
		}
		page.Rows = append(page.Rows, row)
	}
	if page.May {
		if page.Start, err = p.startable(r, known); err != nil {
			return err
		}
	}
	return p.web.Render(w, r, "releases/releases", page)
}

func (p *Pages) open(r *http.Request, period outcome.Period) (n int, err error) {
	list, err := p.svc.Objections(r.Context(), actor(r), period)
	for _, o := range list {
		if o.AnsweredAt.IsZero() {
			n++
		}
	}
	return n, err
}

// startable are the quarters that are over and not reckoned, with what has come.
func (p *Pages) startable(r *http.Request, known map[outcome.Period]bool) (list []startRow, err error) {
	last := outcome.PeriodOf(p.now()) - 1
	t, locale := p.web.T(r), p.web.Locale(r)
	arrived, err := p.svc.Arrivals(r.Context(), last-mostStart+1, last)
	if err != nil {
		return nil, err
	}
	n := map[outcome.Arrived]int{}
	for _, a := range arrived {
		n[outcome.Arrived{IndicatorID: a.IndicatorID, Period: a.Period}] = a.Villages
	}
	all := len(p.tree().Units(network.Village))
	for q := last; q > last-mostStart; q-- {
		if known[q] {
			continue
		}
		row := startRow{Period: q.String(), Name: name(t, q)}
		for _, x := range p.svc.Catalog().Judged() {
			if have := n[outcome.Arrived{IndicatorID: x.ID, Period: q}]; have < all {
				whose := p.department(x)
				if x.Source != outcome.Feed {
					whose = t("releaseweb.residents")
				}
				row.Missing = append(row.Missing, lacking{x.In(locale).Name, whose, have, all})
			}
		}
		list = append(list, row)
	}
	return list, nil
}
