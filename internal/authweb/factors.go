package authweb

import (
	"net/http"
	"strconv"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/web"
)

type factorsPage struct {
	web.Base
	Crumbs  []web.Crumb
	Factors auth.Factors
	Account auth.Account
	Locked  bool
	Keys    bool // passkeys work at this address
}

func (p *Pages) factors(w http.ResponseWriter, r *http.Request) error {
	page, err := p.factorsPage(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "auth/factors", page)
}

func (p *Pages) factorsPage(r *http.Request) (factorsPage, error) {
	me := actorOf(r)
	page := factorsPage{Base: p.web.Base(r, "auth.page.factors"), Locked: me.Door.Locked, Keys: p.opt.Auth.Passkeys()}
	page.Crumbs = []web.Crumb{{Label: p.web.T(r)("auth.page.account"), Href: "/account"}, {Label: p.web.T(r)("auth.page.factors")}}
	var err error
	if page.Account, err = p.opt.Auth.Account(r.Context(), me, me.AccountID); err != nil {
		return page, err
	}
	page.Factors, err = p.opt.Auth.Factors(r.Context(), me, me.AccountID)
	return page, err
}

// factorsAgain shows the page with what was wrong.
func (p *Pages) factorsAgain(w http.ResponseWriter, r *http.Request, cause error) error {
	if kind := errs.KindOf(cause); kind != errs.Invalid && kind != errs.Conflict {
		return cause
	}
	page, err := p.factorsPage(r)
	if err != nil {
		return err
	}
	page.Errors = web.FormErrorsOf(cause)
	return p.web.RenderStatus(w, r, errs.Status(cause), "auth/factors", page)
}

func (p *Pages) totpStart(w http.ResponseWriter, r *http.Request) error {
	if err := p.opt.Auth.BeginAuthenticator(r.Context(), actorOf(r)); err != nil {
		return p.factorsAgain(w, r, err)
	}
	return p.web.SeeOther(w, r, "/account/totp", "")
}

type totpPage struct {
	web.Base
	Crumbs []web.Crumb
	Secret string
	QR     qr
}

func (p *Pages) totpPage(r *http.Request) (totpPage, error) {
	t := p.web.T(r)
	page := totpPage{Base: p.web.Base(r, "auth.page.totp"), Crumbs: []web.Crumb{
		{Label: t("auth.page.account"), Href: "/account"}, {Label: t("auth.page.factors"), Href: "/account/factors"}, {Label: t("auth.page.totp")}}}
	a, err := p.opt.Auth.Authenticator(r.Context(), actorOf(r))
	if err != nil {
		return page, err
	}
	page.Secret = a.Secret
	page.QR, err = web.QR(a.URI, 240)
	return page, err
}

func (p *Pages) totpForm(w http.ResponseWriter, r *http.Request) error {
	page, err := p.totpPage(r)
	if errs.CodeOf(err) == "auth.totp_none" && err != nil { // set up already, or the address was kept
		return p.web.SeeOther(w, r, "/account/factors", "")
	}
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "auth/totp", page)
}

func (p *Pages) totpConfirm(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.ParseForm(w, r); err != nil {
		return err
	}
	codes, err := p.opt.Auth.ConfirmAuthenticator(r.Context(), actorOf(r), r.PostForm.Get("code"), p.opt.Sessions.Current(r.Context()))
	if kind := errs.KindOf(err); err != nil && (kind == errs.Invalid || kind == errs.TooMany) {
		page, failed := p.totpPage(r)
		if failed != nil {
			return failed
		}
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, errs.Status(err), "auth/totp", page)
	}
	if err != nil {
		return err
	}
	return p.showCodes(w, r, codes)
}

func (p *Pages) totpEnd(w http.ResponseWriter, r *http.Request) error {
	if err := p.opt.Auth.DropAuthenticator(r.Context(), actorOf(r), p.opt.Sessions.Current(r.Context())); err != nil {
		return p.factorsAgain(w, r, err)
	}
	return p.web.SeeOther(w, r, "/account/factors", "auth.page.factor_ended")
}

// passkeyStart asks the browser for a new passkey.
func (p *Pages) passkeyStart(w http.ResponseWriter, r *http.Request) error {
	c, err := p.opt.Auth.BeginPasskey(r.Context(), actorOf(r))
	if err != nil {
		return err
	}
	return p.web.JSON(w, c)
}

func (p *Pages) passkeyAdd(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	name := f.Required("name", 64)
	var codes []string
	if err = f.Err(); err == nil {
		codes, err = p.opt.Auth.AddPasskey(r.Context(), actorOf(r), r.PostForm.Get("secret"), r.PostForm.Get("key"), name, p.opt.Sessions.Current(r.Context()))
	}
	if err != nil {
		return p.factorsAgain(w, r, err)
	}
	return p.showCodes(w, r, codes)
}

func (p *Pages) passkeyRename(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	name := f.Required("name", 64)
	if err = f.Err(); err == nil {
		err = p.opt.Auth.RenamePasskey(r.Context(), actorOf(r), r.PathValue("key"), name)
	}
	if err != nil {
		return p.factorsAgain(w, r, err)
	}
	return p.web.SeeOther(w, r, "/account/factors", "auth.page.renamed")
}

