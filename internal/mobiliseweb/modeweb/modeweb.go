// Package modeweb is the pages of the emergency mode: where it is on, since when and why, and what passed the usual rules meanwhile.
package modeweb

import (
	"context"
	"embed"
	"net/http"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/mobilise/mode"
	"bilin/internal/network"
	"bilin/internal/web"
)

//go:embed templates/*.html
var files embed.FS

//go:embed messages.json
var raw []byte

// Messages are the words of these pages.
var Messages = i18n.MustParse(raw)

const formBody = 16 << 10

// Bypass is work that reached leads past the list while the mode was on.
type Bypass struct {
	Number, Title string
	At, Until     time.Time
	Reviewed      bool
}

// Bypassed lists what was issued at or under a unit between two moments.
type Bypassed func(ctx context.Context, unitID string, from, to time.Time) ([]Bypass, error)

// Pages are the handlers.
type Pages struct {
	web      *web.Server
	svc      *mode.Service
	tree     func() *network.Tree
	bypassed Bypassed
	now      func() time.Time
}

// New returns the pages.
func New(srv *web.Server, svc *mode.Service, tree func() *network.Tree, bypassed Bypassed, now func() time.Time) *Pages {
	return &Pages{srv, svc, tree, bypassed, now}
}

// Module returns what the pages add to the site.
func (p *Pages) Module() web.Module {
	set := string(mode.ActSet)
	return web.Module{
		Name: "emergency", Templates: web.Sub(files, "templates"), Messages: Messages,
		Pages: []web.PageDef{{Name: "emergency/modes", Data: modesPage{}}, {Name: "emergency/mode", Data: modePage{}}},
		Routes: []web.Route{
			{Pattern: "GET /emergency", Access: web.Public, Handler: p.modes, Emergency: true},
			{Pattern: "POST /emergency", Access: set, Handler: p.start, MaxBody: formBody, Emergency: true},
			{Pattern: "GET /emergency/{id}", Access: web.Public, Handler: p.mode, Emergency: true},
			{Pattern: "POST /emergency/{id}/end", Access: set, Handler: p.end, MaxBody: formBody, Emergency: true},
		},
		Nav: []web.NavItem{{Key: "modeweb.nav", Href: "/emergency", Icon: "alarm", Access: set, Order: 53}},
	}
}

func actor(r *http.Request) auth.Actor { return auth.From(r.Context()) }

// row is a mode as the pages show it.
type row struct {
	mode.Mode
	Place string
	May   bool // the reader may end it
}

func (p *Pages) row(r *http.Request, m mode.Mode) row {
	x := row{Mode: m}
	tree := p.tree()
	if u := tree.ByID(m.UnitID); u != nil {
		x.Place = tree.PathName(u, " · ")
	}
	for _, id := range p.svc.MaySet(actor(r)) {
		x.May = x.May || m.On() && tree.Contains(id, m.UnitID)
	}
	return x
}

type modesPage struct {
	web.Base
	On, Past            []row
	May                 bool
	Unit, Reason, Hours string // as they were entered
	Most                int
}

func (p *Pages) modes(w http.ResponseWriter, r *http.Request) error {
	return p.modesWith(w, r, http.StatusOK, modesPage{Base: p.web.Base(r, "modeweb.title"), Hours: "48"})
}

func (p *Pages) modesWith(w http.ResponseWriter, r *http.Request, status int, page modesPage) error {
	page.Live, page.May, page.Most = []string{mode.Topic}, len(p.svc.MaySet(actor(r))) > 0, int(mode.Longest.Hours())
	for _, m := range p.svc.Active() {
		page.On = append(page.On, p.row(r, m))
	}
	past, err := p.svc.Past(r.Context())
	for _, m := range past {
		page.Past = append(page.Past, p.row(r, m))
	}
	if err != nil {
		return err
	}
	return p.web.RenderStatus(w, r, status, "emergency/modes", page)
}

func (p *Pages) start(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page := modesPage{Base: p.web.Base(r, "modeweb.title"), Unit: f.Required("unit", 100), Reason: f.Required("reason", mode.MaxReason), Hours: r.PostFormValue("hours")}
	page.FormKey = f.Key()
	cmd := mode.Declare{Key: f.Key(), Reason: page.Reason, Hours: f.Int("hours", 1, int(mode.Longest.Hours()))}
	tree := p.tree()
	switch unit, _ := network.NamesOf(tree).Find(page.Unit); {
	case unit != nil:
		cmd.UnitID = unit.ID
	case tree.Root() != nil && page.Unit == tree.Root().Name:
		cmd.UnitID = tree.RootID()
	case page.Unit != "":
		f.Fail("unit", "mode.no_unit")
	}
	id := ""
	if err = f.Err(); err == nil {
		id, err = p.svc.Declare(r.Context(), actor(r), cmd)
	}
	if web.IsInvalid(err) || errs.KindOf(err) == errs.Conflict {
		page.Errors = web.FormErrorsOf(err)
		return p.modesWith(w, r, http.StatusUnprocessableEntity, page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/emergency/"+id, "modeweb.said_on")
}

type modePage struct {
	web.Base
	Crumbs   []web.Crumb
	Mode     row
	Bypassed []Bypass
	Note     string
}

func (p *Pages) mode(w http.ResponseWriter, r *http.Request) error {
	return p.modeWith(w, r, http.StatusOK, nil, nil)
}

func (p *Pages) modeWith(w http.ResponseWriter, r *http.Request, status int, cause error, f *web.Form) error {
	m, err := p.svc.Mode(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	page := modePage{Base: p.web.Base(r, "modeweb.title"), Mode: p.row(r, m)}
	page.Live = []string{mode.Topic}
	page.Title = p.web.T(r)("modeweb.of", "place", page.Mode.Place)
	page.Crumbs = []web.Crumb{{Label: p.web.T(r)("modeweb.title"), Href: "/emergency"}, {Label: page.Mode.Place}}
	to := m.EndedAt
	if m.On() {
		to = p.now()
	}
	if page.Bypassed, err = p.bypassed(r.Context(), m.UnitID, m.StartedAt, to); err != nil {
		return err
	}
	if cause != nil {
		page.Errors, page.FormKey, page.Note = web.FormErrorsOf(cause), f.Key(), r.PostFormValue("note")
	}
	return p.web.RenderStatus(w, r, status, "emergency/mode", page)
}

func (p *Pages) end(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	cmd := mode.End{Key: f.Key(), ID: r.PathValue("id"), Note: f.Required("note", mode.MaxReason), Version: int(f.Version())}
	if err = f.Err(); err == nil {
		err = p.svc.End(r.Context(), actor(r), cmd)
	}
	if web.IsInvalid(err) {
		return p.modeWith(w, r, http.StatusUnprocessableEntity, err, f)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/emergency/"+cmd.ID, "modeweb.said_over")
}
