package authweb

import (
	"net/http"
	"strings"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/web"
)

const pageSize = 25

type accountsPage struct {
	web.Base
	Query      string
	Accounts   []auth.Account
	Prev, Next string
}

func (p *Pages) accounts(w http.ResponseWriter, r *http.Request) error {
	parts, err := web.DecodeCursor(r, 1)
	if err != nil {
		return err
	}
	page := accountsPage{Base: p.web.Base(r, "auth.page.accounts"), Query: r.URL.Query().Get("q")}
	after := ""
	if parts != nil {
		after = parts[0]
		page.Prev = web.PageURL(r, "")
	}
	list, err := p.opt.Auth.Accounts(r.Context(), actorOf(r), page.Query, after, pageSize+1)
	if err != nil {
		return err
	}
	if len(list) > pageSize {
		list = list[:pageSize]
		page.Next = web.PageURL(r, web.EncodeCursor(list[pageSize-1].Login))
	}
	page.Accounts = list
	if web.IsHTMX(r) {
		return p.web.RenderPart(w, r, "auth/accounts", "account-list", page)
	}
	return p.web.Render(w, r, "auth/accounts", page)
}

type managePage struct {
	web.Base
	Crumbs   []web.Crumb
	Account  auth.Account
	Mine     bool
	Posts    []postLine
	Sessions []sessionLine
	Tokens   []tokenLine
	Factors  auth.Factors
	First    *auth.FirstLogin
	Scopes   []web.Option // sensitive actions that a token for this account can be issued for
	Program  bool         // a program works as it, so that its tokens are issued here
}

func (p *Pages) manage(w http.ResponseWriter, r *http.Request) error {
	page, err := p.managePage(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "auth/manage", page)
}

func (p *Pages) managePage(r *http.Request) (managePage, error) {
	ctx, me, id := r.Context(), actorOf(r), r.PathValue("id")
	page := managePage{Base: p.web.Base(r, "auth.page.manage"), Mine: me.AccountID == id}
	var err error
	if page.Account, err = p.opt.Auth.Account(ctx, me, id); err != nil {
		return page, err
	}
	page.Crumbs = []web.Crumb{{Label: p.web.T(r)("auth.page.accounts"), Href: "/accounts"}, {Label: page.Account.Login}}
	if page.Account.PersonID != "" {
		grants := p.opt.Tree().Grants(page.Account.PersonID)
		page.Posts, page.Program = p.postLines(p.web.T(r), grants), page.Account.Kind != auth.KindAdmin && auth.ForProgram(grants)
	}
	if page.Sessions, err = p.sessionLines(r, id); err != nil {
		return page, err
	}
	if page.Factors, err = p.opt.Auth.Factors(ctx, me, id); err != nil {
		return page, err
	}
	if page.First, err = p.firstLogin(r, id); err != nil {
		return page, err
	}
	page.Scopes = p.scopes(r, page.Account)
	page.Tokens, err = p.tokenLines(r, id)
	return page, err
}

// scopes are the sensitive actions that an account may do. A token is issued
// for some of them by name.
func (p *Pages) scopes(r *http.Request, a auth.Account) []web.Option {
	who := auth.Actor{AccountID: a.ID}
	if a.Kind == auth.KindAdmin {
		who.Grants = []auth.Grant{{Role: auth.Admin}}
	}
	if a.PersonID != "" {
		who.Grants = append(who.Grants, p.opt.Tree().Grants(a.PersonID)...)
	}
	policy := p.opt.Auth.Policy()
	var list []web.Option
	for _, action := range policy.Sensitive() {
		if policy.Fresh(who, action) > 0 && action != auth.ActFactors {
			list = append(list, web.Option{Value: string(action), Label: p.scopeWord(r, action)})
		}
	}
	return list
}

// scopeWord is a sensitive action in words, or its name where a slice gave it none.
func (p *Pages) scopeWord(r *http.Request, action auth.Action) string {
	word := p.web.T(r)("auth.page.scope." + string(action))
	if strings.HasPrefix(word, "⟦") {
		return string(action)
	}
	return word
}

func (p *Pages) disable(w http.ResponseWriter, r *http.Request) error {
	return p.setDisabled(w, r, true, "auth.page.disabled_done")
}

func (p *Pages) enable(w http.ResponseWriter, r *http.Request) error {
	return p.setDisabled(w, r, false, "auth.page.enabled_done")
}

func (p *Pages) setDisabled(w http.ResponseWriter, r *http.Request, disabled bool, done string) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	if err := p.opt.Auth.SetDisabled(r.Context(), actorOf(r), id, disabled, int(f.Version())); err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/accounts/"+id, done)
}

func (p *Pages) endAll(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if err := p.opt.Auth.EndSessions(r.Context(), actorOf(r), id, ""); err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/accounts/"+id, "auth.page.sessions_ended")
}

