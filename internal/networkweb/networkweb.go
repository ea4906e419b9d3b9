// Package networkweb is the registry's pages: the tree and its map, coverage
// and its holes, units, posts and households, selections, search, and the
// public pages on which anybody finds their lead.
package networkweb

import (
	"context"
	"embed"
	"net/http"
	"strings"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/doorcard"
	"bilin/internal/errs"
	"bilin/internal/find"
	"bilin/internal/i18n"
	"bilin/internal/network"
	"bilin/internal/purpose"
	"bilin/internal/sqldb"
	"bilin/internal/web"
)

//go:embed templates/*.html
var files embed.FS

//go:embed messages.json
var rawMessages []byte

// Messages are the words of these pages.
var Messages = i18n.MustParse(rawMessages)

// pageSize is how many rows a list shows at once.
const pageSize = 50

// Options are what the pages work with besides the registry.
type Options struct {
	DB      *sqldb.DB
	Audit   *audit.Log
	Find    *find.Service
	Cards   *doorcard.Printer
	Now     func() time.Time
	Public  string           // the site's address as printed on door cards, without a path
	Open    OpenWork         // what a hand-over will move; nil shows households only
	Rate    int              // looking leads up, a minute from one address; 0 means what suits a village hall
	Purpose *purpose.Service // the one way to households' numbers
	Beside  Beside           // what else the slices offer for a household; nil: nothing
	Near    Near             // what neighbours meet about near a cell; nil: nothing is shown
	Ask     string           // path of the page on which a resident raises a matter; it takes ?unit=CODE
}

// Pages serves the registry.
type Pages struct {
	web    *web.Server
	svc    *network.Service
	opt    Options
	policy *auth.Policy
	chart  *chart
	lookup *web.Limiter // looking leads up, by address

	proposals *web.Limiter // nominating, by address
}

// New returns the registry's pages.
func New(srv *web.Server, svc *network.Service, opt Options) *Pages {
	if opt.Ask == "" {
		opt.Ask = "/demands/new"
	}
	rate, burst := lookupsPerMinute, lookupBurst
	if opt.Rate > 0 {
		rate, burst = opt.Rate, opt.Rate
	}
	opt.Public = strings.TrimSuffix(opt.Public, "/")
	return &Pages{
		web: srv, svc: svc, opt: opt,
		policy: auth.NewPolicy(svc, network.Rules),
		chart:  &chart{db: opt.DB},
		lookup: web.NewLimiter(rate, burst),

		proposals: web.NewLimiter(nominationsPerMinute, nominationBurst),
	}
}

// can reports whether the reader may do the action at a unit: for showing or
// hiding a control. What is allowed is decided again where it is done.
func (p *Pages) can(r *http.Request, action auth.Action, u *network.Unit) bool {
	return u != nil && p.policy.Can(auth.From(r.Context()), action, auth.Object{UnitID: u.ID}) == nil
}

// require is can as an error, for pages that show nothing without the right.
func (p *Pages) require(r *http.Request, action auth.Action, u *network.Unit) error {
	return p.policy.Can(auth.From(r.Context()), action, auth.Object{UnitID: u.ID})
}

// unit returns the unit that code names. A code from before a move leads on.
func (p *Pages) unit(code string) (*network.Tree, *network.Unit, error) {
	t := p.svc.Tree()
	u := t.ByCode(code)
	if u == nil {
		return t, nil, errs.E(errs.NotFound, "network.no_unit")
	}
	return t, u, nil
}

// asked returns the active unit that ?unit= names, and else the reader's own.
func (p *Pages) asked(r *http.Request) (*network.Tree, *network.Unit, error) {
	t := p.svc.Tree()
	if t.Root() == nil {
		return t, nil, errs.E(errs.NotFound, "network.page.no_city")
	}
	code := r.URL.Query().Get("unit")
	if code == "" {
		return t, p.home(t, r), nil
	}
	t, u, err := p.unit(code)
	if err != nil {
		return t, nil, err
	}
	if u = t.Current(u); u == nil {
		return t, nil, errs.E(errs.Gone, "network.page.unit_ended")
	}
	return t, u, nil
}

// home is the highest unit of the reader's posts; the city where there is none.
func (p *Pages) home(t *network.Tree, r *http.Request) *network.Unit {
	var best *network.Unit
	for _, id := range auth.From(r.Context()).Units() {
		if u := t.Current(t.ByID(id)); u != nil && (best == nil || u.Level < best.Level) {
			best = u
		}
	}
	if best == nil {
		return t.Root()
	}
	return best
}

func actor(ctx context.Context) auth.Actor { return auth.From(ctx) }

// unitPath is the address of a unit's page.
func unitPath(u *network.Unit) string { return "/network/units/" + u.Code }

// crumbs is the way to a unit; each step leads to what link makes of it.
func crumbs(t *network.Tree, u *network.Unit, link func(*network.Unit) string) []web.Crumb {
	path := t.Path(u)
	out := make([]web.Crumb, len(path))
	for i, step := range path {
		out[i] = web.Crumb{Label: step.Name, Href: link(step)}
	}
	out[len(out)-1].Href = ""
	return out
}

// deskCrumbs is crumbs for a reader: steps above what they may see are no links.
func (p *Pages) deskCrumbs(r *http.Request, t *network.Tree, u *network.Unit, link func(*network.Unit) string) []web.Crumb {
	return crumbs(t, u, func(step *network.Unit) string {
		if !p.can(r, network.ActView, step) {
			return ""
		}
		return link(step)
	})
}

// under is the way to a page below a unit, whose own step is label.
func (p *Pages) under(r *http.Request, t *network.Tree, u *network.Unit, label string) []web.Crumb {
	out := p.deskCrumbs(r, t, u, unitPath)
	if p.can(r, network.ActView, u) {
		out[len(out)-1].Href = unitPath(u)
	}
	return append(out, web.Crumb{Label: label})
}

// levelKey is the message key of a level's name.
func levelKey(l network.Level) string { return "network.level." + l.String() }
