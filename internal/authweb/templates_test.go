package authweb

import (
	"net/http"
	"testing"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/i18n"
	"bilin/internal/network"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

func TestTemplates(t *testing.T) {
	mount := func(srv *web.Server) []web.Module { return []web.Module{New(srv, Options{}).Module()} }
	bundles := []i18n.Bundle{Messages, auth.Messages, audit.Messages, network.Messages, demand.Messages}
	webtest.CheckTemplates(t, webtest.New(t, mount, bundles))
}

func TestLocal(t *testing.T) {
	for next, want := range map[string]string{
		"/demands?x=1": "/demands?x=1", "": "/", "//evil.example": "/", "https://evil.example": "/",
		`/\evil.example`: "/", "/login?next=/x": "/", "/logout": "/", "demands": "/", "/a\nb": "/",
	} {
		if got := local(next); got != want {
			t.Errorf("%q: %q, want %q", next, got, want)
		}
	}
}

// A route whose action no rule speaks of could never be opened.
func TestEveryRouteHasARule(t *testing.T) {
	policy := auth.NewPolicy(nil, auth.Rules)
	for _, r := range New(nil, Options{}).routes() {
		if r.Access != web.Public && !policy.Knows(auth.Action(r.Access)) {
			t.Errorf("%s: no rule for %q", r.Pattern, r.Access)
		}
		if r.Pattern[:4] == http.MethodPost && r.MaxBody == 0 {
			t.Errorf("%s takes any size", r.Pattern)
		}
	}
}
