package privacyweb

import (
	"net/http"
	"net/url"

	"bilin/internal/errs"
	"bilin/internal/privacy"
	"bilin/internal/web"
)

type enterPage struct {
	web.Base
	Door, Demand, Key string // what is known of the household
	Paper             string // as typed
	SMS               bool   // codes can be sent
}

func (p *Pages) enter(w http.ResponseWriter, r *http.Request) error {
	if _, err := p.session(r); err == nil {
		return p.web.SeeOther(w, r, "/mine/held", "")
	}
	q := r.URL.Query()
	page := enterPage{Base: p.web.Base(r, "privacyweb.mine"), Door: clip(q.Get("door")), Demand: clip(q.Get("demand")), Key: clip(q.Get("k"))}
	return p.enterWith(w, r, http.StatusOK, page)
}

func (p *Pages) enterWith(w http.ResponseWriter, r *http.Request, status int, page enterPage) error {
	web.Quiet(w)
	page.SMS = p.o.Privacy.SendsCodes()
	return p.web.RenderStatus(w, r, status, "privacy/enter", page)
}

const mostHint = 80

func clip(s string) string {
	if r := []rune(s); len(r) > mostHint {
		return string(r[:mostHint])
	}
	return s
}

// sendCode answers the same whether or not there is a household, a number, or a
// code under way.
func (p *Pages) sendCode(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	if err := p.Codes.Allow(web.ClientIP(r)); err != nil {
		return err
	}
	page := enterPage{Base: p.web.Base(r, "privacyweb.mine"), Door: f.Text("door", mostHint), Demand: f.Text("demand", mostHint), Key: f.Text("k", mostHint)}
	if page.Door == "" && page.Demand == "" {
		f.Fail("door", "privacyweb.door_needed")
	}
	challenge := ""
	if err = f.Err(); err == nil {
		challenge, err = p.o.Privacy.SendCode(r.Context(), privacy.Hint{Door: page.Door, Demand: page.Demand, Key: page.Key})
	}
	if web.IsInvalid(err) {
		page.Errors = web.FormErrorsOf(err)
		return p.enterWith(w, r, http.StatusUnprocessableEntity, page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/mine/code?"+url.Values{"c": {challenge}}.Encode(), "")
}

type codePage struct {
	web.Base
	Challenge string
}

func (p *Pages) code(w http.ResponseWriter, r *http.Request) error {
	web.Quiet(w)
	return p.web.Render(w, r, "privacy/code", codePage{p.web.Base(r, "privacyweb.code_title"), clip(r.URL.Query().Get("c"))})
}

func (p *Pages) tryCode(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	if err := p.Tries.Allow(web.ClientIP(r)); err != nil {
		return err
	}
	page := codePage{p.web.Base(r, "privacyweb.code_title"), f.Text("c", mostHint)}
	typed, secret := f.Required("code", 20), ""
	if err = f.Err(); err == nil {
		secret, err = p.o.Privacy.Enter(r.Context(), page.Challenge, typed)
	}
	if web.IsInvalid(err) {
		web.Quiet(w)
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, http.StatusUnprocessableEntity, "privacy/code", page)
	}
	if err != nil {
		return err
	}
	return p.entered(w, r, secret)
}

func (p *Pages) tryPaper(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	if err := p.Tries.Allow(web.ClientIP(r)); err != nil {
		return err
	}
	page := enterPage{Base: p.web.Base(r, "privacyweb.mine"), Paper: f.Required("code", 40), Door: f.Text("door", mostHint)}
	secret := ""
	if err = f.Err(); err == nil {
		secret, err = p.o.Privacy.EnterPaper(r.Context(), page.Paper)
	}
	if web.IsInvalid(err) {
		page.Errors = web.FormErrorsOf(err)
		return p.enterWith(w, r, http.StatusUnprocessableEntity, page)
	}
	if err != nil {
		return err
	}
	return p.entered(w, r, secret)
}

// cookie is a household's session: of this host alone, and gone with the browser or after its time.
func (p *Pages) cookie(secret string, age int) *http.Cookie {
	return &http.Cookie{Name: p.web.CookieName("mine"), Value: secret, Path: "/", MaxAge: age, Secure: p.web.Secure(), HttpOnly: true, SameSite: http.SameSiteStrictMode}
}

func (p *Pages) entered(w http.ResponseWriter, r *http.Request, secret string) error {
	http.SetCookie(w, p.cookie(secret, int(privacy.SessionGood.Seconds())))
	return p.web.SeeOther(w, r, "/mine/held", "")
}

func (p *Pages) secret(r *http.Request) string {
	c, err := r.Cookie(p.web.CookieName("mine"))
	if err != nil {
		return ""
	}
	return c.Value
}

func (p *Pages) session(r *http.Request) (privacy.Session, error) {
	return p.o.Privacy.Session(r.Context(), p.secret(r))
}

// confirmed returns whose the session is, or leads to where one confirms.
func (p *Pages) confirmed(w http.ResponseWriter, r *http.Request) (who privacy.Session, ok bool, err error) {
	who, err = p.session(r)
	if errs.CodeOf(err) == "privacy.confirm" && err != nil {
		return who, false, p.web.SeeOther(w, r, "/mine", "privacyweb.said_confirm")
	}
	return who, err == nil, err
}

func (p *Pages) leave(w http.ResponseWriter, r *http.Request) error {
	if err := p.o.Privacy.Leave(r.Context(), p.secret(r)); err != nil {
		return err
	}
	http.SetCookie(w, p.cookie("", -1))
	return p.web.SeeOther(w, r, "/mine", "privacyweb.said_left")
}

type paperPage struct {
	web.Base
	Address, Place string
	ID             string
	Code           string // spoken; shown once
	Paper          privacy.Paper
}

func (p *Pages) paperPage(r *http.Request) (paperPage, error) {
	h, err := p.o.Network.Household(r.Context(), actor(r), r.PathValue("id"))
	return paperPage{Base: p.web.Base(r, "privacyweb.paper_title"), ID: h.ID, Address: h.Address, Place: p.place(h.UnitID)}, err
}

func (p *Pages) paper(w http.ResponseWriter, r *http.Request) error {
	page, err := p.paperPage(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "privacy/paper", page)
}

// issue makes a code and shows it once, to be printed or copied.
func (p *Pages) issue(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.paperPage(r)
	if err != nil {
		return err
	}
	page.FormKey = f.Key()
	page.Paper, err = p.o.Privacy.IssueCode(r.Context(), actor(r), f.Key(), page.ID, f.Bool("person"))
	if web.IsInvalid(err) || errs.KindOf(err) == errs.Conflict && err != nil {
		if !web.IsInvalid(err) {
			page.FormKey = p.web.Base(r, "privacyweb.paper_title").FormKey
		}
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, http.StatusUnprocessableEntity, "privacy/paper", page)
	}
	if err != nil {
		return err
	}
	web.Quiet(w)
	page.Code = privacy.Spoken(page.Paper.Code)
	return p.web.Render(w, r, "privacy/paper", page)
}
