// Package methodweb is the page of the method's versions: a quarter by the one that it was reckoned by beside another, and which is in force from when on.
package methodweb

import (
	"embed"
	"net/http"
	"slices"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/network"
	"bilin/internal/outcome"
	"bilin/internal/outcomeweb"
	"bilin/internal/web"
)

//go:embed templates/*.html
var files embed.FS

//go:embed messages.json
var raw []byte

// Messages are the words of this page.
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
	return web.Module{
		Name: "methods", Templates: web.Sub(files, "templates"), Messages: Messages, Pages: []web.PageDef{{Name: "methods/methods", Data: page{}}},
		Routes: []web.Route{
			{Pattern: "GET /outcomes/methods", Access: string(outcome.ActPreview), Handler: p.show},
			{Pattern: "POST /outcomes/methods", Access: string(outcome.ActPublish), Handler: p.put, MaxBody: formBody},
		},
	}
}

func actor(r *http.Request) auth.Actor { return auth.From(r.Context()) }

type translate = func(key string, kv ...any) string

// page is one quarter by two versions.
type page struct {
	web.Base
	Crumbs         []web.Crumb
	Versions       []version
	Periods        []web.Option
	Period         string // "" while there is nothing to compare
	Quarter        string
	Draft          bool
	Method, Other  string // the version that the quarter was reckoned by, and the one beside it
	Tally          []tallied
	Cells, Changed int
	Indicators     []web.Option
	Indicator      string
	Rows           []row
	Beyond         int // that aren't listed
	Decisions      []decision
	Office         bool
	From           []web.Option
	Choices        []web.Option
	Entered        entered
	Last           string
	Most           int
}

// version is one version of the method in words.
type version struct {
	Number string
	Now    bool // in force for the quarter that runs
}

// tallied is how many lights of a kind there are by either version.
type tallied struct {
	Light    string
	Was, Now int
}

// row is a light that the other version would make another.
type row struct {
	Village, Indicator, Href, Was, Now, Count string
}

type decision struct {
	outcome.Decision
	Quarter string
}

type entered struct{ From, Version, Why string }

// mostRows bounds how many lights are listed; one indicator shows fewer.
const mostRows = 200

// ahead is how many quarters the form offers.
const ahead = 4

func (p *Pages) show(w http.ResponseWriter, r *http.Request) error {
	return p.showWith(w, r, http.StatusOK, nil, nil)
}

// showWith shows the page, and what was wrong with the form that was sent.
func (p *Pages) showWith(w http.ResponseWriter, r *http.Request, status int, f *web.Form, cause error) error {
	t := p.web.T(r)
	pg := page{Base: p.web.Base(r, "methodweb.title"), Office: p.may.May(actor(r), outcome.ActPublish), Most: outcome.MaxText}
	pg.Live = []string{outcome.Topic}
	pg.Crumbs = []web.Crumb{{Label: t("methodweb.outcomes"), Href: "/outcomes"}, {Label: t("methodweb.releases"), Href: "/outcomes/releases"}, {Label: t("methodweb.title")}}
	if err := p.decided(r, &pg); err != nil {
		return err
	}
	period, err := p.quarter(r, &pg)
	if err != nil {
		return err
	}
	if pg.Period != "" {
		if err := p.compare(r, &pg, period); err != nil {
			return err
		}
	}
	if cause != nil {
		pg.Errors, pg.FormKey = web.FormErrorsOf(cause), f.Key()
		pg.Entered = entered{r.PostFormValue("from"), r.PostFormValue("version"), r.PostFormValue("why")}
	}
	return p.web.RenderStatus(w, r, status, "methods/methods", pg)
}

// decided fills in what is in force, and what the office may decide.
func (p *Pages) decided(r *http.Request, pg *page) error {
	t := p.web.T(r)
	list, err := p.svc.Decisions(r.Context())
	if err != nil {
		return err
	}
	for _, d := range list {
		pg.Decisions = append(pg.Decisions, decision{d, outcomeweb.PeriodName(t, d.From)})
	}
	if len(list) > 0 {
		pg.Last = list[0].ID
	}
	running := outcome.PeriodOf(p.now())
	now := outcome.InForce(list, running)
	for _, v := range outcome.Methods() {
		pg.Versions = append(pg.Versions, version{v, v == now})
		pg.Choices = append(pg.Choices, web.Option{Value: v, Label: t("methodweb.version", "n", v)})
		if v != now {
			pg.Entered.Version = v
		}
	}
	first, err := p.unpublished(r, running)
	for q := first; q <= running+ahead; q++ {
		pg.From = append(pg.From, web.Option{Value: q.String(), Label: outcomeweb.PeriodName(t, q)})
	}
	pg.Entered.From = running.String()
	return err
}

