// Package catalogweb is the pages on which the city edits what demands are about, how long each level has, and officials their kept answers.
package catalogweb

import (
	"embed"
	"net/http"

	"bilin/internal/auth"
	"bilin/internal/demand/catalog"
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

const formBody = 64 << 10

// Pages are the catalogue's pages.
type Pages struct {
	web *web.Server
	svc *catalog.Service
	net *network.Service
}

// New returns the catalogue's pages.
func New(srv *web.Server, svc *catalog.Service, net *network.Service) *Pages {
	return &Pages{srv, svc, net}
}

// Module returns what the pages add to the site.
func (p *Pages) Module() web.Module {
	edit, keep := string(catalog.ActEdit), string(catalog.ActKeep)
	return web.Module{
		Name: "catalog", Templates: web.Sub(files, "templates"), Messages: Messages,
		Pages: []web.PageDef{
			{Name: "catalog/categories", Data: categoriesPage{}}, {Name: "catalog/category", Data: categoryPage{}},
			{Name: "catalog/limits", Data: limitsPage{}},
			{Name: "catalog/templates", Data: templatesPage{}}, {Name: "catalog/template", Data: templatePage{}},
		},
		Routes: []web.Route{
			{Pattern: "GET /settings/categories", Access: edit, Handler: p.categories},
			{Pattern: "POST /settings/categories", Access: edit, Handler: p.createCategory, MaxBody: formBody},
			{Pattern: "GET /settings/categories/new", Access: edit, Handler: p.newCategory},
			{Pattern: "GET /settings/categories/{id}", Access: edit, Handler: p.category},
			{Pattern: "POST /settings/categories/{id}", Access: edit, Handler: p.changeCategory, MaxBody: formBody},
			{Pattern: "POST /settings/categories/{id}/retire", Access: edit, Handler: p.retire(false), MaxBody: formBody},
			{Pattern: "POST /settings/categories/{id}/back", Access: edit, Handler: p.retire(true), MaxBody: formBody},
			{Pattern: "GET /settings/limits", Access: edit, Handler: p.limits},
			{Pattern: "POST /settings/limits", Access: edit, Handler: p.setLimits, MaxBody: formBody},
			{Pattern: "GET /settings/templates", Access: keep, Handler: p.templates},
			{Pattern: "POST /settings/templates", Access: keep, Handler: p.createTemplate, MaxBody: formBody},
			{Pattern: "GET /settings/templates/new", Access: keep, Handler: p.newTemplate},
			{Pattern: "GET /settings/templates/{id}", Access: keep, Handler: p.template},
			{Pattern: "POST /settings/templates/{id}", Access: keep, Handler: p.changeTemplate, MaxBody: formBody},
			{Pattern: "POST /settings/templates/{id}/drop", Access: keep, Handler: p.dropTemplate, MaxBody: formBody},
		},
		Nav: []web.NavItem{
			{Key: "catalog.page.nav.templates", Href: "/settings/templates", Icon: "message-2-check", Access: keep, Order: 36},
			{Key: "catalog.page.nav.categories", Href: "/settings/categories", Icon: "category", Access: edit, Order: 81},
			{Key: "catalog.page.nav.limits", Href: "/settings/limits", Icon: "hourglass", Access: edit, Order: 82},
		},
	}
}

func actor(r *http.Request) auth.Actor { return auth.From(r.Context()) }

// departments are the choices for who stands behind a category.
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
