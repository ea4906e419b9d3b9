// Package deskweb is the pages on which the network works on residents' demands.
package deskweb

import (
	"embed"
	"net/http"

	"bilin/internal/demand"
	"bilin/internal/demandweb/words"
	"bilin/internal/errs"
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

// Pages are the handlers.
type Pages struct {
	web  *web.Server
	svc  *demand.Service
	tree func() *network.Tree
}

// New returns the pages.
func New(srv *web.Server, svc *demand.Service, tree func() *network.Tree) *Pages {
	return &Pages{web: srv, svc: svc, tree: tree}
}

// Module returns what the pages add to the site.
func (p *Pages) Module() web.Module {
	view, handle := string(demand.ActView), string(demand.ActHandle)
	return web.Module{
		Name:      "desk",
		Templates: web.Sub(files, "templates"),
		Messages:  Messages,
		Pages:     []web.PageDef{{Name: "desk/queue", Data: queuePage{}}, {Name: "desk/show", Data: showPage{}}},
		Routes: []web.Route{
			{Pattern: "GET /demands", Access: view, Handler: p.queue},
			{Pattern: "GET /demands/{number}", Access: view, Handler: p.show},
			{Pattern: "POST /demands/{number}/accept", Access: handle, Handler: p.accept, MaxBody: 64 << 10},
			{Pattern: "POST /demands/{number}/answer", Access: handle, Handler: p.answer, MaxBody: 64 << 10},
			{Pattern: "POST /demands/{number}/resolve", Access: handle, Handler: p.resolve, MaxBody: 64 << 10},
			{Pattern: "POST /demands/{number}/contact", Access: handle, Handler: p.contact, MaxBody: 8 << 10},
		},
		Nav: []web.NavItem{{Key: "desk.nav", Href: "/demands", Icon: "message-2", Access: view, Order: 30}},
	}
}

func (p *Pages) t(r *http.Request) words.T { return p.web.T(r) }

// askAgain reports whether err is a question to the person rather than a failure.
func askAgain(err error) bool {
	switch errs.KindOf(err) {
	case errs.Invalid, errs.Stale, errs.Conflict:
		return true
	}
	return false
}

// queued reports whether the service worker sends a form that waited for the
// network: nobody looks at a page then, so errors go back as they are.
func queued(r *http.Request) bool { return r.Header.Get("X-Bilin-Outbox") != "" }
