// Package demandweb is the pages on which residents raise and follow demands.
package demandweb

import (
	"context"
	"embed"
	"net/http"
	"time"

	"bilin/internal/demand"
	"bilin/internal/demand/board"
	"bilin/internal/demand/tell"
	"bilin/internal/demandweb/words"
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

// How often one address may do what needs no login. A village hall's whole
// network can share one address, so it is generous.
const (
	raisesPerMinute = 30
	raiseBurst      = 60
	missesPerMinute = 20 // wrong numbers and keys
	missBurst       = 40
	doorsPerMinute  = 60 // forms opened by a door card's code
)

// Pages are the handlers.
type Pages struct {
	Raises *web.Limiter // raising, by address
	Misses *web.Limiter // wrong numbers and keys, by address
	Doors  *web.Limiter // forms opened by a door card's code, by address

	Hints *web.Limiter // looking for the same matter while writing, by address

	web    *web.Server
	svc    *demand.Service
	homes  Homes
	proved func(r *http.Request, door string) (bool, error)
	board  Board
	sent   Sendings
	now    func() time.Time
	tree   func() *network.Tree
}

// New returns the demand pages.
func New(srv *web.Server, svc *demand.Service, tree func() *network.Tree) *Pages {
	return &Pages{
		Raises: web.NewLimiter(raisesPerMinute, raiseBurst), Misses: web.NewLimiter(missesPerMinute, missBurst),
		Doors: web.NewLimiter(doorsPerMinute, doorsPerMinute),
		Hints: web.NewLimiter(doorsPerMinute, doorsPerMinute), now: time.Now,
		web: srv, svc: svc, tree: tree,
	}
}

// Homes lets whoever enters a demand for somebody choose the household.
func (p *Pages) Homes(h Homes) *Pages {
	p.homes = h
	return p
}

// Proved sets who tells of a request whether it comes from somebody who has proved
// to be of the household of a door code; without it nobody has.
func (p *Pages) Proved(proved func(r *http.Request, door string) (bool, error)) *Pages {
	p.proved = proved
	return p
}

// Board shows authors what everybody would read of their demand.
type Board interface {
	Preview(ctx context.Context, demandID string) (board.Preview, error)
}

// Sendings say what became of the messages to a resident.
type Sendings interface {
	Messages(ctx context.Context, demandID string) ([]tell.Message, error)
}

// Beside adds what other parts know of a demand; either may be nil.
func (p *Pages) Beside(b Board, s Sendings) *Pages {
	p.board, p.sent = b, s
	return p
}

// Clock sets what time it is; the default is time.Now.
func (p *Pages) Clock(now func() time.Time) *Pages {
	p.now = now
	return p
}

// Limit sets how often one address may raise a minute; 0 leaves it as it is.
// Guessing at keys stays as hard as it was.
func (p *Pages) Limit(perMinute int) *Pages {
	if perMinute > 0 {
		p.Raises, p.Doors = web.NewLimiter(perMinute, perMinute), web.NewLimiter(perMinute, perMinute)
	}
	return p
}

// Module returns what the pages add to the site.
func (p *Pages) Module() web.Module {
	return web.Module{
		Name:      "demand",
		Templates: web.Sub(files, "templates"),
		Messages:  Messages,
		Nav:       []web.NavItem{{Key: "demand.page.nav_enter", Href: "/demands/enter", Icon: "user-plus", Access: string(demand.ActEnter), Order: 31}},
		Pages: []web.PageDef{
			{Name: "demand/place", Data: placePage{}}, {Name: "demand/raise", Data: raisePage{}},
			{Name: "demand/receipt", Data: receiptPage{}}, {Name: "demand/lookup", Data: lookupPage{}},
			{Name: "demand/track", Data: trackPage{}}, {Name: "demand/same", Data: samePage{}},
			{Name: "demand/too", Data: tooPage{}}, {Name: "demand/thanks", Data: thanksPage{}},
			{Name: "demand/whom", Data: whomPage{}}, {Name: "demand/enter", Data: enterPage{}},
		},
		Routes: []web.Route{
			{Pattern: "GET /demands/new", Access: web.Public, Handler: p.newForm},
			{Pattern: "POST /demands", Access: web.Public, Handler: p.raise, MaxBody: maxUpload},
			{Pattern: "GET /demands/promise", Access: web.Public, Handler: p.promised},
			{Pattern: "POST /demands/similar", Access: web.Public, Handler: p.similar, MaxBody: 64 << 10},
			{Pattern: "GET /same/{id}", Access: web.Public, Handler: p.tooForm},
			{Pattern: "POST /same/{id}", Access: web.Public, Handler: p.follow, MaxBody: 8 << 10},
			{Pattern: "GET /demands/thanks", Access: web.Public, Handler: p.thanks},
			{Pattern: "GET /demands/enter", Access: string(demand.ActEnter), Handler: p.enterForm},
			{Pattern: "POST /demands/enter", Access: string(demand.ActEnter), Handler: p.enter, MaxBody: maxUpload},
			{Pattern: "GET /t/{number}/photos/{id}", Access: web.Public, Handler: p.photo},
			{Pattern: "POST /t/{number}/seen", Access: web.Public, Handler: p.seen, MaxBody: 8 << 10},
			{Pattern: "POST /t/{number}/split", Access: web.Public, Handler: p.split, MaxBody: 64 << 10},
			{Pattern: "POST /t/{number}/fixed", Access: web.Public, Handler: p.fixed, MaxBody: 64 << 10},
			{Pattern: "POST /t/{number}/claim", Access: web.Public, Handler: p.claim, MaxBody: 64 << 10},
			{Pattern: "POST /t/{number}/publish", Access: web.Public, Handler: p.publish, MaxBody: 64 << 10},
			{Pattern: "POST /t/{number}/withdraw", Access: web.Public, Handler: p.withdraw, MaxBody: 64 << 10},
			{Pattern: "GET /t", Access: web.Public, Handler: p.lookupForm},
			{Pattern: "POST /t", Access: web.Public, Handler: p.lookup, MaxBody: 8 << 10},
			{Pattern: "GET /t/{number}", Access: web.Public, Handler: p.track},
			{Pattern: "GET /t/{number}/receipt", Access: web.Public, Handler: p.receipt},
			{Pattern: "POST /t/{number}/confirm", Access: web.Public, Handler: p.confirm, MaxBody: 64 << 10},
			{Pattern: "POST /t/{number}/reopen", Access: web.Public, Handler: p.reopen, MaxBody: 64 << 10},
			{Pattern: "POST /t/{number}/say", Access: web.Public, Handler: p.say, MaxBody: maxUpload},
		},
	}
}

func (p *Pages) t(r *http.Request) words.T { return p.web.T(r) }
