// Package situationweb is the situation board of an order, on a desk and on the wall of a command post.
//
// Both show the same. A screen is drawn once by the server; after that the
// numbers come in the events of its topic, and what is more than a number is
// asked for in small parts, each screen at a moment of its own.
package situationweb

import (
	"embed"
	"net/http"
	"time"

	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/mobilise/situation"
	"bilin/internal/network"
	"bilin/internal/sqldb"
	"bilin/internal/web"
)

//go:embed templates/*.html
var files embed.FS

//go:embed messages.json
var raw []byte

// Messages are the words of these pages.
var Messages = i18n.MustParse(raw)

const formBody = 16 << 10

// Options are what the pages work with.
type Options struct {
	Boards *situation.Service
	Tree   func() *network.Tree
	DB     *sqldb.DB // the city's outline
	Now    func() time.Time
}

// Pages are the handlers.
type Pages struct {
	web    *web.Server
	svc    *situation.Service
	tree   func() *network.Tree
	ground *ground
	kept   *kept
	now    func() time.Time
}

// New returns the pages.
func New(srv *web.Server, o Options) *Pages {
	return &Pages{web: srv, svc: o.Boards, tree: o.Tree, ground: &ground{db: o.DB}, kept: &kept{}, now: o.Now}
}

// Module returns what the pages add to the site.
func (p *Pages) Module() web.Module {
	look, steer, value := string(situation.ActBoard), string(situation.ActSteer), string(situation.ActValue)
	return web.Module{
		Name: "situation", Templates: web.Sub(files, "templates"), Messages: Messages,
		Pages: []web.PageDef{{Name: "situation/board", Data: boardPage{}}},
		Routes: []web.Route{
			{Pattern: "GET /orders/{number}/board", Access: look, Handler: p.desk, Emergency: true},
			{Pattern: "GET /orders/{number}/wall", Access: look, Handler: p.wall, Emergency: true},
			{Pattern: "GET /orders/{number}/board/panels", Access: look, Handler: p.panels, Emergency: true},
			{Pattern: "GET /orders/{number}/board/events", Access: look, Handler: p.events, Emergency: true},
			{Pattern: "GET /orders/{number}/board/map", Access: look, Handler: p.mapPart, Emergency: true},
			{Pattern: "POST /orders/{number}/notes", Access: steer, Handler: p.note, MaxBody: formBody, Emergency: true},
			{Pattern: "POST /orders/{number}/objectives", Access: steer, Handler: p.add, MaxBody: formBody, Emergency: true},
			{Pattern: "POST /orders/{number}/objectives/{id}", Access: value, Handler: p.value, MaxBody: formBody, Emergency: true},
			{Pattern: "POST /orders/{number}/objectives/{id}/strike", Access: steer, Handler: p.strike, MaxBody: formBody, Emergency: true},
		},
	}
}

func actor(r *http.Request) auth.Actor { return auth.From(r.Context()) }

// translate says a message in the reader's language.
type translate = func(key string, kv ...any) string
