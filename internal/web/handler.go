package web

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"time"

	"bilin/internal/errs"
)

// Handler returns the whole site: routes and extra handlers behind logging,
// recovery, security headers and cross-origin protection.
func (s *Server) Handler() http.Handler {
	var h http.Handler = s.mux
	for _, wrap := range slices.Backward(s.opt.Wrap) {
		h = wrap(h)
	}
	h = s.crossOrigin(h)
	h = s.recover(h)
	h = s.secureHeaders(h)
	return s.observe(h)
}

// crossOrigin refuses forms that another site makes a browser send.
func (s *Server) crossOrigin(next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	if s.public != nil {
		_ = guard.AddTrustedOrigin(s.public.Scheme + "://" + s.public.Host) // checked by parsePublicURL
	}
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, errs.E(errs.Forbidden, "web.cross_origin"))
	}))
	return guard.Handler(next)
}

func (s *Server) recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if p == http.ErrAbortHandler {
				panic(p)
			}
			s.opt.Logger.ErrorContext(r.Context(), "panic", "request", s.state(r).id, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			if rec, ok := w.(*recorder); ok && rec.status != 0 {
				panic(http.ErrAbortHandler) // half an answer is out: cut it rather than pass it off as whole
			}
			s.fail(w, r, fmt.Errorf("panic: %v", p))
		}()
		next.ServeHTTP(w, r)
	})
}

// observe gives the request its state, and logs and measures what became of it.
func (s *Server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now() // how long it took, not what time it is
		st := s.newState(r)
		r = withState(r, st)
		rec := &recorder{ResponseWriter: w}
		rec.Header().Set("X-Request-Id", st.id)
		defer func() {
			if st.pattern == "" { // answered before any route was chosen
				st.pattern = "none"
			}
			if rec.status == 0 { // nothing written, or a stream that took the connection over
				rec.status = http.StatusOK
			}
			s.metrics.observe(st.pattern, r.Method, rec.status, time.Since(start))
			s.logRequest(r, st, rec, time.Since(start))
		}()
		next.ServeHTTP(rec, r)
	})
}

// logRequest writes the access log. Query strings may hold tracking codes and
// names that somebody searched for, so only the path's pattern is written.
func (s *Server) logRequest(r *http.Request, st *state, rec *recorder, took time.Duration) {
	level := slog.LevelInfo
	attrs := []slog.Attr{
		slog.String("request", st.id), slog.String("method", r.Method), slog.String("route", st.pattern),
		slog.Int("status", rec.status), slog.Int64("bytes", rec.bytes), slog.Duration("took", took), slog.String("ip", st.clientIP),
	}
	if st.cause != nil {
		attrs = append(attrs, slog.String("err", st.cause.Error()))
	}
	if rec.status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	if quiet(st.pattern) && level == slog.LevelInfo {
		level = slog.LevelDebug
	}
	s.opt.Logger.LogAttrs(r.Context(), level, "http", attrs...)
}

func quiet(pattern string) bool {
	return slices.Contains([]string{"GET /static/", "GET /sw.js", "GET /favicon.ico", "GET /manifest.webmanifest", "GET /healthz", "GET /readyz", "GET /metrics"}, pattern)
}

// recorder notes the status and size of an answer.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader notes the status.
func (rec *recorder) WriteHeader(status int) {
	if rec.status == 0 {
		rec.status = status
	}
	rec.ResponseWriter.WriteHeader(status)
}

// Write notes the size.
func (rec *recorder) Write(b []byte) (int, error) {
	if rec.status == 0 {
		rec.status = http.StatusOK
	}
	n, err := rec.ResponseWriter.Write(b)
	rec.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach flushing and deadlines.
func (rec *recorder) Unwrap() http.ResponseWriter { return rec.ResponseWriter }
