package api

import (
	"context"
	"net/http"
	"strings"

	"golang.org/x/text/language"

	"github.com/danielgtaylor/huma/v2"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/web"
)

// maxURL bounds paths and queries: a question is a line, not a page.
const maxURL = 2 << 10

// edge is what every request passes: it becomes nobody's, or its token's
// account's. Cookies count for nothing here, so no page can be tricked into
// making a browser act.
func (s *service) edge(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Add("Vary", "Accept-Language, Authorization")
		if len(r.URL.RequestURI()) > maxURL {
			s.write(w, r, errs.E(errs.TooLarge, "api.too_large"))
			return
		}
		actor, err := s.actor(r)
		if err != nil {
			s.write(w, r, err)
			return
		}
		ctx := context.WithValue(auth.With(r.Context(), actor), addressKey{}, web.ClientIP(r))
		r = r.WithContext(ctx)
		handler, pattern := mux.Handler(r)
		if pattern == "" {
			s.notFound(w, r, handler)
			return
		}
		believeBraces(r)
		mux.ServeHTTP(w, r)
	})
}

// actor returns whom the request's token speaks for.
func (s *service) actor(r *http.Request) (auth.Actor, error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return auth.Actor{}, nil
	}
	scheme, secret, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return auth.Actor{}, errs.E(errs.Unauthenticated, "auth.token_wrong")
	}
	return s.auth.Bearer(r.Context(), strings.TrimSpace(secret))
}

// notFound tells a wrong path from a wrong method, as the mux sees it.
func (s *service) notFound(w http.ResponseWriter, r *http.Request, mux http.Handler) {
	seen := &statusOnly{header: http.Header{}}
	mux.ServeHTTP(seen, r)
	status := http.StatusNotFound
	if seen.status == http.StatusMethodNotAllowed {
		status = seen.status
		w.Header().Set("Allow", seen.header.Get("Allow"))
	}
	writeProblem(w, s.refused(r.Context(), r.Header.Get("Accept-Language"), &huma.ErrorModel{Status: status}))
}

// statusOnly listens to a handler without letting it answer.
type statusOnly struct {
	header http.Header
	status int
}

// Header returns the headers the handler sets.
func (s *statusOnly) Header() http.Header { return s.header }

// WriteHeader notes the status.
func (s *statusOnly) WriteHeader(status int) { s.status = status }

// Write drops the body.
func (s *statusOnly) Write(b []byte) (int, error) { return len(b), nil }

type addressKey struct{}

// limited lets an address without a token do something only so often.
func (s *service) limited(l *web.Limiter) huma.Middlewares {
	return huma.Middlewares{func(ctx huma.Context, next func(huma.Context)) {
		if auth.From(ctx.Context()).Anonymous() {
			address, _ := ctx.Context().Value(addressKey{}).(string)
			if err := l.Allow(address); err != nil {
				s.answer(ctx, err)
				return
			}
		}
		next(ctx)
	}}
}

// known turns nobody away before anything of the request is read: what is wrong
// with a body is for those who may send one.
func (s *service) known(ctx huma.Context, next func(huma.Context)) {
	if actor := auth.From(ctx.Context()); actor.Anonymous() {
		s.answer(ctx, auth.Denied(actor))
		return
	}
	next(ctx)
}

// answer writes an error from within a middleware.
func (s *service) answer(ctx huma.Context, err error) {
	f := &failure{err}
	for name := range f.GetHeaders() {
		ctx.SetHeader(name, f.GetHeaders().Get(name))
	}
	ctx.SetHeader("Content-Type", problemType)
	ctx.SetStatus(f.GetStatus())
	if err := s.api.Marshal(ctx.BodyWriter(), "application/json", s.problem(ctx.Context(), ctx.Header("Accept-Language"), f.err)); err != nil {
		s.log.DebugContext(ctx.Context(), "api: answer", "err", err)
	}
}

// words returns the translator for a reader's Accept-Language; Chinese where it says nothing we speak.
func (s *service) words(accept string) func(key string, args ...any) string {
	locale := localeOf(accept)
	return func(key string, args ...any) string { return s.catalog.T(locale, key, args...) }
}

// localeOf is the language that an Accept-Language asks for.
func localeOf(accept string) string {
	tags, _, err := language.ParseAcceptLanguage(accept)
	if err != nil || len(tags) == 0 {
		return i18n.ZH
	}
	_, index, _ := language.NewMatcher([]language.Tag{language.SimplifiedChinese, language.English}).Match(tags...)
	return i18n.Locales()[index]
}
