// Package mediationweb is the pages of mediation: bringing a quarrel, answering, the record that three people read, who mediates, and the figures.
package mediationweb

import (
	"embed"
	"net/http"
	"net/url"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/mediation"
	"bilin/internal/network"
	"bilin/internal/web"
)

//go:embed templates/*.html
var files embed.FS

//go:embed messages.json
var raw []byte

// Messages are the words of these pages.
var Messages = i18n.MustParse(raw)

// formBody lets a text that is several times too long come back to whoever
// wrote it, with what is wrong: a Chinese sign is nine bytes of a form.
const formBody = 256 << 10

// How often one address may bring, offer or be wrong about a key in a minute. A
// village hall's whole network can share one address.
const (
	formsPerMinute  = 10
	formsBurst      = 30
	missesPerMinute = 20
	missBurst       = 40
)

// Pages are the handlers.
type Pages struct {
	Forms  *web.Limiter // by address
	Misses *web.Limiter // wrong keys and door codes, by address

	web  *web.Server
	svc  *mediation.Service
	tree func() *network.Tree
}

// New returns the pages.
func New(srv *web.Server, svc *mediation.Service, tree func() *network.Tree) *Pages {
	return &Pages{Forms: web.NewLimiter(formsPerMinute, formsBurst), Misses: web.NewLimiter(missesPerMinute, missBurst), web: srv, svc: svc, tree: tree}
}

// Limit sets how often one address may bring or offer in a minute; 0 leaves it as it is.
func (p *Pages) Limit(perMinute int) *Pages {
	if perMinute > 0 {
		p.Forms = web.NewLimiter(perMinute, perMinute)
	}
	return p
}

// Module returns what the pages add to the site.
func (p *Pages) Module() web.Module {
	list := string(mediation.ActList)
	return web.Module{
		Name: "mediation", Templates: web.Sub(files, "templates"), Messages: Messages,
		Pages: []web.PageDef{
			{Name: "mediation/index", Data: indexPage{}}, {Name: "mediation/new", Data: newPage{}}, {Name: "mediation/invitation", Data: invitationPage{}},
			{Name: "mediation/letter", Data: letterPage{}}, {Name: "mediation/case", Data: casePage{}}, {Name: "mediation/offer", Data: offerPage{}}, {Name: "mediation/mine", Data: minePage{}},
			{Name: "mediation/desk", Data: deskPage{}}, {Name: "mediation/figures", Data: figuresPage{}},
		},
		Routes: append([]web.Route{
			{Pattern: "GET /mediation", Access: web.Public, Handler: p.index},
			{Pattern: "GET /mediation/new", Access: web.Public, Handler: p.fresh},
			{Pattern: "POST /mediation", Access: web.Public, Handler: p.bring, MaxBody: formBody},
			{Pattern: "GET /mediation/figures", Access: web.Public, Handler: p.figures},
			{Pattern: "GET /mediation/offer", Access: web.Public, Handler: p.offerForm},
			{Pattern: "POST /mediation/offer", Access: web.Public, Handler: p.offer, MaxBody: formBody},
			{Pattern: "GET /mediation/desk", Access: list, Handler: p.desk},
			{Pattern: "POST /mediation/offers/{mediator}", Access: list, Handler: p.decide, MaxBody: formBody},
			{Pattern: "GET /my-mediating/{mediator}", Access: web.Public, Handler: p.mine},
			{Pattern: "POST /my-mediating/{mediator}/leave", Access: web.Public, Handler: p.leave, MaxBody: formBody},
			{Pattern: "GET /my-mediation/{id}/invitation", Access: web.Public, Handler: p.invitation},
			{Pattern: "GET /my-mediation/{id}/letter", Access: web.Public, Handler: p.letter},
			{Pattern: "POST /my-mediation/{id}/accept", Access: web.Public, Handler: p.accept, MaxBody: formBody},
			{Pattern: "POST /my-mediation/{id}/refuse", Access: web.Public, Handler: p.refuse, MaxBody: formBody},
			{Pattern: "GET /my-mediation/{id}", Access: web.Public, Handler: p.show},
		}, p.deeds()...),
		Nav: []web.NavItem{{Key: "mediationweb.nav", Href: "/mediation", Icon: "heart-handshake", Access: web.Public, Order: 47, Open: true}},
	}
}

