// Package rollweb is the pages of roll-calls: a lead's households with three big buttons each, how far every part of the city is, who needs help, and where nobody has answered.
package rollweb

import (
	"embed"
	"net/http"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/mobilise/rollcall"
	"bilin/internal/network"
	"bilin/internal/web"
)

//go:embed templates/*.html
var files embed.FS

//go:embed messages.json
var raw []byte

// Messages are the words of these pages.
var Messages = i18n.MustParse(raw)

const (
	formBody  = 16 << 10
	sheetBody = 256 << 10 // households by the dozen, with what each was shown at
	maxCode   = 32
)

// Pages are the handlers.
type Pages struct {
	web *web.Server
	svc *rollcall.Service
	net *network.Service
	now func() time.Time
}

// New returns the pages.
func New(srv *web.Server, svc *rollcall.Service, net *network.Service, now func() time.Time) *Pages {
	return &Pages{srv, svc, net, now}
}

// Module returns what the pages add to the site.
func (p *Pages) Module() web.Module {
	view, report, aid, open := string(rollcall.ActView), string(rollcall.ActReport), string(rollcall.ActAid), string(rollcall.ActOpen)
	return web.Module{
		Name: "roll", Templates: web.Sub(files, "templates"), Messages: Messages,
		Pages: []web.PageDef{
			{Name: "roll/mine", Data: minePage{}}, {Name: "roll/calls", Data: callsPage{}}, {Name: "roll/new", Data: newPage{}}, {Name: "roll/board", Data: boardPage{}},
			{Name: "roll/help", Data: helpPage{}}, {Name: "roll/missing", Data: missingPage{}}, {Name: "roll/cell", Data: cellPage{}}, {Name: "roll/sheet", Data: sheetPage{}},
		},
		Routes: []web.Route{
			{Pattern: "GET /rollcall", Access: report, Handler: p.mine, Emergency: true},
			{Pattern: "POST /rollcall", Access: report, Handler: p.say, MaxBody: formBody, Emergency: true},
			{Pattern: "GET /rollcalls", Access: view, Handler: p.calls, Emergency: true},
			{Pattern: "POST /rollcalls", Access: open, Handler: p.open, MaxBody: formBody, Emergency: true},
			{Pattern: "GET /rollcalls/new", Access: open, Handler: p.new, Emergency: true},
			{Pattern: "GET /rollcalls/{id}", Access: view, Handler: p.board, Emergency: true},
			{Pattern: "POST /rollcalls/{id}/close", Access: open, Handler: p.close, MaxBody: formBody, Emergency: true},
			{Pattern: "GET /rollcalls/{id}/help", Access: view, Handler: p.help, Emergency: true},
			{Pattern: "POST /rollcalls/{id}/help/{home}", Access: aid, Handler: p.assist, MaxBody: formBody, Emergency: true},
			{Pattern: "POST /rollcalls/{id}/help/{home}/phone", Access: view, Handler: p.phone, MaxBody: formBody, Emergency: true},
			{Pattern: "GET /rollcalls/{id}/missing", Access: view, Handler: p.missing, Emergency: true},
			{Pattern: "GET /rollcalls/{id}/cells/{unit}", Access: report, Handler: p.cell, Emergency: true},
			{Pattern: "POST /rollcalls/{id}/cells/{unit}", Access: report, Handler: p.enter, MaxBody: sheetBody, Emergency: true},
			{Pattern: "GET /rollcalls/{id}/sheet/{unit}", Access: view, Handler: p.sheet, Emergency: true},
		},
		Nav: []web.NavItem{{Key: "rollweb.nav", Href: "/rollcalls", Icon: "checklist", Access: view, Order: 51}},
	}
}

func actor(r *http.Request) auth.Actor { return auth.From(r.Context()) }

func pathOf(c *rollcall.Call) string { return "/rollcalls/" + c.ID }

// drill marks every page of a rehearsal, in its title too.
func drill(base *web.Base, c *rollcall.Call, t func(string, ...any) string) bool {
	if c.IsDrill() {
		base.Title = t("rollweb.drill_title", "title", base.Title)
	}
	return c.IsDrill()
}

// head is what the pages of one roll-call have above them.
type head struct {
	Call     *rollcall.Call
	Drill    bool
	Place    string
	Crumbs   []web.Crumb
	Tab      string
	UnitCode string // "" for the whole of what the reader sees
	At       string // its address
	Part     string // the part that is shown, "" for the whole
}

func (p *Pages) head(r *http.Request, base *web.Base, c *rollcall.Call, tab string) head {
	t := p.web.T(r)
	h := head{Call: c, Tab: tab, At: pathOf(c), Place: p.placeOf(c.UnitID)}
	base.Title = t("rollweb.of", "place", h.Place)
	h.Drill = drill(base, c, t)
	h.Crumbs = []web.Crumb{{Label: t("rollweb.title"), Href: "/rollcalls"}, {Label: base.Title, Href: h.At}}
	if c.HasRows() {
		base.Live = []string{rollcall.Topic, rollcall.OfOne + c.ID}
	}
	return h
}

// under adds the units between the roll-call's own and the one shown to the path.
func (p *Pages) under(h *head, u *network.Unit, page string) {
	tree := p.net.Tree()
	if u.ID == h.Call.UnitID {
		return
	}
	h.UnitCode, h.Part = u.Code, tree.PathName(u, " · ")
	for _, at := range tree.Path(u) {
		if at.ID != h.Call.UnitID && tree.Contains(h.Call.UnitID, at.ID) {
			h.Crumbs = append(h.Crumbs, web.Crumb{Label: at.Name, Href: page + "?unit=" + at.Code})
		}
	}
}

func (p *Pages) placeOf(unitID string) string {
	tree := p.net.Tree()
	if u := tree.ByID(unitID); u != nil {
		return tree.PathName(u, " · ")
	}
	return ""
}

// unitOf is the unit whose code an address names; "" is none.
func (p *Pages) unitOf(code string) (id string, err error) {
	if code == "" {
		return "", nil
	}
	u := p.net.Tree().ByCode(code)
	if u == nil || len(code) > maxCode {
		return "", errs.E(errs.NotFound, "rollcall.no_part")
	}
	return u.ID, nil
}

// word is what is known of a household, in the reader's language.
type word struct {
	Kind, Label string
	Aid         string // what came of its need
	AidKind     string
	Who         string // who reported it, and how
	At          time.Time
}

func wordOf(row *rollcall.Row, t func(string, ...any) string) word {
	w := word{Label: t("rollweb.answer." + string(row.Answer)), At: row.At, Who: t("rollweb.by", "name", row.By, "way", t("rollweb.way."+string(row.Way)))}
	w.Kind = map[rollcall.Answer]string{rollcall.Safe: "ok", rollcall.Help: "bad", rollcall.NotReached: "warn"}[row.Answer]
	if row.Answer == rollcall.Help {
		w.Label = t("rollweb.needs", "need", t("rollweb.need."+string(row.Need)))
		w.Aid, w.AidKind = t("rollweb.aid.none"), "warn"
		if row.Aid != rollcall.NoAid {
			w.Aid, w.AidKind = t("rollweb.aid."+string(row.Aid), "name", row.AidBy), map[rollcall.Aid]string{rollcall.UnderWay: "info", rollcall.Helped: "ok"}[row.Aid]
		}
	}
	return w
}

// choice is a need on offer.
type choice struct{ Value, Label string }

func needs(t func(string, ...any) string) (out []choice) {
	for _, n := range rollcall.Needs() {
		out = append(out, choice{string(n), t("rollweb.need." + string(n))})
	}
	return out
}
