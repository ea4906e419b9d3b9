package gateway

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"bilin/internal/errs"
)

// Config names a gateway that is spoken to over HTTP.
type Config struct {
	Kind    Kind          // of messages that don't say; empty for SMS
	URL     string        // messages are posted here
	Token   string        // sent as bearer token; empty for none
	Allow   []string      // host:port that may be a private address, and without TLS
	Timeout time.Duration // of one message; default 10 s
	Rate    int           // messages a second, of all who share this sender; 0 for no limit
	Bulk    int           // messages a call, if the gateway takes several; 0 or 1: one by one
}

// Bounds of a conversation.
const (
	defaultTimeout = 10 * time.Second
	maxAnswer      = 4 << 10 // of the gateway's words about one message, which nobody reads
	fewConnections = 16
	connections    = 64 // to a gateway without a limit
	bulkAtOnce     = 4  // calls with several messages each
)

// client posts each message as JSON, alone or with others.
type client struct {
	url    *url.URL
	header http.Header
	kind   Kind
	http   *http.Client
	limit  *rate.Limiter // nil for none
	width  int           // calls at once
	bulk   int
	single atomic.Bool // it has turned out that the gateway takes one message a call
}

// NewHTTP returns a sender that posts each message as JSON {"id", "to", "text"},
// with "kind" where that isn't SMS. The gateway answers 2xx when it has taken
// it and 409 when it had it already. An address in a private network fails with
// Invalid unless cfg.Allow names it.
func NewHTTP(cfg Config) (Bulk, error) {
	u, err := url.Parse(cfg.URL)
	if err != nil {
		return nil, errs.E(errs.Invalid, "gateway.bad_url") // without the cause, which holds the address
	}
	guard, err := NewGuard(cfg.Allow)
	if err != nil {
		return nil, err
	}
	if err := guard.Check(u); err != nil {
		return nil, err
	}
	port, err := portOf(u)
	if err != nil {
		return nil, err
	}
	header := http.Header{"Content-Type": {"application/json"}}
	if cfg.Token != "" {
		header.Set("Authorization", "Bearer "+cfg.Token)
	}
	if cfg.Rate > 0 { // a call holds no more than a second's messages
		cfg.Bulk = min(cfg.Bulk, cfg.Rate)
	}
	width := widthFor(cfg.Rate)
	return &client{
		url: u, header: header, kind: cmp.Or(cfg.Kind, SMS), bulk: cfg.Bulk, width: width,
		limit: limiter(cfg.Rate), http: guard.Client(cmp.Or(cfg.Timeout, defaultTimeout), width, port),
	}, nil
}

// widthFor is how many calls at once keep up with a rate if each takes a tenth
// of a second.
func widthFor(perSecond int) int {
	if perSecond <= 0 {
		return connections
	}
	return min(max(perSecond/10, fewConnections), connections)
}

// limiter lets through so many a second, evenly: at most a tenth of a second's
// messages come at once.
func limiter(perSecond int) *rate.Limiter {
	if perSecond <= 0 {
		return nil
	}
	return rate.NewLimiter(rate.Limit(perSecond), max(1, perSecond/10))
}

// wait takes n messages' turn.
func (c *client) wait(ctx context.Context, n int) error {
	if c.limit == nil {
		return nil
	}
	for n > 0 {
		turn := min(n, c.limit.Burst())
		if err := c.limit.WaitN(ctx, turn); err != nil {
			return errs.Wrap(untouched{err}, errs.Unavailable, "gateway.waiting")
		}
		n -= turn
	}
	return nil
}

// wire is a message as it is posted.
type wire struct {
	ID   string `json:"id"`
	To   string `json:"to"`
	Text string `json:"text"`
	Kind Kind   `json:"kind,omitempty"`
}

func (c *client) wire(m Message) wire {
	w := wire{ID: m.ID, To: m.To, Text: m.Text, Kind: cmp.Or(m.Kind, c.kind)}
	if w.Kind == SMS {
		w.Kind = ""
	}
	return w
}

// Send waits for the message's turn and posts it once.
func (c *client) Send(ctx context.Context, m Message) error {
	if err := c.wait(ctx, 1); err != nil {
		return err
	}
	res, err := c.post(ctx, c.wire(m), m.ID)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, _ = io.CopyN(io.Discard, res.Body, maxAnswer) // so that the connection can serve again
	return verdict(res.StatusCode)
}

// post sends a body. key is the message's, or empty for several of them.
func (c *client) post(ctx context.Context, body any, key string) (*http.Response, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	header := c.header
	if key != "" {
		header = header.Clone()
		header["Idempotency-Key"] = []string{key}
	}
	req := &http.Request{
		Method: http.MethodPost, URL: c.url, Host: c.url.Host, Header: header, ContentLength: int64(len(raw)),
		Body:    io.NopCloser(bytes.NewReader(raw)),
		GetBody: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(raw)), nil },
	}
	res, err := c.http.Do(req.WithContext(ctx))
	if err != nil {
		return nil, down(err)
	}
	return res, nil
}

// down is a call that wasn't answered.
func down(err error) error {
	if failed, ok := errors.AsType[*url.Error](err); ok {
		err = failed.Err // without the address, which may hold a secret
	}
	return errs.Wrap(reached(err), errs.Unavailable, "gateway.down")
}

// verdict reads an answer. What says that the gateway doesn't know us is no
// judgement on the number: once the settings are right the message goes out.
func verdict(status int) error {
	cause := fmt.Errorf("gateway: it answered %d", status)
	switch {
	case status >= 200 && status < 300 || status == http.StatusConflict:
		return nil
	case status == http.StatusTooManyRequests:
		return errs.Wrap(untouched{cause}, errs.Unavailable, "gateway.busy")
	case status == http.StatusRequestTimeout || status >= 500:
		return errs.Wrap(cause, errs.Unavailable, "gateway.busy")
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusNotFound,
		status == http.StatusMethodNotAllowed, status < 400:
		return errs.Wrap(untouched{cause}, errs.Unavailable, "gateway.not_us")
	}
	return errs.Wrap(cause, errs.Invalid, "gateway.refused")
}
