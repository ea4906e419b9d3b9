package authweb

import (
	"net/http"

	"bilin/internal/auth"
	"bilin/internal/web"
)

type accountPage struct {
	web.Base
	Name, LoginName, Roles string
	HasPassword            bool
	Posts                  []postLine
	Sessions               []sessionLine
	Tokens                 []tokenLine
	Scopes                 []web.Option // sensitive actions that one's token can be issued for
	Factors                auth.Factors
	First                  *auth.FirstLogin
	Official, Demo         bool
	Unconfirmed            bool // nobody said yet that it was they who first came in
}

type postLine struct {
	Role, Unit string
	Acting     bool
}

type sessionLine struct {
	auth.Session
	Current bool
}

func (p *Pages) account(w http.ResponseWriter, r *http.Request) error {
	page, err := p.accountPage(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "auth/account", page)
}

func (p *Pages) accountPage(r *http.Request) (accountPage, error) {
	ctx, me, t := r.Context(), actorOf(r), p.web.T(r)
	page := accountPage{Base: p.web.Base(r, "auth.page.account"), Name: me.Name, LoginName: me.Login, Roles: roleNames(t, me.Grants)}
	a, err := p.opt.Auth.Account(ctx, me, me.AccountID)
	if err != nil {
		return page, err
	}
	page.HasPassword, page.Demo = a.Password != "", a.Demo
	page.Official, page.Unconfirmed = a.Kind != auth.KindLead, me.Unconfirmed
	if page.Factors, err = p.opt.Auth.Factors(ctx, me, me.AccountID); err != nil {
		return page, err
	}
	if page.First, err = p.firstLogin(r, me.AccountID); err != nil {
		return page, err
	}
	page.Posts, page.Scopes = p.postLines(t, me.Grants), p.scopes(r, a)
	if page.Sessions, err = p.sessionLines(r, me.AccountID); err != nil {
		return page, err
	}
	page.Tokens, err = p.tokenLines(r, me.AccountID)
	return page, err
}

// tokenLine is a token with what it may do in words.
type tokenLine struct {
	auth.Token
	Words []string
}

func (p *Pages) tokenLines(r *http.Request, accountID string) ([]tokenLine, error) {
	tokens, err := p.opt.Auth.Tokens(r.Context(), actorOf(r), accountID)
	lines := make([]tokenLine, len(tokens))
	for i, token := range tokens {
		lines[i] = tokenLine{token, p.scopeWords(r, token.Scopes)}
	}
	return lines, err
}

func (p *Pages) scopeWords(r *http.Request, scopes []auth.Action) []string {
	words := make([]string, len(scopes))
	for i, s := range scopes {
		if words[i] = p.scopeWord(r, s); s == auth.AllScopes {
			words[i] = p.web.T(r)("auth.page.scope_all")
		}
	}
	return words
}

// firstLogin is when an account was first used, nil where that wasn't kept.
func (p *Pages) firstLogin(r *http.Request, accountID string) (*auth.FirstLogin, error) {
	f, found, err := p.opt.Auth.FirstLoginOf(r.Context(), actorOf(r), accountID)
	if err != nil || !found {
		return nil, err
	}
	return &f, nil
}

func (p *Pages) postLines(t func(string, ...any) string, grants []auth.Grant) []postLine {
	tree := p.opt.Tree()
	var lines []postLine
	for _, g := range grants {
		line := postLine{Role: t("auth.role." + string(g.Role)), Acting: g.Acting}
		if u := tree.ByID(g.UnitID); u != nil {
			line.Unit = tree.PathName(u, " · ")
		}
		lines = append(lines, line)
	}
	return lines
}

func (p *Pages) sessionLines(r *http.Request, accountID string) ([]sessionLine, error) {
	sessions, err := p.opt.Auth.Sessions(r.Context(), actorOf(r), accountID)
	if err != nil {
		return nil, err
	}
	current := p.opt.Sessions.Current(r.Context())
	lines := make([]sessionLine, len(sessions))
	for i, s := range sessions {
		lines[i] = sessionLine{s, s.ID == current}
	}
	return lines, nil
}

func (p *Pages) changePassword(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	wanted := r.PostForm.Get("password")
	if wanted != r.PostForm.Get("password_again") {
		f.Fail("password_again", "auth.page.passwords_differ")
	}
	if err = f.Err(); err == nil {
		err = p.opt.Auth.ChangePassword(r.Context(), actorOf(r), r.PostForm.Get("current"), wanted, p.opt.Sessions.Current(r.Context()))
	}
	if web.IsInvalid(err) {
		page, failed := p.accountPage(r)
		if failed != nil {
			return failed
		}
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, http.StatusUnprocessableEntity, "auth/account", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/account", "auth.page.password_changed")
}

func (p *Pages) endOne(w http.ResponseWriter, r *http.Request) error {
	me, id := actorOf(r), r.PathValue("id")
	if id == p.opt.Sessions.Current(r.Context()) {
		return p.logout(w, r)
	}
	if err := p.opt.Auth.EndSession(r.Context(), me, me.AccountID, id); err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/account", "auth.page.session_ended")
}

func (p *Pages) endOthers(w http.ResponseWriter, r *http.Request) error {
	me := actorOf(r)
	if err := p.opt.Auth.EndSessions(r.Context(), me, me.AccountID, p.opt.Sessions.Current(r.Context())); err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/account", "auth.page.sessions_ended")
}

func (p *Pages) endToken(w http.ResponseWriter, r *http.Request) error {
	me := actorOf(r)
	if err := p.opt.Auth.RevokeToken(r.Context(), me, me.AccountID, r.PathValue("token")); err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/account", "auth.page.token_ended")
}
