// Package privacyweb is the pages on which a household sees what is held about it and asks, and the desks on which it is answered and reviewed.
package privacyweb

import (
	"context"
	"embed"
	"net/http"
	"time"

	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/network"
	"bilin/internal/privacy"
	"bilin/internal/purpose"
	"bilin/internal/web"
)

//go:embed templates/*.html
var files embed.FS

//go:embed messages.json
var raw []byte

// Messages are the words of these pages.
var Messages = i18n.MustParse(raw)

const formBody = 32 << 10

// How often one address may ask for codes, and try them.
const (
	codesPerMinute = 6
	codeBurst      = 12
	triesPerMinute = 10
	tryBurst       = 30
)

// Review is something else that a privacy officer reviews.
type Review struct {
	Title, Note, Href string
	At                time.Time
}

// Link leads to what a request is about.
type Link struct{ Label, Href, Icon string } // Label is a message key

// Options are what the pages work with.
type Options struct {
	Privacy *privacy.Service
	Purpose *purpose.Service
	Network *network.Service
	Policy  *auth.Policy
	Reviews func(ctx context.Context, actor auth.Actor) ([]Review, error) // orders about persons; nil for none
	About   func(actor auth.Actor, r *privacy.Request) []Link             // where somebody finds what a request is about, as far as they may; nil for nowhere
	Now     func() time.Time
}

// Pages are the handlers.
type Pages struct {
	Codes *web.Limiter // asking for codes, by address
	Tries *web.Limiter // trying codes and keys, by address

	web *web.Server
	o   Options
}

// New returns the pages.
func New(srv *web.Server, o Options) *Pages {
	return &Pages{Codes: web.NewLimiter(codesPerMinute, codeBurst), Tries: web.NewLimiter(triesPerMinute, tryBurst), web: srv, o: o}
}

// Module returns what the pages add to the site.
func (p *Pages) Module() web.Module {
	answer, review, own := string(privacy.ActAnswer), string(purpose.ActReview), string(privacy.ActOwn)
	return web.Module{
		Name: "privacy", Templates: web.Sub(files, "templates"), Messages: Messages,
		Pages: []web.PageDef{
			{Name: "privacy/notice", Data: noticePage{}}, {Name: "privacy/enter", Data: enterPage{}}, {Name: "privacy/code", Data: codePage{}},
			{Name: "privacy/held", Data: heldPage{}}, {Name: "privacy/follow", Data: followPage{}}, {Name: "privacy/lookup", Data: lookupPage{}},
			{Name: "privacy/paper", Data: paperPage{}}, {Name: "privacy/desk", Data: deskPage{}}, {Name: "privacy/request", Data: requestPage{}},
			{Name: "privacy/glass", Data: glassPage{}}, {Name: "privacy/erase", Data: erasePage{}},
		},
		Routes: []web.Route{
			{Pattern: "GET /privacy", Access: web.Public, Handler: p.notice},
			{Pattern: "GET /mine", Access: web.Public, Handler: p.enter},
			{Pattern: "POST /mine/sms", Access: own, Handler: p.sendCode, MaxBody: formBody},
			{Pattern: "GET /mine/code", Access: web.Public, Handler: p.code},
			{Pattern: "POST /mine/code", Access: own, Handler: p.tryCode, MaxBody: formBody},
			{Pattern: "POST /mine/paper", Access: own, Handler: p.tryPaper, MaxBody: formBody},
			{Pattern: "POST /mine/leave", Access: own, Handler: p.leave, MaxBody: formBody},
			{Pattern: "GET /mine/held", Access: own, Handler: p.held},
			{Pattern: "GET /mine/held.json", Access: own, Handler: p.copy},
			{Pattern: "POST /mine/ask", Access: own, Handler: p.ask, MaxBody: formBody},
			{Pattern: "GET /mine/requests", Access: web.Public, Handler: p.lookup},
			{Pattern: "POST /mine/requests", Access: own, Handler: p.look, MaxBody: formBody},
			{Pattern: "GET /mine/requests/{number}", Access: own, Handler: p.follow},
			{Pattern: "GET /privacy/desk/households/{id}/code", Access: string(privacy.ActCode), Handler: p.paper},
			{Pattern: "POST /privacy/desk/households/{id}/code", Access: string(privacy.ActCode), Handler: p.issue, MaxBody: formBody},
			{Pattern: "GET /privacy/desk", Access: answer, Handler: p.desk},
			{Pattern: "GET /privacy/desk/requests/{number}", Access: answer, Handler: p.request},
			{Pattern: "POST /privacy/desk/requests/{number}", Access: answer, Handler: p.reply, MaxBody: formBody},
			{Pattern: "GET /privacy/desk/reviews/{id}", Access: review, Handler: p.glass},
			{Pattern: "POST /privacy/desk/reviews/{id}", Access: review, Handler: p.review, MaxBody: formBody},
		},
		Nav: []web.NavItem{
			{Key: "privacyweb.nav_notice", Href: "/privacy", Icon: "shield-lock", Access: web.Public, Order: 90, Open: true},
			{Key: "privacyweb.nav_desk", Href: "/privacy/desk", Icon: "shield-check", Access: answer, Order: 73},
		},
	}
}

func actor(r *http.Request) auth.Actor { return auth.From(r.Context()) }

// translate writes a message.
type translate func(key string, kv ...any) string

func (p *Pages) t(r *http.Request) translate { return p.web.T(r) }

// who is as what and where somebody acted.
func (p *Pages) who(t translate, role auth.Role, unitID string) string {
	if role == "" {
		return t("privacyweb.system")
	}
	tree := p.o.Network.Tree()
	u := tree.ByID(unitID)
	if u == nil {
		return t("auth.role." + string(role))
	}
	return t("privacyweb.who", "role", t("auth.role."+string(role)), "unit", u.Name)
}

func (p *Pages) place(unitID string) string {
	tree := p.o.Network.Tree()
	if u := tree.Current(tree.ByID(unitID)); u != nil {
		return tree.PathName(u, " · ")
	}
	return ""
}

type noticePage struct{ web.Base }

// notice says in plain words what Bilin holds, why and how long.
func (p *Pages) notice(w http.ResponseWriter, r *http.Request) error {
	return p.web.Render(w, r, "privacy/notice", noticePage{p.web.Base(r, "privacyweb.notice")})
}
