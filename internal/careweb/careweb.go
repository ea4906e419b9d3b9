// Package careweb is the pages of the care list: a lead's contacts with three big buttons each, the lists of officials, the public catalogue of needs, and counts.
package careweb

import (
	"embed"
	"net/http"
	"strings"
	"time"

	"bilin/internal/auth"
	"bilin/internal/care"
	"bilin/internal/care/need"
	"bilin/internal/i18n"
	"bilin/internal/network"
	"bilin/internal/purpose"
	"bilin/internal/web"
	"bilin/internal/workday"
)

//go:embed templates/*.html
var files embed.FS

//go:embed messages.json
var raw []byte

// Messages are the words of these pages.
var Messages = i18n.MustParse(raw)

const (
	formBody = 16 << 10
	pageSize = 25
	maxCode  = 32
	maxID    = 64
)

// Options are what the pages work with.
type Options struct {
	Care    *care.Service
	Needs   *need.Service
	Network *network.Service
	Purpose *purpose.Service
	Policy  *auth.Policy
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
	contact, see, list, renew, figures := string(care.ActContact), string(care.ActSee), string(care.ActList), string(care.ActRenew), string(care.ActFigures)
	propose, approve, turn := string(need.ActPropose), string(need.ActApprove), string(need.ActSwitch)
	return web.Module{
		Name: "care", Templates: web.Sub(files, "templates"), Messages: Messages,
		Pages: []web.PageDef{
			{Name: "care/contacts", Data: contactsPage{}}, {Name: "care/emergency", Data: emergencyPage{}}, {Name: "care/list", Data: listPage{}},
			{Name: "care/entry", Data: entryPage{}}, {Name: "care/enter", Data: enterPage{}}, {Name: "care/figures", Data: figuresPage{}},
			{Name: "care/needs", Data: needsPage{}}, {Name: "care/propose", Data: proposePage{}}, {Name: "care/proposal", Data: proposalPage{}}, {Name: "care/off", Data: offPage{}},
		},
		Routes: []web.Route{
			{Pattern: "GET /contacts", Access: contact, Handler: p.contacts, Emergency: true},
			{Pattern: "GET /contacts/emergency", Access: contact, Handler: p.emergency, Emergency: true},
			{Pattern: "POST /contacts/{id}", Access: contact, Handler: p.report, MaxBody: formBody, Emergency: true},
			{Pattern: "POST /contacts/{id}/undo", Access: contact, Handler: p.undo, MaxBody: formBody},
			{Pattern: "GET /care", Access: see, Handler: p.list},
			{Pattern: "POST /care", Access: list, Handler: p.enter, MaxBody: formBody},
			{Pattern: "GET /care/new", Access: list, Handler: p.enterForm},
			{Pattern: "GET /care/entries/{id}", Access: see, Handler: p.entry},
			{Pattern: "POST /care/entries/{id}/open", Access: see, Handler: p.open, MaxBody: formBody},
			{Pattern: "POST /care/entries/{id}/glass", Access: see, Handler: p.glass, MaxBody: formBody},
			{Pattern: "POST /care/entries/{id}/renew", Access: renew, Handler: p.renew, MaxBody: formBody},
			{Pattern: "POST /care/entries/{id}/end", Access: list, Handler: p.end, MaxBody: formBody},
			{Pattern: "GET /care/figures", Access: figures, Handler: p.figures},
			{Pattern: "GET /care/needs", Access: web.Public, Handler: p.needs},
			{Pattern: "POST /care/needs", Access: propose, Handler: p.propose, MaxBody: formBody},
			{Pattern: "GET /care/needs/new", Access: propose, Handler: p.proposeForm},
			{Pattern: "GET /care/needs/{code}/change", Access: propose, Handler: p.proposeForm},
			{Pattern: "GET /care/needs/{code}/off", Access: turn, Handler: p.offForm},
			{Pattern: "POST /care/needs/{code}/off", Access: turn, Handler: p.off, MaxBody: formBody},
			{Pattern: "POST /care/needs/{code}/on", Access: turn, Handler: p.on, MaxBody: formBody},
			{Pattern: "GET /care/proposals/{id}", Access: web.Public, Handler: p.proposal},
			{Pattern: "POST /care/proposals/{id}/approve", Access: approve, Handler: p.approve, MaxBody: formBody},
			{Pattern: "POST /care/proposals/{id}/refuse", Access: approve, Handler: p.refuse, MaxBody: formBody},
		},
		Nav: []web.NavItem{
			{Key: "careweb.nav_contacts", Href: "/contacts", Icon: "heart-handshake", Access: contact, Order: 13},
			{Key: "careweb.nav_list", Href: "/care", Icon: "heart", Access: see, Order: 47},
			{Key: "careweb.nav_needs", Href: "/care/needs", Icon: "list-details", Access: web.Public, Order: 46, Open: true},
		},
	}
}

func actor(r *http.Request) auth.Actor { return auth.From(r.Context()) }

func (p *Pages) tree() *network.Tree { return p.o.Network.Tree() }

func (p *Pages) today() string { return p.o.Now().In(workday.City).Format(time.DateOnly) }

// may reports whether the reader may do something at a unit; "" is anywhere.
func (p *Pages) may(r *http.Request, action auth.Action, unitID string) bool {
	if unitID == "" {
		return p.o.Policy.May(actor(r), action)
	}
	return p.o.Policy.Can(actor(r), action, auth.Object{UnitID: unitID}) == nil
}

// quiet keeps a page with what was opened out of every cache.
func quiet(w http.ResponseWriter) { w.Header().Set("Cache-Control", "private, no-store") }

// where names a unit by its path below its village.
func (p *Pages) where(id string) string {
	tree := p.tree()
	u := tree.Current(tree.ByID(id))
	if u == nil {
		return ""
	}
	var names []string
	for _, at := range tree.Path(u) {
		if at.Level > network.Village || at.ID == u.ID {
			names = append(names, at.Name)
		}
	}
	return strings.Join(names, " · ")
}

// unitOf is the unit whose code an address names, or nil.
func (p *Pages) unitOf(code string) *network.Unit {
	if code == "" || len(code) > maxCode {
		return nil
	}
	return p.tree().Current(p.tree().ByCode(code))
}

// day writes a day of this time of the year without its year, with a word where it is near.
func (p *Pages) day(r *http.Request, day string) string {
	t := p.web.T(r)
	when, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return ""
	}
	today, err := time.Parse(time.DateOnly, p.today())
	if err != nil {
		return day
	}
	short := when.Format("1月2日")
	if p.web.Locale(r) == i18n.EN {
		short = when.Format("2 January")
	}
	switch int(when.Sub(today).Hours() / 24) {
	case 0:
		return t("careweb.today", "day", short)
	case 1:
		return t("careweb.tomorrow", "day", short)
	case -1:
		return t("careweb.yesterday", "day", short)
	}
	return short
}

// who names a post: its role, and whoever serves there.
func (p *Pages) who(r *http.Request, pl care.Plan) string {
	t := p.web.T(r)
	role := t("auth.role." + string(pl.Role))
	if pl.Name == "" {
		return t("careweb.post_empty", "role", role, "unit", p.where(pl.UnitID))
	}
	return t("careweb.post", "name", pl.Name, "role", role, "unit", p.where(pl.UnitID))
}

// owed says what an obligation is in one sentence: who, how often, what.
func (p *Pages) owed(r *http.Request, o need.Obligation) string {
	t := p.web.T(r)
	return t("careweb.owed", "who", t("need.who."+string(o.Who)), "n", o.EveryDays, "do", t("careweb.do."+string(o.Do)))
}
