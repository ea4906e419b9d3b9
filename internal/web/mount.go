package web

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/netip"
	"slices"

	"bilin/internal/errs"
)

// Mount adds modules: their templates, routes and menu entries. It must be
// called before Handler or Run.
func (s *Server) Mount(modules ...Module) error {
	for _, m := range modules {
		if err := s.mount(m); err != nil {
			return fmt.Errorf("web: module %s: %w", m.Name, err)
		}
	}
	slices.SortStableFunc(s.nav, func(a, b NavItem) int { return a.Order - b.Order })
	return nil
}

func (s *Server) mount(m Module) error {
	for _, r := range m.Routes {
		if r.Access == "" || r.Handler == nil {
			return fmt.Errorf("route %q declares no access or no handler", r.Pattern)
		}
		if err := s.handle(r); err != nil {
			return err
		}
	}
	pages, err := parseModule(s, m)
	if err != nil {
		return err
	}
	maps.Copy(s.pages, pages)
	maps.Copy(s.answers, m.Answers)
	s.nav = append(s.nav, m.Nav...)
	return nil
}

// handle registers a route; the mux's panics on bad or clashing patterns become errors.
func (s *Server) handle(r Route) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("route %q: %v", r.Pattern, p)
		}
	}()
	s.mux.Handle(r.Pattern, s.adapt(r))
	s.access[r.Pattern] = r.Access
	s.routes = append(s.routes, r)
	return nil
}

// Access returns every mounted pattern with the right it asks for.
func (s *Server) Access() map[string]string { return maps.Clone(s.access) }

// Routes returns every mounted route, for tests of what holds for all of them.
func (s *Server) Routes() []Route { return slices.Clone(s.routes) }

func denyAll(*http.Request, string) error {
	return errs.E(errs.Unauthenticated, "web.unauthenticated")
}

// Sub is fs.Sub for an embedded directory that is known to exist.
func Sub(files fs.FS, dir string) fs.FS {
	sub, err := fs.Sub(files, dir)
	if err != nil {
		panic(err) // only for a dir that isn't a valid path, which is a constant
	}
	return sub
}

// mountPlumbing adds what is not a page: assets, health, metrics, extra handlers.
func (s *Server) mountPlumbing() {
	s.plain("GET /static/", http.HandlerFunc(s.serveStatic))
	for _, name := range []string{"sw.js", "favicon.ico", "manifest.webmanifest"} {
		s.plain("GET /"+name, s.serveRoot(name))
	}
	s.plain("GET /healthz", http.HandlerFunc(s.healthz))
	s.plain("GET /readyz", http.HandlerFunc(s.readyz))
	s.plain("GET /metrics", s.inside(s.metrics.handler))
	for pattern, h := range s.opt.Extra {
		s.plain(pattern, s.bound(h))
	}
	s.mux.Handle("/", s.adapt(Route{Pattern: "/", Access: Public, Handler: notFound}))
}

// plain registers a handler that isn't a page, with its pattern for log and metrics.
func (s *Server) plain(pattern string, h http.Handler) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		s.state(r).pattern = pattern
		h.ServeHTTP(w, r)
	})
}

// inside lets addresses of this machine and its network ask, and hides a handler
// from everybody else. A proxy in front is looked through.
func (s *Server) inside(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ip, err := netip.ParseAddr(s.clientIP(r))
		if err != nil || !ip.IsLoopback() && !ip.IsPrivate() && !ip.IsLinkLocalUnicast() {
			s.fail(w, r, errs.E(errs.NotFound, "web.not_found"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

func notFound(http.ResponseWriter, *http.Request) error {
	return errs.E(errs.NotFound, "web.not_found")
}

// ready joins the server's own state with the application's.
func (s *Server) ready(ctx context.Context) error {
	if s.drain.started() {
		return errs.E(errs.Unavailable, "web.draining")
	}
	if err := s.assets.complete(); err != nil {
		return err
	}
	return s.opt.Ready(ctx)
}