func (p *Pages) passwordLink(w http.ResponseWriter, r *http.Request) error {
	link, err := p.opt.Auth.IssuePasswordLink(r.Context(), actorOf(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	return p.showCards(w, r, []auth.Link{link}, nil, "/accounts/"+r.PathValue("id"))
}

func chosenScopes(f *web.Form) (scopes []auth.Action) {
	for _, s := range f.List("scope") {
		scopes = append(scopes, auth.Action(s))
	}
	return scopes
}

type tokenPage struct {
	web.Base
	Token  auth.Token
	Words  []string
	Secret string
	Back   string
}

func (p *Pages) issueToken(w http.ResponseWriter, r *http.Request) error {
	return p.issueTokenOf(w, r, r.PathValue("id"), "/accounts/"+r.PathValue("id"))
}

// issueOwnToken is for everybody who has an account.
func (p *Pages) issueOwnToken(w http.ResponseWriter, r *http.Request) error {
	return p.issueTokenOf(w, r, actorOf(r).AccountID, "/account")
}

func (p *Pages) issueTokenOf(w http.ResponseWriter, r *http.Request, id, back string) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	label, days := f.Required("label", 64), f.Int("days", 1, 366)
	if err := f.Err(); err != nil {
		return err
	}
	a, err := p.opt.Auth.Account(r.Context(), actorOf(r), id)
	if err != nil {
		return err
	}
	token, secret, err := p.opt.Auth.IssueToken(r.Context(), actorOf(r),
		auth.NewToken{Login: a.Login, Label: label, Life: time.Duration(days) * 24 * time.Hour, Scopes: chosenScopes(f)})
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "auth/token", tokenPage{p.web.Base(r, "auth.page.token"), token, p.scopeWords(r, token.Scopes), secret, back})
}

func (p *Pages) revokeToken(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if err := p.opt.Auth.RevokeToken(r.Context(), actorOf(r), id, r.PathValue("token")); err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/accounts/"+id, "auth.page.token_ended")
}

// newPage first finds somebody by unit, and then asks for a login.
type newPage struct {
	web.Base
	Crumbs   []web.Crumb
	Children []network.Unit
	People   []candidate
	Person   *candidate
	Typed    string
}

// candidate is somebody in a post who may get an account.
type candidate struct {
	PersonID, Name, Post, Unit string
	Lead                       bool
}

func (p *Pages) newForm(w http.ResponseWriter, r *http.Request) error {
	page, err := p.newPage(r, r.URL.Query().Get("person"))
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "auth/new", page)
}

func (p *Pages) newPage(r *http.Request, personID string) (newPage, error) {
	page := newPage{Base: p.web.Base(r, "auth.page.new")}
	tree := p.opt.Tree()
	if personID != "" {
		who, ok := candidateOf(tree, personID)
		if !ok {
			return page, errs.E(errs.NotFound, "auth.no_post")
		}
		page.Person = &who
		return page, nil
	}
	unit := tree.Root()
	if code := r.URL.Query().Get("unit"); code != "" {
		unit = tree.Current(tree.ByCode(code))
	}
	if unit == nil {
		return page, errs.E(errs.NotFound, "auth.page.no_unit")
	}
	page.Crumbs = crumbs(tree, unit, "/accounts/new")
	for _, c := range tree.Children(unit) {
		page.Children = append(page.Children, *c)
	}
	for _, post := range tree.Posts(unit.ID) {
		if h := post.Serving(); h != nil {
			page.People = append(page.People, candidate{h.PersonID, h.Name, post.Name, unit.Name, post.Role.IsLead()})
		}
	}
	return page, nil
}

func candidateOf(tree *network.Tree, personID string) (candidate, bool) {
	for _, post := range tree.PostsOf(personID) {
		for _, h := range []*network.Holder{post.Holder, post.StandIn} {
			if h != nil && h.PersonID == personID {
				return candidate{personID, h.Name, post.Name, tree.PathName(tree.ByID(post.UnitID), " · "), post.Role.IsLead()}, true
			}
		}
	}
	return candidate{}, false
}

func crumbs(tree *network.Tree, unit *network.Unit, path string) []web.Crumb {
	var list []web.Crumb
	for _, u := range tree.Path(unit) {
		list = append(list, web.Crumb{Label: u.Name, Href: path + "?unit=" + u.Code})
	}
	list[len(list)-1].Href = ""
	return list
}

// create makes an official's account and shows the link to choose a password with.
func (p *Pages) create(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.newPage(r, f.Required("person", 64))
	if err != nil {
		return err
	}
	if page.Person == nil {
		return f.Err()
	}
	page.Typed = f.Text("login", 64)
	a, err := p.opt.Auth.CreateAccount(r.Context(), actorOf(r),
		auth.NewAccount{Login: page.Typed, Name: page.Person.Name, PersonID: page.Person.PersonID, Kind: auth.KindOfficial})
	if web.IsInvalid(err) {
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, http.StatusUnprocessableEntity, "auth/new", page)
	}
	if err != nil {
		return err
	}
	link, err := p.opt.Auth.IssuePasswordLink(r.Context(), actorOf(r), a.ID)
	if err != nil {
		return err
	}
	return p.showCards(w, r, []auth.Link{link}, nil, "/accounts/"+a.ID)
}
