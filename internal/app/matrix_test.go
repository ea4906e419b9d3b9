package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bilin/internal/api"
	"bilin/internal/app"
	"bilin/internal/auth"
	"bilin/internal/config"
	"bilin/internal/demo"
	"bilin/internal/web"
)

var renew = flag.Bool("update", false, "write the golden tables anew, to be read before they are committed")

// house is a small demo city, its site, and somebody of each role in it.
type house struct {
	*testing.T
	app    *app.App
	server *web.Server
	site   http.Handler
	actors []auth.Actor // the first is nobody
}

// builtOnce is the city that the tests of all routes share: none of them changes
// what another looks at.
var builtOnce struct {
	sync.Once
	dir    string
	app    *app.App
	server *web.Server
	actors []auth.Actor
	err    error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if b := &builtOnce; b.app != nil {
		if err := errors.Join(b.app.Close(context.Background()), os.RemoveAll(b.dir)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

func build() (err error) {
	b := &builtOnce
	if b.dir, err = os.MkdirTemp("", "bilin-routes-"); err != nil {
		return err
	}
	cfg := config.Default()
	cfg.Dir = b.dir
	ctx := context.Background()
	if b.app, err = app.Open(ctx, cfg, slog.New(slog.DiscardHandler)); err != nil {
		return err
	}
	if _, err = b.app.BuildDemo(ctx, demo.Options{Dir: b.dir, Seed: 1, Scale: 0.002}); err != nil {
		return err
	}
	if b.server, err = b.app.Server(); err != nil {
		return err
	}
	b.actors, err = b.app.Auth.DemoAccounts(ctx)
	slices.SortFunc(b.actors, func(x, y auth.Actor) int { return strings.Compare(x.Login, y.Login) })
	for i := range b.actors {
		b.actors[i].Door = auth.Door{By: auth.BySession}
	}
	return err
}

func inhabited(t *testing.T) *house {
	t.Helper()
	builtOnce.Do(func() { builtOnce.err = build() })
	if builtOnce.err != nil {
		t.Fatal(builtOnce.err)
	}
	b := &builtOnce
	return &house{t, b.app, b.server, b.server.Handler(), append([]auth.Actor{{}}, b.actors...)}
}

// route is an address that something answers to.
type route struct {
	method, path string // the path with its wildcards
	access       string
}

func (r route) String() string { return r.method + " " + r.path }

// routes are all of the site: pages, what isn't a page, and both interfaces for programs.
func (h *house) routes() []route {
	h.Helper()
	var out []route
	for pattern, access := range h.server.Access() {
		method, path, ok := strings.Cut(pattern, " ")
		if !ok {
			continue // "/", whatever no other route takes
		}
		out = append(out, route{method, path, access})
	}
	for _, path := range []string{"/static/x.css", "/sw.js", "/favicon.ico", "/manifest.webmanifest", "/healthz", "/readyz", "/metrics", "/no/such/page"} {
		out = append(out, route{http.MethodGet, path, web.Public})
	}
	for _, path := range []string{"discovery.json", "services.json", "services/x.xml", "requests.json", "requests/x.json"} {
		out = append(out, route{http.MethodGet, api.Open311Prefix + path, web.Public})
	}
	out = append(out, route{http.MethodPost, api.Open311Prefix + "requests.json", web.Public})
	out = append(out, h.operations()...)
	slices.SortFunc(out, func(a, b route) int { return strings.Compare(a.path+" "+a.method, b.path+" "+b.method) })
	return out
}

// operations are those that the interface for programs describes.
func (h *house) operations() []route {
	h.Helper()
	res := h.get(auth.Actor{}, api.Prefix+"openapi.json")
	var doc struct {
		Paths map[string]map[string]any `json:"paths"`
	}
	if err := json.NewDecoder(res.Body).Decode(&doc); err != nil || len(doc.Paths) < 20 {
		h.Fatalf("the interface's description: %d paths, %v", len(doc.Paths), err)
	}
	var out []route
	for path, methods := range doc.Paths {
		for method := range methods {
			out = append(out, route{strings.ToUpper(method), path, "token"})
		}
	}
	slices.SortFunc(out, func(a, b route) int { return strings.Compare(a.path+" "+a.method, b.path+" "+b.method) })
	return out
}

var wildcard = regexp.MustCompile(`\{[^}]*\}`)

// at puts something made up in the place of each wildcard.
func (r route) at() string {
	path := strings.ReplaceAll(r.path, "{$}", "")
	return wildcard.ReplaceAllString(path, "nothing-of-the-sort")
}

func (h *house) get(a auth.Actor, path string) *httptest.ResponseRecorder {
	return h.send(a, http.MethodGet, path, nil)
}

// send asks the whole site as somebody, for a moment: event streams end with it.
func (h *house) send(a auth.Actor, method, path string, header http.Header) *httptest.ResponseRecorder {
	h.Helper()
	ctx, cancel := context.WithTimeout(auth.With(h.Context(), a), patienceFor(path))
	defer cancel()
	var body io.Reader
	if method != http.MethodGet {
		body = strings.NewReader("")
	}
	r := httptest.NewRequest(method, "http://localhost"+path, body).WithContext(ctx)
	if method != http.MethodGet {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, values := range header {
		r.Header[name] = values
	}
	w := httptest.NewRecorder()
	h.site.ServeHTTP(w, r)
	return w
}

func patienceFor(path string) time.Duration {
	if strings.Contains(path, "live") || strings.Contains(path, "events") {
		return 50 * time.Millisecond
	}
	return 20 * time.Second
}

// golden compares a table with the one that was read and committed.
func (h *house) golden(name, got string) {
	h.Helper()
	file := filepath.Join("testdata", name)
	if *renew {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			h.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		h.Fatal(err)
	}
	if bytes.Equal(want, []byte(got)) {
		return
	}
	old, now := strings.Split(string(want), "\n"), strings.Split(got, "\n")
	for _, line := range old {
		if !slices.Contains(now, line) {
			h.Errorf("- %s", line)
		}
	}
	for _, line := range now {
		if !slices.Contains(old, line) {
			h.Errorf("+ %s", line)
		}
	}
	h.Errorf("%s is another now. If it should be: go test ./internal/app -run %s -update, and read it.", file, h.Name())
}

// outcome is what becomes of somebody's request, in one word.
func outcome(w *httptest.ResponseRecorder) string {
	switch code := w.Code; {
	case code == http.StatusForbidden:
		return "no"
	case code == http.StatusUnauthorized, code == http.StatusSeeOther && strings.HasPrefix(w.Header().Get("Location"), "/login"):
		return "login"
	case code >= http.StatusInternalServerError && code != http.StatusServiceUnavailable:
		return fmt.Sprint("FAILS", code)
	}
	return "yes"
}

// Who may ask what: each route is asked by nobody and by each role, with
// objects that don't exist. The table is read by eye when it changes.
func TestWhoMayAskWhat(t *testing.T) {
	h := inhabited(t)
	var b strings.Builder
	var names []string
	for _, a := range h.actors {
		names = append(names, nameOf(a))
	}
	fmt.Fprintf(&b, "# Who may ask each route (of something that doesn't exist). Whoever isn't named is refused: 403, or for nobody the log-in page.\n# all: %s\n", strings.Join(names, " "))
	for _, r := range h.routes() {
		if strings.HasPrefix(r.path, "/api/") || strings.HasPrefix(r.path, api.Open311Prefix) {
			continue // by token: internal/api
		}
		by := map[string][]string{}
		for _, a := range h.actors {
			what := outcome(h.send(a, r.method, r.at(), nil))
			if r.path == "/login" && what == "login" {
				what = "yes" // a log-in that failed is asked for again
			}
			by[what] = append(by[what], nameOf(a))
			open := r.access == web.Public || h.app.Policy.May(a, auth.Action(r.access))
			if !open && what == "yes" { // a service may refuse more than its route does
				t.Errorf("%s asks for %s, which %s hasn't, and answers", r, r.access, nameOf(a))
			}
			if what == "no" && a.Anonymous() || what == "login" && !a.Anonymous() {
				t.Errorf("%s answers %s with %s", r, nameOf(a), what)
			}
		}
		who := strings.Join(by["yes"], " ")
		if len(by["yes"]) == len(h.actors) {
			who = "all"
		}
		fmt.Fprintf(&b, "%s [%s] %s\n", r, r.access, who)
		for _, fine := range []string{"yes", "no", "login"} {
			delete(by, fine)
		}
		for what, list := range by {
			t.Errorf("%s %s for %v", r, what, list)
		}
	}
	h.golden("authority.txt", b.String())
}

func nameOf(a auth.Actor) string {
	if a.Anonymous() {
		return "nobody"
	}
	return a.Login
}

// mayBeKept are answers that caches may keep, and why.
var mayBeKept = map[string]string{
	"GET /static/x.css":           "hashed files, the same for everybody",
	"GET /sw.js":                  "the service worker, the same for everybody",
	"GET /favicon.ico":            "the same for everybody",
	"GET /manifest.webmanifest":   "the same for everybody",
	"GET /healthz":                "says ok",
	"GET /readyz":                 "says ready",
	"GET /metrics":                "numbers of the machine",
	"GET /network/ground.geojson": "the outline of the city, without people",
	"GET /network/map.geojson":    "counts by unit, for half a minute, in this browser only",
}

// Every answer of every route carries the headers that keep a browser safe:
// pages, errors, redirects, downloads, files.
func TestEveryAnswerIsGuarded(t *testing.T) {
	h := inhabited(t)
	a := h.app
	before := a.Config
	defer func() { a.Config = before }()
	a.Config.PublicURL, a.Config.TrustedProxy = "https://bilin.example", []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} // httptest's client
	secure, err := a.Server()
	if err != nil {
		t.Fatal(err)
	}
	overTLS := &house{t, a, secure, secure.Handler(), h.actors}
	kept := map[string]bool{}
	for _, r := range h.routes() {
		for _, somebody := range []auth.Actor{{}, h.one("city"), h.one("lead")} {
			w := overTLS.send(somebody, r.method, r.at(), nil)
			for name, want := range guards {
				if got := w.Header().Get(name); !strings.Contains(got, want) {
					t.Errorf("%s (%s, %d): %s is %q, want %q", r, nameOf(somebody), w.Code, name, got, want)
				}
			}
			if cache := w.Header().Get("Cache-Control"); !fresh(cache, somebody) {
				if mayBeKept[r.String()] == "" {
					t.Errorf("%s (%s, %d): Cache-Control %q", r, nameOf(somebody), w.Code, cache)
				}
				kept[r.String()] = true
			}
			if w.Code >= 400 && strings.Contains(w.Body.String(), "goroutine") {
				t.Errorf("%s shows a stack", r)
			}
		}
	}
	for what := range mayBeKept {
		if !kept[what] && strings.Contains(what, "/network/") { // the others exist once the assets are built
			t.Errorf("%s is excused and need not be", what)
		}
	}
	plain := h.get(auth.Actor{}, "/").Header().Get("Strict-Transport-Security")
	if plain != "" {
		t.Errorf("plain localhost promises TLS: %q", plain)
	}
}

// guards are the headers, and what each must hold at least.
var guards = map[string]string{
	"Content-Security-Policy":      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
	"X-Content-Type-Options":       "nosniff",
	"X-Frame-Options":              "DENY",
	"Referrer-Policy":              "same-origin",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Permissions-Policy":           "camera=(), microphone=()",
	"Strict-Transport-Security":    "max-age=31536000",
	"X-Request-Id":                 "-",
}

// fresh says that no cache may answer with it again, and that nothing of a
// logged-in person stays.
func fresh(cache string, a auth.Actor) bool {
	if strings.Contains(cache, "no-store") {
		return true
	}
	return a.Anonymous() && strings.Contains(cache, "private") && strings.Contains(cache, "no-cache")
}

func (h *house) one(login string) auth.Actor {
	h.Helper()
	i := slices.IndexFunc(h.actors, func(a auth.Actor) bool { return a.Login == login })
	if i < 0 {
		h.Fatalf("nobody logs in as %s", login)
	}
	return h.actors[i]
}

// Nothing that another site makes a browser send is taken, by any route, the
// interfaces for programs included: their callers send no such header.
func TestEveryWriteRefusesOtherSites(t *testing.T) {
	h := inhabited(t)
	writes := 0
	for _, r := range h.routes() {
		if r.method == http.MethodGet || r.method == http.MethodHead {
			continue
		}
		writes++
		for name, header := range map[string]http.Header{
			"cross-site":      {"Sec-Fetch-Site": {"cross-site"}},
			"a sister's site": {"Sec-Fetch-Site": {"same-site"}},
			"an old browser":  {"Origin": {"https://evil.example"}},
			"no origin":       {"Origin": {"null"}},
		} {
			for _, somebody := range []auth.Actor{{}, h.one("city")} {
				w := h.send(somebody, r.method, r.at(), header)
				if w.Code != http.StatusForbidden {
					t.Errorf("%s takes what comes from %s: %d", r, name, w.Code)
				}
			}
		}
		if own := h.send(auth.Actor{}, r.method, r.at(), http.Header{"Sec-Fetch-Site": {"same-origin"}, "Origin": {"http://localhost"}}); strings.Contains(own.Body.String(), "cross_origin") {
			t.Errorf("%s refuses its own site", r)
		}
	}
	if writes < 100 {
		t.Errorf("only %d routes that write", writes)
	}
}
