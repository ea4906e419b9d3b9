package web

import (
	"context"
	"net/http"

	"golang.org/x/text/language"

	"bilin/internal/i18n"
)

type stateKey struct{}

// state is what the server worked out about a request before its handler.
type state struct {
	id       string // request id
	clientIP string
	secure   bool // reached us over TLS, directly or through the trusted proxy
	locale   string
	elder    bool
	pattern  string // filled by the adapter, for metrics and the log
	cause    error  // filled by the adapter, for the log
}

// state returns the request's state. A request that didn't come through
// Server.Handler, as in a test of a single handler, gets a fresh one.
func (s *Server) state(r *http.Request) *state {
	if st, ok := r.Context().Value(stateKey{}).(*state); ok {
		return st
	}
	return s.newState(r)
}

func (s *Server) newState(r *http.Request) *state {
	st := &state{id: s.requestID(r), clientIP: s.clientIP(r), secure: s.isSecure(r)}
	st.locale = localeOf(r, cookieName(st.secure, langCookie))
	st.elder = readCookie(r, cookieName(st.secure, elderCookie)) == "1"
	return st
}

func (s *Server) secure(r *http.Request) bool { return s.state(r).secure }

func withState(r *http.Request, st *state) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), stateKey{}, st))
}

// RequestID returns the id under which the request is logged, or "".
func RequestID(ctx context.Context) string {
	if st, ok := ctx.Value(stateKey{}).(*state); ok {
		return st.id
	}
	return ""
}

// ClientIP returns the address of the client: the peer's, or what the trusted
// proxy says it is.
func ClientIP(r *http.Request) string {
	if st, ok := r.Context().Value(stateKey{}).(*state); ok {
		return st.clientIP
	}
	return hostOnly(r.RemoteAddr)
}

// localeOf takes the chosen language, else the first of ours that the browser
// asks for, else Chinese.
func localeOf(r *http.Request, cookie string) string {
	switch chosen := readCookie(r, cookie); chosen {
	case i18n.ZH, i18n.EN:
		return chosen
	}
	tags, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil {
		return i18n.ZH
	}
	for _, tag := range tags {
		switch base, _ := tag.Base(); base.String() {
		case "zh":
			return i18n.ZH
		case "en":
			return i18n.EN
		}
	}
	return i18n.ZH
}
