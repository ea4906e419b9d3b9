package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"bilin/internal/i18n"
)

const year = 365 * 24 * time.Hour

type offlinePage struct{ Base }

// builtin are the pages that the server brings itself.
func builtin(s *Server) Module {
	return Module{
		Name: "web", Templates: Sub(layoutFiles, "templates"),
		Pages: []PageDef{
			{Name: "web/error", Data: errorPage{}},
			{Name: "web/offline", Data: offlinePage{}},
		},
		Routes: []Route{
			{Pattern: "POST /prefs/language", Access: Public, Handler: s.chooseLanguage},
			{Pattern: "POST /prefs/elder", Access: Public, Handler: s.chooseElder},
			{Pattern: "GET /offline", Access: Public, Handler: s.offline},
		},
	}
}

func (s *Server) chooseLanguage(w http.ResponseWriter, r *http.Request) error {
	f, err := ParseForm(w, r)
	if err != nil {
		return err
	}
	locale := f.Choice("locale", i18n.Locales()...)
	if err := f.Err(); err != nil {
		return err
	}
	s.setCookie(w, r, langCookie, locale, year)
	return s.backFrom(w, r, f)
}

func (s *Server) chooseElder(w http.ResponseWriter, r *http.Request) error {
	f, err := ParseForm(w, r)
	if err != nil {
		return err
	}
	value := "0"
	if f.Bool("on") {
		value = "1"
	}
	s.setCookie(w, r, elderCookie, value, year)
	return s.backFrom(w, r, f)
}

func (s *Server) backFrom(w http.ResponseWriter, r *http.Request, f *Form) error {
	http.Redirect(w, r, LocalPath(f.Text("next", 2000)), http.StatusSeeOther)
	return nil
}

// LocalPath returns next if it is a path of this site, and "/" otherwise, so
// that no form leads elsewhere.
func LocalPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(next, "/") ||
		strings.HasPrefix(next, "//") || strings.ContainsFunc(next, func(r rune) bool { return r == '\\' || unicode.IsControl(r) }) {
		return "/"
	}
	return next
}

// offline is what the service worker shows when there is no network.
func (s *Server) offline(w http.ResponseWriter, r *http.Request) error {
	return s.Render(w, r, "web/offline", offlinePage{Base: s.Base(r, "web.offline.page")})
}
