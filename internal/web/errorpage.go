package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"bilin/internal/errs"
)

// errorPage says what happened, that nothing was lost, and what to do.
type errorPage struct {
	Base
	Status  int
	What    string   // what happened
	Details []string // what is wrong, field by field
	Safe    string   // that nothing was lost
	Todo    string   // what to do now
	Request string   // id, to name when asking for help
	Back    string
	Sent    []sentField // what a failed form held
	Retry   string      // where to send it again; empty if that wouldn't help
}

type sentField struct {
	Name, Value string
	Visible     bool
}

// fail answers an error.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	s.state(r).cause = err
	e := errs.As(err)
	h := w.Header()
	if e.Kind == errs.TooMany || e.Kind == errs.Unavailable {
		h.Set("Retry-After", retryAfter(e))
	}
	switch {
	case isAPI(r) || fromOutbox(r) || strings.HasPrefix(r.Header.Get("Accept"), "application/json"):
		s.Problem(w, r, err)
	case s.answered(w, r, e):
	case e.Kind == errs.Unauthenticated && s.sendToLogin(w, r):
	case IsHTMX(r):
		s.failFragment(w, r, e)
	default:
		s.failPage(w, r, e)
	}
}

// answered lets a module answer the errors it has a page for.
func (s *Server) answered(w http.ResponseWriter, r *http.Request, e *errs.Error) bool {
	answer := s.answers[e.Code]
	if answer == nil {
		return false
	}
	if err := answer(w, r, e); err != nil {
		s.failPage(w, r, errs.As(err))
	}
	return true
}

func retryAfter(e *errs.Error) string {
	for i := 0; i+1 < len(e.Args); i += 2 {
		if seconds, ok := e.Args[i+1].(int); ok && e.Args[i] == "seconds" {
			return strconv.Itoa(seconds)
		}
	}
	return "5"
}

func isAPI(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/api/") }

// sendToLogin leads a reader to the login page and back; a form that was sent
// is not thrown away, so its sender gets the error page instead.
func (s *Server) sendToLogin(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead || r.URL.Path == s.opt.LoginPath {
		return false
	}
	target := s.opt.LoginPath + "?" + url.Values{"next": {r.URL.RequestURI()}}.Encode()
	if IsHTMX(r) {
		w.Header().Set("HX-Redirect", target)
		w.WriteHeader(http.StatusUnauthorized)
		return true
	}
	http.Redirect(w, r, target, http.StatusSeeOther)
	return true
}

// Problem answers err as application/problem+json (RFC 9457).
func (s *Server) Problem(w http.ResponseWriter, r *http.Request, err error) {
	st := s.state(r)
	st.cause = err
	e := errs.As(err)
	doc := s.problem(st.locale, st.id, e)
	body, merr := marshalProblem(doc)
	if merr != nil {
		http.Error(w, http.StatusText(errs.Status(err)), errs.Status(err))
		return
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(errs.Status(err))
	_, _ = w.Write(body) // the client may have gone
}

// failFragment answers htmx with a small alert in the place it wanted to fill.
func (s *Server) failFragment(w http.ResponseWriter, r *http.Request, e *errs.Error) {
	body, err := s.execute(r, "web/error", "error-fragment", s.errorPage(r, e))
	if err != nil {
		s.lastWords(w, r, err)
		return
	}
	_ = s.Send(w, r, errs.Status(e), "text/html; charset=utf-8", body)
}

func (s *Server) failPage(w http.ResponseWriter, r *http.Request, e *errs.Error) {
	if err := s.RenderStatus(w, r, errs.Status(e), "web/error", s.errorPage(r, e)); err != nil {
		s.lastWords(w, r, err)
	}
}

// lastWords is for when the error page itself fails.
func (s *Server) lastWords(w http.ResponseWriter, r *http.Request, err error) {
	s.opt.Logger.ErrorContext(r.Context(), "error page failed", "request", s.state(r).id, "err", err)
	http.Error(w, s.T(r)("errs.internal"), http.StatusInternalServerError)
}

func (s *Server) errorPage(r *http.Request, e *errs.Error) errorPage {
	t := s.T(r)
	kind := e.Kind.String()
	page := errorPage{
		Base: s.Base(r, "web.error."+kind), Status: errs.Status(e), What: t(e.Code, e.Args...),
		Safe: t("web.error.safe_read"), Todo: t("web.error." + kind + ".todo"),
		Request: s.state(r).id, Back: backTo(r),
	}
	for _, f := range e.Fields {
		page.Details = append(page.Details, t(f.Code, f.Args...))
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		page.Sent = sentFields(r)
		page.Safe = t("web.error.safe_secret")
		if len(page.Sent) > 0 {
			page.Safe = t("web.error.safe_write")
		}
	}
	if e.Kind == errs.TooLarge && !hasFiles(r) {
		page.Todo, page.Back = t("web.error.too_large.text"), "" // a link would open the form anew, and empty
	}
	if again := []errs.Kind{errs.TooMany, errs.Unavailable, errs.Internal, errs.Unauthenticated}; len(page.Sent) > 0 && slices.Contains(again, e.Kind) {
		page.Retry = r.URL.RequestURI()
	}
	return page
}

// hasFiles reports whether a request can hold any.
func hasFiles(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data")
}

// backTo returns the page the reader came from, if it is one of ours.
func backTo(r *http.Request) string {
	u, err := url.Parse(r.Referer())
	if err != nil || u.Host != r.Host || u.Path == "" {
		return ""
	}
	return LocalPath(u.RequestURI())
}

// ProofField begins the names of the inputs with which somebody proves who they
// are. They belong to one request, and are neither shown nor sent again.
const ProofField = "_proof"

// sentFields gives back what the form held, so that nothing has to be typed
// twice. Passwords, codes and files are left out.
func sentFields(r *http.Request) []sentField {
	if r.PostForm == nil && r.ParseForm() != nil {
		return nil
	}
	var out []sentField
	for name, values := range r.PostForm {
		if strings.HasPrefix(name, ProofField) {
			continue
		}
		if secretName(name) {
			return nil // a form with a secret is not repeated at all
		}
		for _, v := range values {
			visible := !strings.HasPrefix(name, "_") && v != ""
			out = append(out, sentField{Name: name, Value: v, Visible: visible})
		}
	}
	slices.SortStableFunc(out, func(a, b sentField) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func secretName(name string) bool {
	for _, word := range []string{"password", "passwd", "secret", "token", "code", "otp"} {
		if strings.Contains(strings.ToLower(name), word) {
			return true
		}
	}
	return false
}
