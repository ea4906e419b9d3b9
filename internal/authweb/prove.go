package authweb

import (
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/web"
)

// The inputs with which a form carries a proof. The page that asks for it sends
// the form on to where it was going, with the proof beside what was typed.
const (
	proofWord   = web.ProofField
	proofSecret = web.ProofField + "_secret"
	proofKey    = web.ProofField + "_key"
)

// Prove takes a proof that came with a form, and asks for one where what is
// about to be done needs it.
func Prove(policy *auth.Policy, sessions *auth.Sessions) func(*http.Request, string) (*http.Request, error) {
	return func(r *http.Request, access string) (*http.Request, error) {
		proof, given := proofOf(r)
		if given {
			var err error
			if r, err = sessions.Prove(r, proof); err != nil {
				return r, again(err)
			}
		}
		if access == web.Public {
			return r, nil
		}
		return r, policy.Proved(auth.From(r.Context()), auth.Action(access))
	}
}

// again asks once more and says what was wrong with the proof.
func again(cause error) error {
	e := errs.As(cause)
	if e.Kind == errs.Internal || e.Kind == errs.Unavailable {
		return cause
	}
	next := errs.E(errs.Unauthenticated, auth.CodeProve)
	if len(e.Fields) > 0 {
		return next.WithField(proofWord, e.Fields[0].Code, e.Fields[0].Args...)
	}
	return next.WithField(proofWord, e.Code, e.Args...)
}

// proofOf takes the proof out of a form, so that nothing after it sees it.
func proofOf(r *http.Request) (auth.Proof, bool) {
	if r.Method != http.MethodPost || !isForm(r) || r.ParseForm() != nil {
		return auth.Proof{}, false
	}
	p := auth.Proof{Word: r.PostForm.Get(proofWord), Secret: r.PostForm.Get(proofSecret), Passkey: r.PostForm.Get(proofKey), From: origin(r)}
	_, given := r.PostForm[proofWord]
	for _, name := range []string{proofWord, proofSecret, proofKey} {
		delete(r.PostForm, name)
		delete(r.Form, name)
	}
	return p, given
}

// isForm reports whether a request holds a form that can be sent again: one
// with files can't.
func isForm(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded")
}

type provePage struct {
	web.Base
	How    auth.HowToProve
	Action string // where the form goes on to
	Next   string // for a page that was to be opened
	Kept   []keptField
	Files  bool // files were chosen, which have to be chosen again
}

type keptField struct{ Name, Value string }

// proveForm asks who is there before a page opens.
func (p *Pages) proveForm(w http.ResponseWriter, r *http.Request) error {
	page, err := p.provePage(r, nil)
	if err != nil {
		return err
	}
	page.Action, page.Next = "/account/prove", local(r.URL.Query().Get("next"))
	return p.web.Render(w, r, "auth/prove", page)
}

// proved is reached with a proof that was taken already.
func (p *Pages) proved(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, local(f.Text("next", 500)), "")
}

func (p *Pages) provePage(r *http.Request, cause error) (provePage, error) {
	page := provePage{Base: p.web.Base(r, "auth.page.confirm_you")}
	var err error
	if page.How, err = p.opt.Auth.HowToProve(r.Context(), actorOf(r)); err != nil {
		return page, err
	}
	if cause != nil {
		page.Errors = web.FormErrors{Code: "auth.invalid", Fields: errs.As(cause).Fields}
	}
	return page, nil
}

// askProof answers whatever needs a fresh proof. What was typed goes along, and
// is sent with the proof to where it was going.
func (p *Pages) askProof(w http.ResponseWriter, r *http.Request, cause error) error {
	if web.IsHTMX(r) && r.Method != http.MethodGet { // somebody is writing: the page stays, and sending it will ask
		return p.web.RenderPart(w, r, "auth/prove", "prove-note", provePage{Base: p.web.Base(r, "auth.page.confirm_you")})
	}
	if web.IsHTMX(r) {
		w.Header().Set("HX-Redirect", proveAt(shownPage(r)))
		w.WriteHeader(http.StatusUnauthorized)
		return nil
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		http.Redirect(w, r, proveAt(r.URL.RequestURI()), http.StatusSeeOther)
		return nil
	}
	page, err := p.provePage(r, nil)
	if err != nil {
		return err
	}
	if fields := errs.As(cause).Fields; len(fields) > 0 {
		page.Errors = web.FormErrors{Code: "auth.invalid", Fields: fields}
	}
	page.Action, page.Next = r.URL.RequestURI(), ""
	if !isForm(r) {
		page.Action, page.Next, page.Files = "/account/prove", local(shownPage(r)), true
	} else if r.URL.Path == page.Path && r.URL.Path == "/account/prove" {
		page.Next = local(r.PostForm.Get("next"))
	} else {
		page.Kept = kept(r)
	}
	return p.web.RenderStatus(w, r, http.StatusUnauthorized, "auth/prove", page)
}

