// Package boardweb is the public pages of answered demands, and the desk at which editors decide what they show.
package boardweb

import (
	"embed"
	"net/http"
	"strconv"

	"bilin/internal/demand/board"
	"bilin/internal/demand/catalog"
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

// How often one address may read the board. A village hall's whole network can
// share one address.
const (
	readsPerMinute = 120
	readBurst      = 240
)

// Pages are the handlers.
type Pages struct {
	Reads *web.Limiter // by address

	web     *web.Server
	svc     *board.Service
	catalog func() *catalog.Catalog
	tree    func() *network.Tree
}

// New returns the pages.
func New(srv *web.Server, svc *board.Service, catalog func() *catalog.Catalog, tree func() *network.Tree) *Pages {
	return &Pages{Reads: web.NewLimiter(readsPerMinute, readBurst), web: srv, svc: svc, catalog: catalog, tree: tree}
}

// Limit sets how often one address may read a minute; 0 leaves it as it is.
func (p *Pages) Limit(perMinute int) *Pages {
	if perMinute > 0 {
		p.Reads = web.NewLimiter(perMinute, perMinute)
	}
	return p
}

// Module returns what the pages add to the site.
func (p *Pages) Module() web.Module {
	publish := string(board.ActPublish)
	return web.Module{
		Name:      "board",
		Templates: web.Sub(files, "templates"),
		Messages:  Messages,
		Pages: []web.PageDef{
			{Name: "board/list", Data: listPage{}}, {Name: "board/entry", Data: entryPage{}},
			{Name: "board/desk", Data: deskPage{}}, {Name: "board/review", Data: reviewPage{}},
		},
		Routes: []web.Route{
			{Pattern: "GET /board", Access: web.Public, Handler: p.list},
			{Pattern: "GET /board/{id}", Access: web.Public, Handler: p.entry},
			{Pattern: "GET /demands/board", Access: publish, Handler: p.desk},
			{Pattern: "GET /board/{id}/review", Access: publish, Handler: p.review},
			{Pattern: "POST /board/{id}/publish", Access: publish, Handler: p.publish, MaxBody: 64 << 10},
			{Pattern: "POST /board/{id}/decline", Access: publish, Handler: p.decline, MaxBody: 16 << 10},
		},
		Nav: []web.NavItem{{Key: "board.page.nav", Href: "/demands/board", Icon: "clipboard-check", Access: publish, Order: 34}},
	}
}

// translate gives a message in the reader's language.
type translate func(key string, kv ...any) string

// cursorOf is the place after which the page asked for begins.
func cursorOf(r *http.Request) (*board.Cursor, error) {
	parts, err := web.DecodeCursor(r, 2)
	if err != nil || parts == nil {
		return nil, err
	}
	at, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil {
		return nil, errs.Wrap(err, errs.NotFound, "web.bad_cursor")
	}
	return &board.Cursor{At: at, ID: parts[1]}, nil
}

// pages are the addresses of the next page and, from a later one, of the first.
func pages(r *http.Request, after, next *board.Cursor) (nextURL, first string) {
	if next != nil {
		nextURL = web.PageURL(r, web.EncodeCursor(strconv.FormatInt(next.At, 10), next.ID))
	}
	if after != nil {
		first = web.PageURL(r, "")
	}
	return nextURL, first
}
