package gateway

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"code.dny.dev/ssrf"

	"bilin/internal/errs"
)

// Guard says which addresses may be reached: public ones, and beyond them only
// what the administrator named as host:port.
type Guard struct{ allow []string }

// NewGuard returns a guard that lets through what is public, and allow.
func NewGuard(allow []string) (*Guard, error) {
	g := &Guard{}
	for _, item := range allow {
		item = strings.ToLower(strings.TrimSpace(item))
		if host, port, err := net.SplitHostPort(item); err != nil || host == "" || port == "" {
			return nil, errs.Wrap(err, errs.Invalid, "gateway.bad_allow", "value", item)
		}
		g.allow = append(g.allow, item)
	}
	return g, nil
}

// Allows reports whether the administrator named host:port.
func (g *Guard) Allows(hostPort string) bool {
	return slices.Contains(g.allow, strings.ToLower(hostPort))
}

// Check refuses a web address that isn't whole, that carries a password, that
// is private without being named, or that would be reached in the open. It asks
// no name server: what a name means is judged when it is dialled.
func (g *Guard) Check(u *url.URL) error {
	if u == nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return errs.E(errs.Invalid, "gateway.bad_url")
	}
	port, err := portOf(u)
	if err != nil {
		return err
	}
	host := net.JoinHostPort(strings.ToLower(u.Hostname()), strconv.Itoa(int(port)))
	switch {
	case g.Allows(host):
		return nil
	case private(u.Hostname()):
		return errs.E(errs.Invalid, "gateway.private", "host", host)
	case u.Scheme != "https":
		return errs.E(errs.Invalid, "gateway.not_https", "host", host)
	}
	return nil
}

func portOf(u *url.URL) (uint16, error) {
	if u.Port() == "" {
		if u.Scheme == "https" {
			return 443, nil
		}
		return 80, nil
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil {
		return 0, errs.Wrap(err, errs.Invalid, "gateway.bad_url")
	}
	return uint16(port), nil
}

// private reports whether a host is, without asking for its address, one that
// the guard would refuse.
func private(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ssrf.New().SafeAddr(ip) != nil
}

// dialer reaches public addresses on some ports, whatever a name turns out to
// mean when it is dialled, and beyond them only what is allowed.
func (g *Guard) dialer(ports ...uint16) func(ctx context.Context, network, addr string) (net.Conn, error) {
	open := &net.Dialer{Timeout: defaultTimeout}
	guard := &net.Dialer{Timeout: defaultTimeout, Control: ssrf.New(ssrf.WithPorts(ports...)).Safe}
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		if g.Allows(addr) {
			return open.DialContext(ctx, network, addr)
		}
		return guard.DialContext(ctx, network, addr)
	}
}

// Dial connects to public addresses on the ports, and to what is allowed: for what
// isn't spoken to over HTTP.
func (g *Guard) Dial(ports ...uint16) func(ctx context.Context, network, addr string) (net.Conn, error) {
	return g.dialer(ports...)
}

// Client returns an HTTP client that reaches public addresses on the ports, and
// what is allowed. connections bounds those to one host at a time.
func (g *Guard) Client(timeout time.Duration, connections int, ports ...uint16) *http.Client {
	return &http.Client{
		Timeout: timeout,
		Transport: &http.Transport{
			// No proxy: the guard would see the proxy's address instead of the gateway's.
			DialContext:       g.dialer(ports...),
			ForceAttemptHTTP2: true, MaxConnsPerHost: connections, MaxIdleConnsPerHost: connections,
			IdleConnTimeout: time.Minute, TLSHandshakeTimeout: defaultTimeout, MaxResponseHeaderBytes: 64 << 10,
			DisableCompression: true, // answers are a few bytes
		},
		// A redirect would carry number and token to somebody nobody named.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