func proveAt(next string) string {
	return "/account/prove?" + url.Values{"next": {local(next)}}.Encode()
}

// shownPage is the page that a request was sent from.
func shownPage(r *http.Request) string {
	for _, from := range []string{r.Header.Get("HX-Current-URL"), r.Referer()} {
		if u, err := url.Parse(from); err == nil && from != "" && (u.Host == r.Host || u.Host == "") {
			return u.RequestURI()
		}
	}
	return "/"
}

// kept is what was typed, but passwords, which nobody should find in a page.
func kept(r *http.Request) []keptField {
	var list []keptField
	for name, values := range r.PostForm {
		if strings.Contains(name, "password") || name == "current" {
			continue
		}
		for _, v := range values {
			list = append(list, keptField{name, v})
		}
	}
	slices.SortStableFunc(list, func(a, b keptField) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// askFactor leads an official without a second factor to where one is set up.
func (p *Pages) askFactor(w http.ResponseWriter, r *http.Request, _ error) error {
	if web.IsHTMX(r) {
		w.Header().Set("HX-Redirect", "/account/factors")
		w.WriteHeader(http.StatusForbidden)
		return nil
	}
	http.Redirect(w, r, "/account/factors", http.StatusSeeOther)
	return nil
}

type secondPage struct {
	web.Base
	Pending, Next string
	Passkeys      bool
}

// second completes a log-in that waits for its second step.
func (p *Pages) second(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	if err := p.tries.Allow(web.ClientIP(r)); err != nil {
		return err
	}
	pending, next := f.Text("pending", 64), local(f.Text("next", 500))
	e, err := p.opt.Auth.SecondStep(r.Context(), pending, r.PostForm.Get("code"), origin(r))
	if kind := errs.KindOf(err); err != nil && (kind == errs.Invalid || kind == errs.TooMany) {
		return p.secondForm(w, r, pending, next, err)
	}
	if errs.CodeOf(err) == "auth.step_over" && err != nil {
		return p.loginAgain(w, r, next, "", err)
	}
	if err != nil {
		return err
	}
	return p.started(w, r, e, next, "")
}

func (p *Pages) secondForm(w http.ResponseWriter, r *http.Request, pending, next string, cause error) error {
	page := secondPage{Base: p.web.Base(r, "auth.page.second"), Pending: pending, Next: next, Passkeys: p.opt.Auth.Passkeys()}
	if cause == nil {
		return p.web.Render(w, r, "auth/second", page)
	}
	page.Errors = web.FormErrorsOf(cause)
	return p.web.RenderStatus(w, r, errs.Status(cause), "auth/second", page)
}

// started begins the session of a complete log-in, and asks for the second step of another.
func (p *Pages) started(w http.ResponseWriter, r *http.Request, e auth.Entry, next, flash string, kv ...any) error {
	if e.Pending != "" {
		return p.secondForm(w, r, e.Pending, next, nil)
	}
	if err := p.opt.Sessions.Start(r.Context(), e, origin(r).Device); err != nil {
		return err
	}
	return p.web.SeeOther(w, r, next, flash, kv...)
}

// askPasskey gives a browser something to sign, before a log-in or a proof.
func (p *Pages) askPasskey(w http.ResponseWriter, r *http.Request) error {
	if err := p.tries.Allow(web.ClientIP(r)); err != nil {
		return err
	}
	c, err := p.opt.Auth.AskPasskey(r.Context())
	if err != nil {
		return err
	}
	return p.web.JSON(w, c)
}

// passkeyLogin logs in whose passkey answered.
func (p *Pages) passkeyLogin(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	if err := p.tries.Allow(web.ClientIP(r)); err != nil {
		return err
	}
	next := local(f.Text("next", 500))
	e, err := p.opt.Auth.PasskeyLogin(r.Context(), r.PostForm.Get("secret"), r.PostForm.Get("key"), origin(r))
	if kind := errs.KindOf(err); err != nil && (kind == errs.Invalid || kind == errs.Forbidden) {
		return p.loginAgain(w, r, next, "", err)
	}
	if err != nil {
		return err
	}
	return p.started(w, r, e, next, "")
}

// qr is a QR code on a page.
type qr = template.HTML
