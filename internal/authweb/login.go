package authweb

import (
	"net/http"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/web"
)

type loginPage struct {
	web.Base
	Next         string
	Typed        string // the login as typed, or the demo login chosen
	Demo         []demoLogin
	DemoPassword string
	Passkeys     bool
	Ended        bool // the session that was here was ended from elsewhere
}

type demoLogin struct {
	Login, Name, Role string
}

func (p *Pages) loginForm(w http.ResponseWriter, r *http.Request) error {
	next := local(r.URL.Query().Get("next"))
	if !actorOf(r).Anonymous() {
		return p.web.SeeOther(w, r, next, "")
	}
	page, err := p.loginPage(r, next, r.URL.Query().Get("as"))
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "auth/login", page)
}

func (p *Pages) loginPage(r *http.Request, next, typed string) (loginPage, error) {
	page := loginPage{Base: p.web.Base(r, "auth.page.login"), Next: next, Typed: typed, Passkeys: p.opt.Auth.Passkeys(),
		Ended: r.URL.Query().Get("ended") != ""}
	demo, err := p.opt.Auth.DemoAccounts(r.Context())
	if err != nil {
		return page, err
	}
	t := p.web.T(r)
	for _, a := range demo {
		page.Demo = append(page.Demo, demoLogin{a.Login, a.Name, roleNames(t, a.Grants)})
	}
	if len(demo) > 0 {
		page.DemoPassword = p.opt.DemoPassword
	}
	return page, nil
}

func (p *Pages) login(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	if err := p.tries.Allow(web.ClientIP(r)); err != nil {
		return err
	}
	typed, next := f.Text("login", 64), local(f.Text("next", 500))
	e, err := p.opt.Auth.Login(r.Context(), typed, r.PostForm.Get("password"), origin(r))
	switch errs.KindOf(err) {
	case errs.Unauthenticated, errs.TooMany:
		if err != nil {
			return p.loginAgain(w, r, next, typed, err)
		}
	}
	if err != nil {
		return err
	}
	return p.started(w, r, e, next, "")
}

func (p *Pages) loginAgain(w http.ResponseWriter, r *http.Request, next, typed string, cause error) error {
	page, err := p.loginPage(r, next, typed)
	if err != nil {
		return err
	}
	page.Errors = web.FormErrorsOf(cause)
	return p.web.RenderStatus(w, r, errs.Status(cause), "auth/login", page)
}

func (p *Pages) logout(w http.ResponseWriter, r *http.Request) error {
	if err := p.opt.Sessions.End(r.Context()); err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/", "auth.page.logged_out")
}

// local keeps a path of ours and turns everything else into the start page, so
// that a link to our login page can't send anybody elsewhere.
func local(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") ||
		strings.HasPrefix(next, "/login") || strings.HasPrefix(next, "/logout") {
		return "/"
	}
	return next
}

type linkPage struct {
	web.Base
	Name   string // masked by the template: whoever has the address sees it
	Secret string
	Choose bool // a password is to be chosen
}

// link shows what a one-time link is for. It changes nothing, however often
// and by whomever it is fetched.
func (p *Pages) link(w http.ResponseWriter, r *http.Request) error {
	page, err := p.linkPage(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "auth/link", page)
}

func (p *Pages) linkPage(r *http.Request) (linkPage, error) {
	if err := p.tries.Allow(web.ClientIP(r)); err != nil {
		return linkPage{}, err
	}
	link, err := p.opt.Auth.Link(r.Context(), r.PathValue("secret"))
	if err != nil {
		return linkPage{}, err
	}
	return linkPage{Base: p.web.Base(r, "auth.page.link"), Name: link.Name, Secret: link.Secret, Choose: link.Purpose == auth.ToPassword}, nil
}

func (p *Pages) useLink(w http.ResponseWriter, r *http.Request) error {
	page, err := p.linkPage(r)
	if err != nil {
		return err
	}
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	password := r.PostForm.Get("password")
	if page.Choose && password != r.PostForm.Get("password_again") {
		f.Fail("password_again", "auth.page.passwords_differ")
	}
	var e auth.Entry
	if err = f.Err(); err == nil {
		e, err = p.opt.Auth.UseLink(r.Context(), page.Secret, password, origin(r))
	}
	if web.IsInvalid(err) {
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, http.StatusUnprocessableEntity, "auth/link", page)
	}
	if err != nil {
		return err
	}
	return p.started(w, r, e, "/", "auth.page.welcome", "name", e.Name)
}