// unpublished is the first quarter after those that are published.
func (p *Pages) unpublished(r *http.Request, running outcome.Period) (outcome.Period, error) {
	releases, err := p.svc.Releases(r.Context())
	for _, rel := range releases {
		if rel.State == outcome.Published {
			return rel.Period + 1, nil
		}
	}
	return running - 1, err
}

// quarter finds the one that is asked for, or the latest that the reader may
// compare.
func (p *Pages) quarter(r *http.Request, pg *page) (outcome.Period, error) {
	t := p.web.T(r)
	releases, err := p.svc.Releases(r.Context())
	if err != nil {
		return 0, err
	}
	asked := r.URL.Query().Get("period")
	var chosen *outcome.Release
	for _, rel := range releases {
		if rel.State != outcome.Published && !pg.Office {
			continue
		}
		name := outcomeweb.PeriodName(t, rel.Period)
		if rel.State != outcome.Published {
			name = t("methodweb.draft_of", "period", name)
		}
		pg.Periods = append(pg.Periods, web.Option{Value: rel.Period.String(), Label: name})
		if rel.Period.String() == asked || asked == "" && chosen == nil {
			chosen = rel
		}
	}
	if chosen == nil {
		if asked != "" {
			err = errs.E(errs.NotFound, "outcome.no_release")
		}
		return 0, err
	}
	pg.Period, pg.Quarter, pg.Draft, pg.Method = chosen.Period.String(), outcomeweb.PeriodName(t, chosen.Period), chosen.State != outcome.Published, chosen.Method
	return chosen.Period, nil
}

// compare fills in a quarter by both versions.
func (p *Pages) compare(r *http.Request, pg *page, period outcome.Period) error {
	pg.Other = r.URL.Query().Get("other")
	if !slices.Contains(outcome.Methods(), pg.Other) || pg.Other == pg.Method {
		for _, v := range outcome.Methods() {
			if v != pg.Method {
				pg.Other = v
			}
		}
	}
	sides, err := p.svc.SideBySide(r.Context(), actor(r), period, pg.Other)
	if err != nil {
		return err
	}
	pg.Indicator = r.URL.Query().Get("indicator")
	at := map[string]int{}
	for _, light := range outcomeweb.Lights() {
		at[light] = len(pg.Tally)
		pg.Tally = append(pg.Tally, tallied{Light: light})
	}
	for _, x := range sides.Basis.Indicators {
		for i, was := range sides.Was[x.ID] {
			pg.Cells++
			pg.Tally[at[outcomeweb.Shown(was)]].Was++
			pg.Tally[at[outcomeweb.Shown(sides.Now[x.ID][i])]].Now++
		}
		changed := sides.Changed(x)
		pg.Changed += len(changed)
		if len(changed) > 0 {
			pg.Indicators = append(pg.Indicators, web.Option{Value: x.Code, Label: p.web.T(r)("methodweb.indicator_n", "name", x.In(pg.Locale).Name, "n", len(changed))})
		}
		if pg.Indicator == "" || pg.Indicator == x.Code {
			p.list(p.web.T(r), pg, x, changed)
		}
	}
	return nil
}

// list adds an indicator's changed lights, in the order of the villages' codes.
func (p *Pages) list(t translate, pg *page, x outcome.Indicator, changed []outcome.Correction) {
	for _, c := range changed {
		u := p.tree().ByID(c.Now.UnitID)
		if u == nil {
			continue
		}
		if len(pg.Rows) == mostRows {
			pg.Beyond++
			continue
		}
		line := row{Village: p.tree().PathName(u, " · "), Indicator: x.In(pg.Locale).Name, Href: "/outcomes/villages/" + u.Code + "?period=" + pg.Period,
			Was: outcomeweb.Shown(c.Published), Now: outcomeweb.Shown(c.Now), Count: t("methodweb.few")}
		if !c.Now.Hidden && c.Now.Den > 0 {
			line.Count = t("methodweb.count", "num", outcomeweb.Grouped(c.Now.Num), "expected", outcomeweb.Expected(c.Now))
		}
		pg.Rows = append(pg.Rows, line)
	}
}

// put puts a version in force.
func (p *Pages) put(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	cmd := outcome.PutInForce{Key: f.Key(), Version: f.Choice("version", outcome.Methods()...), Why: f.Required("why", outcome.MaxText), Last: r.PostFormValue("last")}
	from, wrong := outcome.ParsePeriod(r.PostFormValue("from"))
	err = f.Err()
	if err == nil && wrong != nil {
		err = errs.E(errs.Invalid, "outcome.invalid").WithField("from", "outcome.bad_period")
	}
	if err == nil {
		cmd.From = from
		_, err = p.svc.PutInForce(r.Context(), actor(r), cmd)
	}
	if web.IsInvalid(err) {
		return p.showWith(w, r, http.StatusUnprocessableEntity, f, err)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/outcomes/methods", "methodweb.said")
}
