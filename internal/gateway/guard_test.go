package gateway

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"code.dny.dev/ssrf"
)

// Whatever a name turns out to mean, an inner address is refused when it is
// dialled, unless that host and port are allowed.
func TestInnerAddressesAreRefusedWhenDialled(t *testing.T) {
	t.Parallel()
	inner := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(inner.Close)
	addr := netip.MustParseAddrPort(inner.Listener.Addr().String())
	for _, c := range []struct {
		allow []string
		want  error
	}{
		{nil, ssrf.ErrProhibitedIP}, {[]string{"127.0.0.1:1", "10.0.0.1:80"}, ssrf.ErrProhibitedIP}, {[]string{addr.String()}, nil},
	} {
		guard, err := NewGuard(c.allow)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := guard.dialer(addr.Port())(t.Context(), "tcp", addr.String())
		if !errors.Is(err, c.want) {
			t.Errorf("allowed %v: %v", c.allow, err)
		}
		if err == nil {
			_ = conn.Close()
		}
	}
	if _, err := (&Guard{}).dialer(443)(t.Context(), "tcp", "8.8.8.8:22"); !errors.Is(err, ssrf.ErrProhibitedPort) {
		t.Errorf("another port: %v", err)
	}
}