func actor(r *http.Request) auth.Actor { return auth.From(r.Context()) }

// missed counts a wrong key against the address it came from.
func (p *Pages) missed(r *http.Request, err error) error {
	if errs.KindOf(err) == errs.NotFound {
		if limited := p.Misses.Allow(web.ClientIP(r)); limited != nil {
			return limited
		}
	}
	return err
}

func keyed(path, key string) string { return path + "?" + url.Values{"k": {key}}.Encode() }

func caseURL(id, key string) string       { return keyed("/my-mediation/"+id, key) }
func invitationURL(id, key string) string { return keyed("/my-mediation/"+id+"/invitation", key) }
func mineURL(id, key string) string       { return keyed("/my-mediating/"+id, key) }

func (p *Pages) place(id string) string {
	tree := p.tree()
	return tree.PathName(tree.Current(tree.ByID(id)), " · ")
}

func (p *Pages) crumbs(r *http.Request, here string) []web.Crumb {
	return []web.Crumb{{Label: p.web.T(r)("mediationweb.title"), Href: "/mediation"}, {Label: here}}
}

// person is a mediator as lists show them.
type person struct {
	mediation.Mediator
	Where, Takes string
}

func (p *Pages) people(r *http.Request, list []mediation.Mediator) (out []person) {
	for _, m := range list {
		out = append(out, p.person(r, m))
	}
	return out
}

func (p *Pages) person(r *http.Request, m mediation.Mediator) person {
	return person{m, p.place(m.UnitID), p.takes(r, m)}
}

// takes says which quarrels somebody takes.
func (p *Pages) takes(r *http.Request, m mediation.Mediator) string {
	t := p.web.T(r)
	if len(m.Kinds) == len(mediation.Kinds()) {
		return t("mediationweb.takes_all")
	}
	out := ""
	for _, k := range m.Kinds {
		word := t("mediation.kind." + string(k))
		if out != "" {
			word = t("mediationweb.and_also", "first", out, "more", word)
		}
		out = word
	}
	return out
}

// indexPage says what mediation is, and who mediates.
type indexPage struct {
	web.Base
	Towns  []web.FilterSelect
	Town   string
	People []person
	Desk   bool
}

func (p *Pages) index(w http.ResponseWriter, r *http.Request) error {
	tree, t := p.tree(), p.web.T(r)
	page := indexPage{Base: p.web.Base(r, "mediationweb.title"), Desk: p.svc.MayList(actor(r))}
	u := tree.ByCode(r.URL.Query().Get("town"))
	if u == nil {
		u = p.own(r)
	}
	choose := web.FilterSelect{Name: "town", Label: t("mediationweb.town")}
	for _, town := range tree.Units(network.Town) {
		choose.Options = append(choose.Options, web.Option{Value: town.Code, Label: town.Name})
	}
	if u != nil {
		page.Town, choose.Value = u.Name, u.Code
		list, err := p.svc.Mediators(r.Context(), u.ID)
		if err != nil {
			return err
		}
		page.People = p.people(r, list)
	}
	page.Towns = []web.FilterSelect{choose}
	return p.web.Render(w, r, "mediation/index", page)
}

// own is the town of whoever is logged in.
func (p *Pages) own(r *http.Request) *network.Unit {
	tree := p.tree()
	for _, g := range actor(r).Grants {
		if u := tree.At(tree.Current(tree.ByID(g.UnitID)), network.Town); u != nil && u.Level == network.Town {
			return u
		}
	}
	return nil
}
