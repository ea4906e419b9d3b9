package honourweb

import (
	"net/http"
	"net/url"
	"strings"

	"bilin/internal/errs"
	"bilin/internal/honour"
	"bilin/internal/web"
)

// verifyPage says what a certificate is worth.
type verifyPage struct {
	web.Base
	V       *honour.Verified // nil: nothing was asked, or it is unknown
	Where   string
	Typed   string
	Unknown bool
}

// verifyForm asks for the number; with one it goes to its page.
func (p *Pages) verifyForm(w http.ResponseWriter, r *http.Request) error {
	if typed := strings.TrimSpace(r.URL.Query().Get("n")); typed != "" {
		return p.web.SeeOther(w, r, "/verify/"+url.PathEscape(typed), "")
	}
	return p.web.Render(w, r, "honours/verify", verifyPage{Base: p.web.Base(r, "honourweb.verify")})
}

// verify answers in the same words to everybody. Who is often wrong has to wait.
func (p *Pages) verify(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "private, no-store")
	w.Header().Set("X-Robots-Tag", "noindex, nofollow")
	page := verifyPage{Base: p.web.Base(r, "honourweb.verify"), Typed: r.PathValue("certificate")}
	v, err := p.svc.Verify(r.Context(), page.Typed)
	if err != nil && errs.KindOf(err) == errs.NotFound {
		if err := p.missed(r, err); errs.KindOf(err) != errs.NotFound {
			return err
		}
		page.Unknown = true
		return p.web.RenderStatus(w, r, http.StatusNotFound, "honours/verify", page)
	}
	if err != nil {
		return err
	}
	page.V, page.Where = v, p.where(v.UnitID)
	return p.web.Render(w, r, "honours/verify", page)
}

// signed is the certificate as the city's key signed it, to check without the city's server.
func (p *Pages) signed(w http.ResponseWriter, r *http.Request) error {
	text, err := p.svc.SignedStatement(r.Context(), r.PathValue("certificate"))
	if err != nil {
		return p.missed(r, err)
	}
	h := w.Header()
	h.Set("Content-Disposition", `attachment; filename="certificate.txt"`)
	h.Set("Cache-Control", "private, no-store")
	return p.web.Send(w, r, http.StatusOK, "text/plain; charset=utf-8", []byte(text))
}
