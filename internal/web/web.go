// Package web serves Bilin's pages: one server, one error adapter, typed page
// structs, forms, paging, shared components, and the assets that go with them.
package web

import (
	"context"
	_ "embed"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"bilin/internal/i18n"
)

//go:embed messages.json
var rawMessages []byte

// Messages are the words of the layout, the components and the error pages.
var Messages = i18n.MustParse(rawMessages)

// Public marks a route that needs no login.
const Public = "public"

// Handler answers a request or returns why it could not.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Route is one address with the right it asks for.
type Route struct {
	Pattern   string // method and path as net/http's mux takes them: "GET /x/{id}"
	Access    string // Public or the name of an action; empty is refused by Mount
	Handler   Handler
	Emergency bool  // shed last under overload
	Stream    bool  // long-lived answer: no time limit, not counted as a request in work
	MaxBody   int64 // bytes; 0 means DefaultMaxBody. A form may always send that
}

// PageDef names a page and the type its template is executed with.
type PageDef struct {
	Name string // "network/unit" is templates/unit.html of module "network"
	Data any    // zero value of the page struct, which embeds Base
}

// Module is what a slice contributes to the site.
type Module struct {
	Name      string
	Templates fs.FS // *.html at the root; "_*.html" are partials of all pages of the module
	Pages     []PageDef
	Messages  i18n.Bundle
	Routes    []Route
	Nav       []NavItem
	// Answers are pages of the module's own for errors of a code, such as one that asks who is there.
	Answers map[string]Answer
}

// Answer answers a request that an error ended.
type Answer func(w http.ResponseWriter, r *http.Request, cause error) error

// User is who is looking at the page, as far as the layout needs to know.
type User struct {
	ID         string // account id; ties queued offline forms to their author
	Name       string
	Roles      string // label in the reader's language
	IsOfficial bool
	IsLead     bool
}

// Options configure a Server.
type Options struct {
	Catalog  *i18n.Catalog
	Modules  []Module // mounted by New; more may follow with Mount
	Identify func(*http.Request) *User
	Guard    func(r *http.Request, access string) error
	// Prove says whether it is proved lately enough who sends a request, and takes a proof that came with it.
	Prove func(r *http.Request, access string) (*http.Request, error)
	Wrap  []func(http.Handler) http.Handler // session and actor middleware, outermost first
	Extra map[string]http.Handler           // handlers outside the page adapter, such as "/api/"; event streams are Routes
	// EmergencyPaths says which requests to Extra handlers are shed last under overload; nil: none.
	EmergencyPaths func(*http.Request) bool
	Registry       *prometheus.Registry
	Ready          func(context.Context) error
	Notice         func() string // message key of why the city is only read now, as every page and /readyz say; nil or "" if it isn't
	Logger         *slog.Logger
	Now            func() time.Time
	NewKey         func() string // idempotency keys; default UUIDv7

	Addr         string
	PublicURL    string         // as people reach us, when a proxy ends TLS
	TrustedProxy []netip.Prefix // whose X-Forwarded-For and -Proto are believed
	TLSCert      string
	TLSKey       string
	LoginPath    string   // default "/login"
	LogoutPath   string   // default "/logout"
	Assets       fs.FS    // default: the embedded dist
	MaxInFlight  int      // requests in work at once; default 256
	OnShutdown   []func() // called when draining begins: close event streams here
	DrainTimeout time.Duration
}

// Server is the web server. Make it with New, add modules with Mount, then Run it.
type Server struct {
	opt     Options
	public  *url.URL
	assets  *assets
	pages   map[string]*page // by name
	mux     *http.ServeMux
	nav     []NavItem
	metrics *metrics
	gate    *gate
	drain   drainState
	access  map[string]string // pattern → access, for tests and the matrix
	routes  []Route           // as mounted, likewise
	answers map[string]Answer // by the code of an error
}

// New returns a server with the built-in routes and opt.Modules mounted.
func New(opt Options) (*Server, error) {
	if opt.Catalog == nil {
		return nil, errors.New("web: Options.Catalog is missing")
	}
	opt = opt.withDefaults()
	public, err := parsePublicURL(opt.PublicURL)
	if err != nil {
		return nil, err
	}
	if public != nil && public.Scheme == "https" && opt.TLSCert == "" && len(opt.TrustedProxy) == 0 {
		return nil, errors.New("web: a public https address needs --trusted-proxy, the address of the proxy in front, or --tls-cert and --tls-key")
	}
	files, err := openAssets(opt.Assets)
	if err != nil {
		return nil, err
	}
	s := &Server{
		opt: opt, public: public, assets: files,
		pages: map[string]*page{}, mux: http.NewServeMux(), access: map[string]string{}, answers: map[string]Answer{},
		metrics: newMetrics(opt.Registry), gate: newGate(opt.MaxInFlight),
	}
	if err := s.Mount(builtin(s)); err != nil {
		return nil, err
	}
	s.mountPlumbing()
	return s, s.Mount(opt.Modules...)
}

func (o Options) withDefaults() Options {
	if o.Identify == nil {
		o.Identify = func(*http.Request) *User { return nil }
	}
	if o.Guard == nil {
		o.Guard = denyAll
	}
	if o.Registry == nil {
		o.Registry = prometheus.NewRegistry()
	}
	if o.Ready == nil {
		o.Ready = func(context.Context) error { return nil }
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.NewKey == nil {
		o.NewKey = newKey
	}
	o.LoginPath = orElse(o.LoginPath, "/login")
	o.LogoutPath = orElse(o.LogoutPath, "/logout")
	if o.MaxInFlight == 0 {
		o.MaxInFlight = 256
	}
	if o.DrainTimeout == 0 {
		o.DrainTimeout = 15 * time.Second
	}
	return o
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
