// Package dutyweb is the pages on which everybody reads whose work is whose and what data the city holds, and the city office edits it.
package dutyweb

import (
	"embed"
	"net/http"

	"bilin/internal/admission/duty"
	"bilin/internal/auth"
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

const (
	formBody  = 64 << 10
	tableBody = 11 << 20
)

// Pages are the pages of functions, duty lists and data.
type Pages struct {
	web *web.Server
	svc *duty.Service
	net *network.Service
}

// New returns the pages.
func New(srv *web.Server, svc *duty.Service, net *network.Service) *Pages {
	return &Pages{srv, svc, net}
}

// Module returns what the pages add to the site.
func (p *Pages) Module() web.Module {
	edit := string(duty.ActEdit)
	return web.Module{
		Name: "duty", Templates: web.Sub(files, "templates"), Messages: Messages,
		Pages: []web.PageDef{
			{Name: "duty/lists", Data: listsPage{}}, {Name: "duty/item", Data: itemPage{}},
			{Name: "duty/functions", Data: functionsPage{}}, {Name: "duty/function", Data: functionPage{}},
			{Name: "duty/data", Data: dataPage{}}, {Name: "duty/field", Data: fieldPage{}},
			{Name: "duty/import", Data: importPage{}},
		},
		Routes: []web.Route{
			{Pattern: "GET /duties", Access: web.Public, Handler: p.lists},
			{Pattern: "GET /duties/lists/{format}", Access: web.Public, Handler: p.download},
			{Pattern: "GET /duties/functions", Access: web.Public, Handler: p.functions},
			{Pattern: "GET /duties/data", Access: web.Public, Handler: p.data},

			{Pattern: "GET /duties/new", Access: edit, Handler: p.newItem},
			{Pattern: "POST /duties", Access: edit, Handler: p.putItem, MaxBody: formBody},
			{Pattern: "GET /duties/items/{id}", Access: edit, Handler: p.item},
			{Pattern: "POST /duties/items/{id}", Access: edit, Handler: p.putItem, MaxBody: formBody},
			{Pattern: "POST /duties/items/{id}/{do}", Access: edit, Handler: p.retireItem, MaxBody: formBody},

			{Pattern: "GET /duties/functions/new", Access: edit, Handler: p.newFunction},
			{Pattern: "POST /duties/functions", Access: edit, Handler: p.putFunction, MaxBody: formBody},
			{Pattern: "GET /duties/functions/{id}", Access: edit, Handler: p.function},
			{Pattern: "POST /duties/functions/{id}", Access: edit, Handler: p.putFunction, MaxBody: formBody},
			{Pattern: "POST /duties/functions/{id}/{do}", Access: edit, Handler: p.retireFunction, MaxBody: formBody},

			{Pattern: "GET /duties/data/new", Access: edit, Handler: p.newField},
			{Pattern: "POST /duties/data", Access: edit, Handler: p.putField, MaxBody: formBody},
			{Pattern: "GET /duties/data/{id}", Access: edit, Handler: p.field},
			{Pattern: "POST /duties/data/{id}", Access: edit, Handler: p.putField, MaxBody: formBody},
			{Pattern: "POST /duties/data/{id}/{do}", Access: edit, Handler: p.retireField, MaxBody: formBody},

			{Pattern: "GET /duties/import", Access: edit, Handler: p.importForm},
			{Pattern: "POST /duties/import", Access: edit, Handler: p.importTable, MaxBody: tableBody},
		},
		Nav: []web.NavItem{{Key: "duty.page.nav", Href: "/duties", Icon: "list-details", Access: web.Public, Order: 49, Open: true}},
	}
}

func actor(r *http.Request) auth.Actor { return auth.From(r.Context()) }

func (p *Pages) departments() []web.Option {
	var out []web.Option
	for _, d := range p.net.Tree().Departments() {
		out = append(out, web.Option{Value: d.ID, Label: d.Name})
	}
	return out
}

func (p *Pages) department(id string) string {
	if d := p.net.Tree().Department(id); d != nil {
		return d.Name
	}
	return ""
}

// functionOptions are the functions in use, each named with its category.
func (p *Pages) functionOptions(locale string) []web.Option {
	c := p.svc.Catalog()
	var out []web.Option
	for _, category := range c.Functions() {
		for _, f := range c.Children(category.ID) {
			out = append(out, web.Option{Value: f.ID, Label: c.Path(f.ID, locale)})
		}
	}
	return out
}

// crumbs lead from the duty lists to a page.
func (p *Pages) crumbs(r *http.Request, parts ...web.Crumb) []web.Crumb {
	return append([]web.Crumb{{Label: p.web.T(r)("duty.page.lists"), Href: "/duties"}}, parts...)
}
