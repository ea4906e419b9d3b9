// Package pushweb is where people choose to hear of call-outs by a notification of their browser.
package pushweb

import (
	"context"
	"embed"
	"net/http"
	"slices"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/mobilise/push"
	"bilin/internal/web"
)

//go:embed templates/*.html
var files embed.FS

//go:embed messages.json
var raw []byte

// Messages are the words of this page.
var Messages = i18n.MustParse(raw)

const formBody = 16 << 10

// Pages are the handlers.
type Pages struct {
	web *web.Server
	svc *push.Service
}

// New returns the page.
func New(srv *web.Server, svc *push.Service) *Pages { return &Pages{srv, svc} }

// Module returns what the page adds to the site.
func (p *Pages) Module() web.Module {
	self := string(push.ActSelf)
	return web.Module{
		Name: "push", Templates: web.Sub(files, "templates"), Messages: Messages,
		Pages: []web.PageDef{{Name: "push/mine", Data: minePage{}}},
		Routes: []web.Route{
			{Pattern: "GET /me/push", Access: self, Handler: p.mine},
			{Pattern: "POST /me/push", Access: self, Handler: p.subscribe, MaxBody: formBody},
			{Pattern: "POST /me/push/{id}/end", Access: self, Handler: p.unsubscribe, MaxBody: formBody},
		},
		Nav: []web.NavItem{{Key: "pushweb.nav", Href: "/me/push", Icon: "bell", Access: self, Order: 88}},
	}
}

func actor(r *http.Request) auth.Actor { return auth.From(r.Context()) }

type minePage struct {
	web.Base
	Phone     bool // the page is open on one
	Called    bool // the account belongs to somebody who can be called out
	Ready     bool // notifications are set up in this city
	PublicKey string
	Browsers  []push.Browser
	Most      int
}

func (p *Pages) mine(w http.ResponseWriter, r *http.Request) error {
	return p.mineWith(w, r, http.StatusOK, nil)
}

func (p *Pages) mineWith(w http.ResponseWriter, r *http.Request, status int, cause error) error {
	page := minePage{Base: p.web.Base(r, "pushweb.title"), Called: actor(r).PersonID != "", Ready: p.svc.Ready(), Most: push.MaxBrowsers}
	system, _, _ := strings.Cut(auth.Device(r.UserAgent()), "/")
	page.Phone = slices.Contains([]string{"Android", "HarmonyOS", "iPhone", "iPad"}, system) || page.Face == web.Phone
	if cause != nil {
		page.Errors = web.FormErrorsOf(cause)
	}
	if page.Called {
		if err := p.fill(r.Context(), actor(r), &page); err != nil {
			return err
		}
	}
	return p.web.RenderStatus(w, r, status, "push/mine", page)
}

func (p *Pages) fill(ctx context.Context, who auth.Actor, page *minePage) (err error) {
	page.Browsers, err = p.svc.Mine(ctx, who)
	for i := range page.Browsers {
		page.Browsers[i].Device = strings.Trim(strings.ReplaceAll(page.Browsers[i].Device, "/", " · "), " ·")
	}
	if err != nil || !page.Ready {
		return err
	}
	page.PublicKey, err = p.svc.PublicKey()
	return err
}

func (p *Pages) subscribe(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	cmd := push.Subscribe{
		Key: f.Key(), Endpoint: r.PostFormValue("endpoint"), P256dh: r.PostFormValue("p256dh"), Auth: r.PostFormValue("auth"), Device: auth.Device(r.UserAgent()),
	}
	err = p.svc.Subscribe(r.Context(), actor(r), cmd)
	if web.IsInvalid(err) {
		return p.mineWith(w, r, http.StatusUnprocessableEntity, err)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/me/push", "pushweb.said_on")
}

func (p *Pages) unsubscribe(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	if err := p.svc.Unsubscribe(r.Context(), actor(r), push.Unsubscribe{Key: f.Key(), ID: r.PathValue("id")}); err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/me/push", "pushweb.said_off")
}