func (p *Pages) passkeyEnd(w http.ResponseWriter, r *http.Request) error {
	if err := p.opt.Auth.DropPasskey(r.Context(), actorOf(r), r.PathValue("key"), p.opt.Sessions.Current(r.Context())); err != nil {
		return p.factorsAgain(w, r, err)
	}
	return p.web.SeeOther(w, r, "/account/factors", "auth.page.factor_ended")
}

func (p *Pages) newCodes(w http.ResponseWriter, r *http.Request) error {
	codes, err := p.opt.Auth.NewCodes(r.Context(), actorOf(r))
	if err != nil {
		return p.factorsAgain(w, r, err)
	}
	return p.showCodes(w, r, codes)
}

type codesPage struct {
	web.Base
	Codes []string
	Login string
}

// showCodes shows recovery codes, once. A factor beside another brings none.
func (p *Pages) showCodes(w http.ResponseWriter, r *http.Request, codes []string) error {
	if len(codes) == 0 {
		return p.web.SeeOther(w, r, "/account/factors", "auth.page.factor_added")
	}
	w.Header().Set("Cache-Control", "no-store")
	return p.web.Render(w, r, "auth/codes", codesPage{Base: p.web.Base(r, "auth.page.codes"), Codes: codes, Login: actorOf(r).Login})
}

// saveCodes gives back, as a file, the codes that its sender sees on the page
// they come from: they are kept nowhere else.
func (p *Pages) saveCodes(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString(p.web.T(r)("auth.page.codes_file", "login", actorOf(r).Login) + "\r\n\r\n")
	for _, code := range f.List("saved") {
		if len(code) <= 24 && strings.Trim(code, "abcdefghijklmnopqrstuvwxyz234567-") == "" {
			b.WriteString(code + "\r\n")
		}
	}
	h := w.Header()
	h.Set("Content-Disposition", `attachment; filename="bilin-recovery-codes.txt"`)
	h.Set("Cache-Control", "no-store")
	return p.web.Send(w, r, http.StatusOK, "text/plain; charset=utf-8", []byte(b.String()))
}

type resetsPage struct {
	web.Base
	Resets []auth.Reset
	Firsts []firstLine
	// Waiting is how many first log-ins wait, from this page on.
	Waiting    int
	Prev, Next string
}

// firstLine is a first log-in with what its owner is.
type firstLine struct {
	auth.FirstLogin
	Posts []postLine
}

// resets lists the requests that the reader may decide.
func (p *Pages) resets(w http.ResponseWriter, r *http.Request) error {
	list, err := p.opt.Auth.Resets(r.Context(), actorOf(r))
	if err != nil {
		return err
	}
	page := resetsPage{Base: p.web.Base(r, "auth.page.resets"), Resets: list}
	if err := p.firsts(r, &page); err != nil {
		return err
	}
	return p.web.Render(w, r, "auth/resets", page)
}

// firsts reads a page of the first log-ins that the reader is asked about.
func (p *Pages) firsts(r *http.Request, page *resetsPage) error {
	parts, err := web.DecodeCursor(r, 2)
	if err != nil {
		return err
	}
	var after auth.FirstCursor
	if parts != nil {
		if after.At, err = strconv.ParseInt(parts[0], 10, 64); err != nil {
			return errs.Wrap(err, errs.NotFound, "web.bad_cursor")
		}
		after.AccountID, page.Prev = parts[1], web.PageURL(r, "")
	}
	list, waiting, err := p.opt.Auth.FirstLogins(r.Context(), actorOf(r), after, pageSize)
	if err != nil {
		return err
	}
	if page.Waiting = waiting; waiting > len(list) {
		last := list[len(list)-1].Cursor()
		page.Next = web.PageURL(r, web.EncodeCursor(strconv.FormatInt(last.At, 10), last.AccountID))
	}
	for _, f := range list {
		page.Firsts = append(page.Firsts, firstLine{f, p.postLines(p.web.T(r), p.opt.Tree().Grants(f.PersonID))})
	}
	return nil
}

// judgeFirst takes the reader's word on who came in by a new account.
func (p *Pages) judgeFirst(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	verdict := auth.Verdict(f.Required("verdict", 16))
	if err := f.Err(); err != nil {
		return err
	}
	if err := p.opt.Auth.JudgeFirst(r.Context(), actorOf(r), r.PathValue("account"), verdict); err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/resets", "auth.page.first_said."+string(verdict))
}

func (p *Pages) askReset(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if err := p.opt.Auth.AskReset(r.Context(), actorOf(r), id); err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/accounts/"+id, "auth.page.reset_asked")
}

// grantReset shows the link to hand over in person.
func (p *Pages) grantReset(w http.ResponseWriter, r *http.Request) error {
	link, err := p.opt.Auth.GrantReset(r.Context(), actorOf(r), r.PathValue("reset"))
	if err != nil {
		return err
	}
	return p.showCards(w, r, []auth.Link{link}, nil, "/resets")
}

func (p *Pages) refuseReset(w http.ResponseWriter, r *http.Request) error {
	if err := p.opt.Auth.RefuseReset(r.Context(), actorOf(r), r.PathValue("reset")); err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/resets", "auth.page.reset_refused")
}

// still tells a page whether its session goes on; one that was ended is sent away.
func (p *Pages) still(w http.ResponseWriter, _ *http.Request) error {
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// endOther ends one session of somebody else.
func (p *Pages) endOther(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if err := p.opt.Auth.EndSession(r.Context(), actorOf(r), id, r.PathValue("session")); err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/accounts/"+id, "auth.page.session_ended")
}
