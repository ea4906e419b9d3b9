// Package authweb is the pages on which people log in and out, keep their account, hand out log-in links and read the record.
package authweb

import (
	"embed"
	"net/http"

	"bilin/internal/audit"
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

// Options are what the pages are made of.
type Options struct {
	Auth         *auth.Service
	Sessions     *auth.Sessions
	Tree         func() *network.Tree
	Audit        *audit.Log
	PublicURL    string // as people reach us; "" takes it from the request
	DemoPassword string // shown with the demo logins; "" shows none
}

// Pages are the handlers.
type Pages struct {
	web   *web.Server
	opt   Options
	tries *web.Limiter // log-ins and links, by address
}

// New returns the pages. A session that can't be read is answered by the server.
func New(srv *web.Server, opt Options) *Pages {
	if opt.Sessions != nil && opt.Sessions.OnError == nil {
		opt.Sessions.OnError = srv.Problem
	}
	return &Pages{web: srv, opt: opt, tries: web.NewLimiter(60, 60)}
}

const smallForm = 16 << 10

// Module returns what the pages add to the site.
func (p *Pages) Module() web.Module {
	return web.Module{
		Name:      "auth",
		Templates: web.Sub(files, "templates"),
		Messages:  Messages,
		Pages: []web.PageDef{
			{Name: "auth/login", Data: loginPage{}}, {Name: "auth/link", Data: linkPage{}},
			{Name: "auth/account", Data: accountPage{}}, {Name: "auth/accounts", Data: accountsPage{}},
			{Name: "auth/manage", Data: managePage{}}, {Name: "auth/new", Data: newPage{}},
			{Name: "auth/token", Data: tokenPage{}}, {Name: "auth/leads", Data: leadsPage{}},
			{Name: "auth/cards", Data: cardsPage{}}, {Name: "auth/audit", Data: auditPage{}}, {Name: "auth/auditrow", Data: rowPage{}},
			{Name: "auth/second", Data: secondPage{}}, {Name: "auth/prove", Data: provePage{}},
			{Name: "auth/factors", Data: factorsPage{}}, {Name: "auth/totp", Data: totpPage{}},
			{Name: "auth/codes", Data: codesPage{}}, {Name: "auth/resets", Data: resetsPage{}},
		},
		Answers: map[string]web.Answer{auth.CodeProve: p.askProof, auth.CodeFactor: p.askFactor},
		Routes:  p.routes(),
		Nav: []web.NavItem{
			{Key: "auth.page.leads_nav", Href: "/leads", Icon: "key", Access: string(auth.ActLink), Order: 84},
			{Key: "auth.page.accounts_nav", Href: "/accounts", Icon: "users", Access: string(auth.ActManage), Order: 85},
			{Key: "auth.page.audit_nav", Href: "/audit", Icon: "list-check", Access: string(auth.ActAudit), Order: 86},
			{Key: "auth.page.account_nav", Href: "/account", Icon: "user-circle", Access: string(auth.ActSelf), Order: 89},
		},
	}
}

func (p *Pages) routes() []web.Route {
	self, manage, token := string(auth.ActSelf), string(auth.ActManage), string(auth.ActToken)
	link, record := string(auth.ActLink), string(auth.ActAudit)
	factors, vouch := string(auth.ActFactors), string(auth.ActVouch)
	return []web.Route{
		{Pattern: "GET /login", Access: web.Public, Handler: p.loginForm, Emergency: true},
		{Pattern: "POST /login", Access: web.Public, Handler: p.login, MaxBody: smallForm, Emergency: true},
		{Pattern: "POST /logout", Access: web.Public, Handler: p.logout, MaxBody: smallForm},
		{Pattern: "GET /l/{secret}", Access: web.Public, Handler: p.link, Emergency: true},
		{Pattern: "POST /l/{secret}", Access: web.Public, Handler: p.useLink, MaxBody: smallForm, Emergency: true},

		{Pattern: "POST /login/second", Access: web.Public, Handler: p.second, MaxBody: smallForm, Emergency: true},
		{Pattern: "POST /login/passkey/start", Access: web.Public, Handler: p.askPasskey, MaxBody: smallForm, Emergency: true},
		{Pattern: "POST /login/passkey", Access: web.Public, Handler: p.passkeyLogin, MaxBody: smallForm, Emergency: true},

		{Pattern: "GET /account/prove", Access: self, Handler: p.proveForm, Emergency: true},
		{Pattern: "POST /account/prove", Access: self, Handler: p.proved, MaxBody: smallForm, Emergency: true},
		{Pattern: "GET /account/still", Access: self, Handler: p.still},
		{Pattern: "GET /account/factors", Access: self, Handler: p.factors},
		{Pattern: "POST /account/totp/start", Access: factors, Handler: p.totpStart, MaxBody: smallForm},
		{Pattern: "GET /account/totp", Access: factors, Handler: p.totpForm},
		{Pattern: "POST /account/totp", Access: factors, Handler: p.totpConfirm, MaxBody: smallForm},
		{Pattern: "POST /account/totp/end", Access: factors, Handler: p.totpEnd, MaxBody: smallForm},
		{Pattern: "POST /account/passkeys/start", Access: factors, Handler: p.passkeyStart, MaxBody: smallForm},
		{Pattern: "POST /account/passkeys", Access: factors, Handler: p.passkeyAdd, MaxBody: smallForm},
		{Pattern: "POST /account/passkeys/{key}/name", Access: self, Handler: p.passkeyRename, MaxBody: smallForm},
		{Pattern: "POST /account/passkeys/{key}/end", Access: factors, Handler: p.passkeyEnd, MaxBody: smallForm},
		{Pattern: "POST /account/codes", Access: factors, Handler: p.newCodes, MaxBody: smallForm},
		{Pattern: "POST /account/codes.txt", Access: self, Handler: p.saveCodes, MaxBody: smallForm},

		{Pattern: "GET /account", Access: self, Handler: p.account},
		{Pattern: "POST /account/password", Access: self, Handler: p.changePassword, MaxBody: smallForm},
		{Pattern: "POST /account/sessions/end", Access: self, Handler: p.endOthers, MaxBody: smallForm},
		{Pattern: "POST /account/sessions/{id}/end", Access: self, Handler: p.endOne, MaxBody: smallForm},
		{Pattern: "POST /account/tokens", Access: factors, Handler: p.issueOwnToken, MaxBody: smallForm},
		{Pattern: "POST /account/tokens/{token}/end", Access: self, Handler: p.endToken, MaxBody: smallForm},

		{Pattern: "GET /accounts", Access: manage, Handler: p.accounts},
		{Pattern: "GET /accounts/new", Access: manage, Handler: p.newForm},
		{Pattern: "POST /accounts", Access: manage, Handler: p.create, MaxBody: smallForm},
		{Pattern: "GET /accounts/{id}", Access: manage, Handler: p.manage},
		{Pattern: "POST /accounts/{id}/disable", Access: manage, Handler: p.disable, MaxBody: smallForm},
		{Pattern: "POST /accounts/{id}/enable", Access: manage, Handler: p.enable, MaxBody: smallForm},
		{Pattern: "POST /accounts/{id}/link", Access: manage, Handler: p.passwordLink, MaxBody: smallForm},
		{Pattern: "POST /accounts/{id}/reset", Access: manage, Handler: p.askReset, MaxBody: smallForm},
		{Pattern: "POST /accounts/{id}/sessions/{session}/end", Access: manage, Handler: p.endOther, MaxBody: smallForm},
		{Pattern: "POST /accounts/{id}/sessions/end", Access: manage, Handler: p.endAll, MaxBody: smallForm},
		{Pattern: "POST /accounts/{id}/tokens", Access: token, Handler: p.issueToken, MaxBody: smallForm},
		{Pattern: "POST /accounts/{id}/tokens/{token}/end", Access: manage, Handler: p.revokeToken, MaxBody: smallForm},

		{Pattern: "GET /resets", Access: vouch, Handler: p.resets},
		{Pattern: "POST /resets/{reset}/grant", Access: vouch, Handler: p.grantReset, MaxBody: smallForm},
		{Pattern: "POST /resets/{reset}/refuse", Access: vouch, Handler: p.refuseReset, MaxBody: smallForm},

		{Pattern: "POST /resets/{account}/first", Access: vouch, Handler: p.judgeFirst, MaxBody: smallForm},

		{Pattern: "GET /leads", Access: link, Handler: p.leads},
		{Pattern: "POST /leads/links", Access: link, Handler: p.issueLinks, MaxBody: smallForm},

		{Pattern: "GET /audit", Access: record, Handler: p.audit},
		{Pattern: "GET /audit/checkpoint", Access: record, Handler: p.auditCheckpoint},
		{Pattern: "GET /audit/rows/{row}", Access: record, Handler: p.auditRow},
		{Pattern: "GET /audit/rows/{row}/proof", Access: record, Handler: p.auditProof},
	}
}

func actorOf(r *http.Request) auth.Actor { return auth.From(r.Context()) }

func origin(r *http.Request) auth.Origin {
	return auth.Origin{IP: web.ClientIP(r), Device: auth.Device(r.UserAgent())}
}
