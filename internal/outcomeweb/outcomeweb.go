// Package outcomeweb is the pages of outcomes: what is published, each light in a sentence, and towns beside each other with what isn't known about them.
package outcomeweb

import (
	"embed"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"bilin/internal/auth"
	"bilin/internal/doorcard"
	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/network"
	"bilin/internal/outcome"
	"bilin/internal/outcomeweb/draw"
	"bilin/internal/sqldb"
	"bilin/internal/web"
)

//go:embed templates/*.html
var files embed.FS

//go:embed messages.json
var raw []byte

// Messages are the words of these pages.
var Messages = i18n.MustParse(raw)

// Paper prints a table in a font that has Chinese.
type Paper interface {
	Grid(g doorcard.Grid) ([]byte, error)
}

// Options are what the pages work with.
type Options struct {
	Outcome *outcome.Service
	Tree    func() *network.Tree
	DB      *sqldb.DB // the city's outline
	Policy  *auth.Policy
	Paper   Paper
}

// Pages are the handlers.
type Pages struct {
	web    *web.Server
	svc    *outcome.Service
	tree   func() *network.Tree
	may    *auth.Policy
	paper  Paper
	ground *ground
}

// New returns the pages.
func New(srv *web.Server, o Options) *Pages {
	return &Pages{web: srv, svc: o.Outcome, tree: o.Tree, may: o.Policy, paper: o.Paper, ground: &ground{db: o.DB}}
}

// Module returns what the pages add to the site.
func (p *Pages) Module() web.Module {
	get := func(pattern string, h web.Handler) web.Route {
		return web.Route{Pattern: "GET " + pattern, Access: web.Public, Handler: h}
	}
	return web.Module{
		Name: "outcomes", Templates: web.Sub(files, "templates"), Messages: Messages,
		Pages: []web.PageDef{{Name: "outcomes/overview", Data: overviewPage{}}, {Name: "outcomes/village", Data: villagePage{}},
			{Name: "outcomes/indicator", Data: indicatorPage{}}, {Name: "outcomes/towns", Data: townsPage{}}, {Name: "outcomes/wall", Data: wallPage{}}},
		Routes: []web.Route{
			get("/outcomes", p.overview), get("/outcomes/villages/{code}", p.village), get("/outcomes/indicators/{code}", p.indicator),
			get("/outcomes/towns", p.towns), get("/outcomes/wall", p.wall),
			get("/outcomes/lights/{file}", p.export), get("/outcomes/papers/{file}", p.print),
		},
		Nav: []web.NavItem{{Key: "outcomeweb.nav", Href: "/outcomes", Icon: "traffic-lights", Access: web.Public, Order: 48, Open: true}},
	}
}

func actor(r *http.Request) auth.Actor { return auth.From(r.Context()) }

// translate says a message in the reader's language.
type translate = func(key string, kv ...any) string

// head is what pages about a quarter have in common.
type head struct {
	Period  string // "2026Q3"; "" while nothing is to be seen
	Quarter string // its name
	Periods []web.Option
	Draft   bool // not yet published
	Release *outcome.Release
}

// quarter finds the quarter that is asked for, or the latest that is published,
// and its lights. The view is nil where there is nothing to see.
func (p *Pages) quarter(r *http.Request) (*outcome.View, head, error) {
	t, h := p.web.T(r), head{}
	releases, err := p.svc.Releases(r.Context())
	if err != nil {
		return nil, h, err
	}
	asked, latest := r.URL.Query().Get("period"), ""
	for _, rel := range releases {
		if !p.svc.Visible(actor(r), rel) {
			continue
		}
		name := PeriodName(t, rel.Period)
		if rel.State != outcome.Published {
			name = t("outcomeweb.draft_of", "period", name)
		} else if latest == "" {
			latest = rel.Period.String()
		}
		h.Periods = append(h.Periods, web.Option{Value: rel.Period.String(), Label: name})
	}
	if asked == "" {
		asked = latest
	}
	if asked == "" {
		return nil, h, nil
	}
	period, err := outcome.ParsePeriod(asked)
	if err != nil {
		return nil, h, errs.E(errs.NotFound, "outcome.no_release")
	}
	v, err := p.svc.Lights(r.Context(), actor(r), period)
	if err != nil {
		return nil, h, err
	}
	h.Period, h.Quarter, h.Release, h.Draft = asked, PeriodName(t, period), v.Release, v.State != outcome.Published
	return v, h, nil
}

