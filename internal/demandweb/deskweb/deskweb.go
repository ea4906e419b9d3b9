// Package deskweb is the pages on which the network works on residents' demands.
package deskweb

import (
	"context"
	"embed"
	"net/http"
	"time"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/catalog"
	"bilin/internal/demand/whistle"
	"bilin/internal/demandweb/words"
	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/network"
	"bilin/internal/photo"
	"bilin/internal/web"
)

//go:embed templates/*.html
var files embed.FS

//go:embed messages.json
var raw []byte

// Messages are the words of these pages.
var Messages = i18n.MustParse(raw)

// Sent is a message to the resident about one step of their demand.
type Sent struct {
	Seq   int    // of the event
	State string // "sent", "waiting" or "failed"
	At    time.Time
}

// Options are what the pages can do without.
type Options struct {
	Answers  func(ctx context.Context, actor auth.Actor) ([]catalog.Template, error) // answers kept for another time
	Sent     func(ctx context.Context, demandID string) ([]Sent, error)              // messages to the resident
	Whistles *whistle.Service                                                        // nil: no whistles
	Now      func() time.Time                                                        // default time.Now
}

// Pages are the handlers.
type Pages struct {
	web  *web.Server
	svc  *demand.Service
	tree func() *network.Tree
	opt  Options
}

// New returns the pages.
func New(srv *web.Server, svc *demand.Service, tree func() *network.Tree) *Pages {
	return &Pages{web: srv, svc: svc, tree: tree, opt: Options{Now: time.Now}}
}

// With adds what the pages can do without.
func (p *Pages) With(o Options) *Pages {
	if o.Now == nil {
		o.Now = time.Now
	}
	p.opt = o
	return p
}

// How much one request may send.
const (
	wordsBody  = 64 << 10
	photosBody = demand.MaxPictures*photo.MaxBytes + 2<<20
)

// Module returns what the pages add to the site.
func (p *Pages) Module() web.Module {
	desk := string(demand.ActDesk)
	routes := []web.Route{
		{Pattern: "GET /demands", Access: desk, Handler: p.queue},
		{Pattern: "POST /demands/bulk", Access: desk, Handler: p.bulk, MaxBody: wordsBody},
		{Pattern: "GET /demands/{number}", Access: desk, Handler: p.show},
		{Pattern: "GET /demands/{number}/photos/{id}", Access: desk, Handler: p.photo},
		{Pattern: "POST /demands/{number}/contact", Access: desk, Handler: p.contact, MaxBody: wordsBody},
		{Pattern: "POST /demands/{number}/where", Access: desk, Handler: p.where, MaxBody: wordsBody},
	}
	for _, do := range p.doings() {
		route := web.Route{Pattern: "POST /demands/{number}/" + do.name, Access: desk, MaxBody: wordsBody}
		if do.photos {
			route.MaxBody = photosBody
		}
		route.Handler = func(w http.ResponseWriter, r *http.Request) error { return p.act(w, r, do) }
		routes = append(routes, route)
	}
	return web.Module{
		Name:      "desk",
		Templates: web.Sub(files, "templates"),
		Messages:  Messages,
		Pages: []web.PageDef{
			{Name: "desk/queue", Data: queuePage{}}, {Name: "desk/show", Data: showPage{}}, {Name: "desk/bulk", Data: bulkPage{}}, {Name: "desk/whistles", Data: whistlesPage{}},
		},
		Routes: append(routes, p.whistleRoutes()...),
		Nav:    []web.NavItem{{Key: "desk.nav", Href: "/demands", Icon: "message-2", Access: desk, Order: 30}},
	}
}

func (p *Pages) t(r *http.Request) words.T { return p.web.T(r) }

// askAgain reports whether err is a question to the person rather than a failure.
func askAgain(err error) bool {
	switch errs.KindOf(err) {
	case errs.Invalid, errs.Stale, errs.Conflict, errs.Forbidden, errs.TooLarge, errs.Unsupported:
		return true
	}
	return false
}

// queued reports whether the service worker sends a form that waited for the
// network: nobody looks at a page then, so errors go back as they are.
func queued(r *http.Request) bool { return r.Header.Get("X-Bilin-Outbox") != "" }
