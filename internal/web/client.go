package web

import (
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

var requestIDShape = regexp.MustCompile(`^[A-Za-z0-9_-]{8,64}$`)

// requestID takes the trusted proxy's id or makes one.
func (s *Server) requestID(r *http.Request) string {
	if id := r.Header.Get("X-Request-Id"); requestIDShape.MatchString(id) && s.trusts(r.RemoteAddr) {
		return id
	}
	return newRequestID()
}

// newRequestID makes an id short enough to be read out over the telephone.
func newRequestID() string {
	id := strings.ToLower(rand.Text()[:12])
	return id[:4] + "-" + id[4:8] + "-" + id[8:]
}

func hostOnly(addr string) string {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	return host
}

func (s *Server) trusts(addr string) bool {
	ip, err := netip.ParseAddr(hostOnly(addr))
	if err != nil {
		return false
	}
	return slices.ContainsFunc(s.opt.TrustedProxy, func(p netip.Prefix) bool { return p.Contains(ip.Unmap()) })
}

// clientIP believes X-Forwarded-For only as far as trusted proxies wrote it:
// the rightmost address that isn't one of theirs.
func (s *Server) clientIP(r *http.Request) string {
	peer := hostOnly(r.RemoteAddr)
	if !s.trusts(r.RemoteAddr) {
		return peer
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		hop = strings.TrimSpace(hop)
		ip, err := netip.ParseAddr(hop)
		if err != nil {
			break
		}
		peer = ip.Unmap().String()
		if !s.trusts(hop) {
			break
		}
	}
	return peer
}

// servesTLS reports whether every visitor reaches us over TLS.
func (s *Server) servesTLS() bool {
	return s.opt.TLSCert != "" || s.public != nil && s.public.Scheme == "https"
}

// isSecure reports whether this request came over TLS: to us, or to the
// proxy in front of us. A plain request to localhost on the same server keeps
// working without, so that a developer isn't locked out.
func (s *Server) isSecure(r *http.Request) bool {
	if r.TLS != nil {
		return true
	}
	if s.public == nil || s.public.Scheme != "https" {
		return false
	}
	return s.trusts(r.RemoteAddr) && r.Header.Get("X-Forwarded-Proto") != "http"
}

func parsePublicURL(raw string) (*url.URL, error) {
	if raw == "" {
		return nil, nil
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || strings.Trim(u.Path, "/") != "" {
		return nil, fmt.Errorf("web: public URL %q is not of the form https://host", raw)
	}
	return u, nil
}

// Absolute returns the full address of a path as people reach it, for QR
// codes and messages.
func (s *Server) Absolute(r *http.Request, path string) string {
	if s.public != nil {
		return s.public.Scheme + "://" + s.public.Host + path
	}
	scheme := "http"
	if s.secure(r) {
		scheme = "https"
	}
	return scheme + "://" + r.Host + path
}
