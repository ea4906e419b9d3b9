// Package webtest starts a web server around the modules under test.
package webtest

import (
	"html/template"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"testing"

	"github.com/jba/templatecheck"

	"bilin/internal/i18n"
	"bilin/internal/web"
)

// Option changes how the server under test is made.
type Option func(*web.Options)

// As lets every request come from a user, and through every guard.
func As(u *web.User) Option {
	return func(o *web.Options) {
		o.Identify = func(*http.Request) *web.User { return u }
		o.Guard = func(*http.Request, string) error { return nil }
	}
}

// Guarded lets check decide on every route's access.
func Guarded(check func(r *http.Request, access string) error) Option {
	return func(o *web.Options) { o.Guard = check }
}

// With changes the options freely.
func With(change func(*web.Options)) Option { return change }

// New makes a server with the modules that mount returns. The catalogue holds
// web.Messages and bundles.
func New(t testing.TB, mount func(*web.Server) []web.Module, bundles []i18n.Bundle, options ...Option) *web.Server {
	t.Helper()
	catalog, err := i18n.New(append([]i18n.Bundle{web.Messages}, bundles...)...)
	if err != nil {
		t.Fatal(err)
	}
	opt := web.Options{Catalog: catalog}
	for _, change := range options {
		change(&opt)
	}
	srv, err := web.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	if err := srv.Mount(mount(srv)...); err != nil {
		t.Fatal(err)
	}
	return srv
}

// Start serves srv over HTTP and returns its address and a client that keeps
// cookies and doesn't follow redirects.
func Start(t testing.TB, srv *web.Server) (string, *http.Client) {
	t.Helper()
	ts := httptest.NewServer(srv.Handler())
	t.Cleanup(ts.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := ts.Client()
	client.Jar = jar
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return ts.URL, client
}

// CheckTemplates checks every page of the server against its page struct in
// both languages.
func CheckTemplates(t testing.TB, srv *web.Server) {
	t.Helper()
	err := srv.Templates(func(_, _ string, page *template.Template, data any) error {
		return templatecheck.CheckHTML(page, data)
	})
	if err != nil {
		t.Error(err)
	}
}
