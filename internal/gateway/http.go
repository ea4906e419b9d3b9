package gateway

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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

// Config names a gateway that is spoken to over HTTP.
type Config struct {
	URL     string        // messages are posted here
	Token   string        // sent as bearer token; empty for none
	Allow   []string      // host:port that may be a private address, and without TLS
	Timeout time.Duration // of one message; default 10 s
}

// Bounds of a conversation.
const (
	defaultTimeout = 10 * time.Second
	maxAnswer      = 4 << 10 // of the gateway's words, which nobody reads
	connections    = 16
)

// client posts each message as JSON {"id", "to", "text"}.
type client struct {
	url, token string
	http       *http.Client
}

// NewHTTP returns a sender that posts each message as JSON {"id", "to", "text"}.
// The gateway answers 2xx when it has taken it and 409 when it had it already.
// An address in a private network fails with Invalid unless cfg.Allow names it.
func NewHTTP(cfg Config) (Sender, error) {
	u, err := url.Parse(cfg.URL)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errs.E(errs.Invalid, "gateway.bad_url")
	}
	allow, err := hosts(cfg.Allow)
	if err != nil {
		return nil, err
	}
	port, err := portOf(u)
	if err != nil {
		return nil, err
	}
	host := strings.ToLower(net.JoinHostPort(u.Hostname(), strconv.Itoa(int(port))))
	if !slices.Contains(allow, host) {
		if private(u.Hostname()) {
			return nil, errs.E(errs.Invalid, "gateway.private", "host", host)
		}
		if u.Scheme != "https" {
			return nil, errs.E(errs.Invalid, "gateway.not_https", "host", host)
		}
	}
	return &client{url: u.String(), token: cfg.Token, http: &http.Client{
		Timeout:   cmp.Or(cfg.Timeout, defaultTimeout),
		Transport: guarded(allow, port),
		// A redirect would carry number and token to somebody nobody named.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// hosts folds a list of host:port.
func hosts(list []string) ([]string, error) {
	var out []string
	for _, item := range list {
		item = strings.ToLower(strings.TrimSpace(item))
		if host, port, err := net.SplitHostPort(item); err != nil || host == "" || port == "" {
			return nil, errs.Wrap(err, errs.Invalid, "gateway.bad_allow", "value", item)
		}
		out = append(out, item)
	}
	return out, nil
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

// guarded is a transport that reaches public addresses on one port, whatever a
// name turns out to mean when it is dialled, and beyond them only what is allowed.
func guarded(allow []string, port uint16) *http.Transport {
	open := &net.Dialer{Timeout: defaultTimeout}
	guard := &net.Dialer{Timeout: defaultTimeout, Control: ssrf.New(ssrf.WithPorts(port)).Safe}
	return &http.Transport{
		// No proxy: the guard would see the proxy's address instead of the gateway's.
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if slices.Contains(allow, strings.ToLower(addr)) {
				return open.DialContext(ctx, network, addr)
			}
			return guard.DialContext(ctx, network, addr)
		},
		ForceAttemptHTTP2: true, MaxConnsPerHost: connections, MaxIdleConnsPerHost: connections,
		IdleConnTimeout: time.Minute, TLSHandshakeTimeout: defaultTimeout, MaxResponseHeaderBytes: 64 << 10,
	}
}

// Send posts the message once.
func (c *client) Send(ctx context.Context, m Message) error {
	body, err := json.Marshal(map[string]string{"id": m.ID, "to": m.To, "text": m.Text})
	if err != nil {
		return fmt.Errorf("gateway: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("gateway: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", m.ID)
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	res, err := c.http.Do(req)
	if err != nil {
		if failed, ok := errors.AsType[*url.Error](err); ok {
			err = failed.Err // without the address, which may hold a secret
		}
		return errs.Wrap(err, errs.Unavailable, "gateway.down")
	}
	defer res.Body.Close()
	_, _ = io.CopyN(io.Discard, res.Body, maxAnswer) // so that the connection can serve again
	return verdict(res.StatusCode)
}

// verdict reads an answer. What says that the gateway doesn't know us is no
// judgement on the number: once the settings are right the message goes out.
func verdict(status int) error {
	cause := fmt.Errorf("gateway: it answered %d", status)
	switch {
	case status >= 200 && status < 300 || status == http.StatusConflict:
		return nil
	case status == http.StatusTooManyRequests || status == http.StatusRequestTimeout || status >= 500:
		return errs.Wrap(cause, errs.Unavailable, "gateway.busy")
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusNotFound,
		status == http.StatusMethodNotAllowed, status < 400:
		return errs.Wrap(cause, errs.Unavailable, "gateway.not_us")
	}
	return errs.Wrap(cause, errs.Invalid, "gateway.refused")
}