// PeriodName writes a quarter as it is said.
func PeriodName(t func(key string, kv ...any) string, p outcome.Period) string {
	return t("outcomeweb.period", "year", p.Year(), "quarter", p.Quarter())
}

// span names the months that an indicator's lights look at.
func span(t translate, x outcome.Indicator, p outcome.Period) string {
	return t("outcomeweb.span", "from", month(t, (p-outcome.Period(x.Window)+1).Begin()), "to", month(t, p.End().AddDate(0, 0, -1)))
}

func month(t translate, at time.Time) string {
	return t("outcomeweb.month", "year", at.Year(), "month", int(at.Month()), "name", at.Month().String())
}

// department is the name of an indicator's source; "" where residents are.
func (p *Pages) department(x outcome.Indicator) string {
	if x.Department == "" {
		return ""
	}
	for _, d := range p.tree().Departments() {
		if d.Code == x.Department {
			return d.Name
		}
	}
	return x.Department
}

// path adds the quarter to an address, so that one keeps to it.
func (h head) path(at string, kv ...string) string {
	q := url.Values{}
	if h.Period != "" {
		q.Set("period", h.Period)
	}
	for i := 0; i+1 < len(kv); i += 2 {
		if kv[i+1] != "" {
			q.Set(kv[i], kv[i+1])
		}
	}
	if len(q) == 0 {
		return at
	}
	return at + "?" + q.Encode()
}

// Shown is a light as pages name it.
func Shown(c outcome.Cell) string { return shown(c) }

// Lights lists such names in the order of a legend.
func Lights() []string { return shownOrder }

// Grouped writes 12,345.
func Grouped(n int) string { return grouped(n) }

// Expected is what an ordinary village would count, as coarsely as it is known.
func Expected(c outcome.Cell) string { return draw.Number(c.Expected) }

// shown is a light as pages name it: outstanding ones have a name of their own.
func shown(c outcome.Cell) string {
	if c.Better && c.Light != outcome.Red && c.Light != outcome.Yellow {
		return "better"
	}
	return string(c.Light)
}

// counts are how many villages show which light, in the order of shownOrder.
type counts struct{ Red, Yellow, Green, Grey, Dark, Better int }

var shownOrder = []string{"red", "yellow", "better", "green", "grey", "dark"}

func (c *counts) add(light string) {
	switch light {
	case "red":
		c.Red++
	case "yellow":
		c.Yellow++
	case "better":
		c.Better++
	case "green":
		c.Green++
	case "grey":
		c.Grey++
	case "dark":
		c.Dark++
	}
}

func (c counts) of(light string) int {
	return map[string]int{"red": c.Red, "yellow": c.Yellow, "better": c.Better, "green": c.Green, "grey": c.Grey, "dark": c.Dark}[light]
}

// value is a rate or share as it is shown.
func value(x outcome.Indicator, num, den int) float64 {
	if den == 0 {
		return 0
	}
	return x.Shown(float64(num) / float64(den))
}

// over is what something is counted over as people know it: the residents that
// there are, not those of each quarter added up.
func over(x outcome.Indicator, den, quarters int) int {
	if x.Measure == outcome.Share || quarters < 2 {
		return den
	}
	return int(math.Round(float64(den) / float64(quarters)))
}

// top is above what a share can't be.
func top(x outcome.Indicator) float64 {
	if x.Measure == outcome.Share {
		return 100
	}
	return 0
}

// unit says what a shown value is measured in.
func unit(t translate, x outcome.Indicator, locale string) string {
	if x.Measure == outcome.Share {
		return t("outcomeweb.percent", "denominator", x.In(locale).Denominator)
	}
	return t("outcomeweb.per", "per", grouped(x.Per), "denominator", x.In(locale).Denominator)
}

// measured writes a value with its unit.
func measured(t translate, x outcome.Indicator, locale string, v float64) string {
	if x.Measure == outcome.Share {
		return t("outcomeweb.share", "value", draw.Number(v))
	}
	return t("outcomeweb.rate", "value", draw.Number(v), "unit", unit(t, x, locale))
}

func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
