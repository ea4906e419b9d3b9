package web

import (
	"net/http"
	"time"
)

const (
	langCookie  = "lang"
	elderCookie = "elder"
	flashCookie = "flash"
)

// cookieName gives a cookie the __Host- prefix where TLS makes it possible,
// which pins it to this host, this path and a secure connection.
func cookieName(secure bool, name string) string {
	if secure {
		return "__Host-" + name
	}
	return name
}

// CookieName returns the full name under which this server keeps a cookie.
func (s *Server) CookieName(name string) string { return cookieName(s.servesTLS(), name) }

// Secure reports whether the server is reached over TLS only, so that cookies may say so.
func (s *Server) Secure() bool { return s.servesTLS() }

func readCookie(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

func (s *Server) setCookie(w http.ResponseWriter, r *http.Request, name, value string, age time.Duration) {
	secure := s.secure(r)
	http.SetCookie(w, &http.Cookie{
		Name: cookieName(secure, name), Value: value, Path: "/", MaxAge: int(age.Seconds()),
		Secure: secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

func (s *Server) dropCookie(w http.ResponseWriter, r *http.Request, name string) {
	s.setCookie(w, r, name, "", -time.Second)
}
