package web

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"bilin/internal/i18n"
)

func TestMetricsAreForTheInside(t *testing.T) {
	catalog, err := i18n.New(Messages)
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Options{Catalog: catalog, TrustedProxy: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/32")}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		peer, forwarded string
		want            int
	}{
		{"127.0.0.1:1", "", http.StatusOK}, {"[::1]:1", "", http.StatusOK}, {"192.168.3.4:1", "", http.StatusOK},
		{"203.0.113.9:1", "", http.StatusNotFound}, {"203.0.113.9:1", "127.0.0.1", http.StatusNotFound},
		{"10.0.0.1:1", "203.0.113.9", http.StatusNotFound}, {"10.0.0.1:1", "127.0.0.1, 203.0.113.9", http.StatusNotFound},
		{"10.0.0.1:1", "192.168.3.4", http.StatusOK},
	} {
		r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
		r.RemoteAddr = c.peer
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if w.Code != c.want {
			t.Errorf("%s for %q: %d, want %d", c.peer, c.forwarded, w.Code, c.want)
		}
	}
}
