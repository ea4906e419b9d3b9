package alert

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"bilin/internal/auth"
	"bilin/internal/cap"
	"bilin/internal/errs"
	"bilin/internal/gateway"
)

// Bounds of asking feeds.
const (
	maxFeed      = 2 << 20 // bytes
	maxFollowed  = 20      // entries of one feed that are looked at in one round
	maxRedirects = 3
	connections  = 4 // to one host
	maxTries     = 8 // of one entry, from a minute to an hour apart
	askTime      = 15 * time.Second
	roundTime    = 50 * time.Second // of one feed with its entries
	entryDays    = 60               // after which an entry that left its feed is forgotten
)

// feed is an address that is asked for alerts.
type feed struct {
	id, name string // name is the address without what may be secret in it
	url      *url.URL
}

// asker fetches over the guarded client.
type asker struct {
	guard *gateway.Guard
	http  *http.Client
}

func feedsOf(addresses, allow []string) ([]*feed, *asker, error) {
	guard, err := gateway.NewGuard(allow)
	if err != nil {
		return nil, nil, ofFeeds(err)
	}
	var feeds []*feed
	ports := []uint16{443}
	for _, address := range addresses {
		u, err := url.Parse(address)
		if err != nil {
			return nil, nil, errs.E(errs.Invalid, "alert.feed.bad_url") // without the cause, which holds the address
		}
		if err := guard.Check(u); err != nil {
			return nil, nil, ofFeeds(err)
		}
		if port, err := strconv.ParseUint(u.Port(), 10, 16); err == nil {
			ports = append(ports, uint16(port))
		}
		sum := sha256.Sum256([]byte(u.String()))
		id := hex.EncodeToString(sum[:16])
		if slices.ContainsFunc(feeds, func(f *feed) bool { return f.id == id }) {
			continue // named twice
		}
		feeds = append(feeds, &feed{id: id, name: clip(u.Host+u.Path, 100), url: u})
	}
	return feeds, &asker{guard, guard.Client(askTime, connections, ports...)}, nil
}

// ofFeeds says what the guard says, of feeds instead of gateways.
func ofFeeds(err error) error {
	e := errs.As(err)
	switch e.Code {
	case "gateway.bad_url", "gateway.bad_allow", "gateway.private", "gateway.not_https":
		return errs.Wrap(err, errs.Invalid, "alert.feed."+strings.TrimPrefix(e.Code, "gateway."), e.Args...)
	}
	return err
}

// fetched is what an address answered.
type fetched struct {
	body           []byte
	etag, modified string
	same           bool // nothing changed since
	from           *url.URL
}

// get fetches an address, at most limit bytes, and follows few redirects, each
// of which is judged like the first address.
func (a *asker) get(ctx context.Context, u *url.URL, etag, modified string, limit int64) (fetched, error) {
	for range maxRedirects + 1 {
		if err := a.guard.Check(u); err != nil {
			return fetched{}, ofFeeds(err)
		}
		res, err := a.send(ctx, u, etag, modified)
		if err != nil {
			return fetched{}, err
		}
		if res.StatusCode < 300 || res.StatusCode == http.StatusNotModified || res.Header.Get("Location") == "" {
			return readAnswer(res, u, limit)
		}
		next, err := u.Parse(res.Header.Get("Location"))
		if closed := res.Body.Close(); err != nil || closed != nil {
			return fetched{}, errs.E(errs.Unavailable, "alert.feed.down")
		}
		u = next
	}
	return fetched{}, errs.E(errs.Unavailable, "alert.feed.redirects", "max", maxRedirects)
}

func (a *asker) send(ctx context.Context, u *url.URL, etag, modified string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, errs.E(errs.Invalid, "alert.feed.bad_url")
	}
	req.Header.Set("Accept", "application/cap+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.8")
	req.Header.Set("User-Agent", "Bilin")
	if etag != "" {
		req.Header.Set("If-None-Match", etag)
	}
	if modified != "" {
		req.Header.Set("If-Modified-Since", modified)
	}
	res, err := a.http.Do(req)
	if err != nil {
		if failed, ok := errors.AsType[*url.Error](err); ok {
			err = failed.Err // without the address, which may hold a secret
		}
		return nil, errs.Wrap(err, errs.Unavailable, "alert.feed.down")
	}
	return res, nil
}

// readAnswer reads a response to its end and closes it.
func readAnswer(res *http.Response, from *url.URL, limit int64) (fetched, error) {
	defer res.Body.Close()
	f := fetched{etag: header(res, "ETag"), modified: header(res, "Last-Modified"), from: from}
	switch {
	case res.StatusCode == http.StatusNotModified:
		f.same = true
		return f, nil
	case res.StatusCode != http.StatusOK:
		return f, errs.Wrap(fmt.Errorf("it answered %d", res.StatusCode), errs.Unavailable, "alert.feed.status", "status", res.StatusCode)
	}
	var err error
	f.body, err = io.ReadAll(io.LimitReader(res.Body, limit+1))
	switch {
	case err != nil:
		return f, errs.Wrap(err, errs.Unavailable, "alert.feed.down")
	case int64(len(f.body)) > limit:
		return f, errs.E(errs.TooLarge, "alert.feed.too_large", "kib", limit>>10)
	}
	return f, nil
}

// header returns a header that is sent back as it came, unless it is absurd.
func header(res *http.Response, name string) string {
	if v := res.Header.Get(name); len(v) <= 300 {
		return strings.ToValidUTF8(v, "")
	}
	return ""
}

// HasFeeds reports whether any feed is asked.
func (s *Service) HasFeeds() bool { return len(s.feeds) > 0 }

// Poll asks every feed once, each for itself: one that fails or hangs holds no
// other up. How each did is kept and shown; the error is the database's.
func (s *Service) Poll(ctx context.Context) error {
	failed := make([]error, len(s.feeds))
	var round sync.WaitGroup
	for i, f := range s.feeds {
		round.Go(func() { failed[i] = s.poll(ctx, f) })
	}
	round.Wait()
	return errors.Join(failed...)
}

// poll asks one feed and notes how that went.
func (s *Service) poll(ctx context.Context, f *feed) error {
	all, err := readHealth(ctx, s.o.DB.Reader(), f.id)
	if err != nil {
		return err
	}
	before := all[f.id]
	after := before
	cause := s.visitFor(ctx, f, &after, roundTime)
	if ctx.Err() != nil {
		return nil // the program stops: that says nothing of the feed
	}
	after.checked = s.o.Now()
	after.fail(cause, s.o.Now())
	if cause != nil {
		s.o.Logger.WarnContext(ctx, "alert feed", slog.String("feed", f.name), slog.Any("err", cause))
		if before.etag != "" || before.modified != "" {
			after.etag, after.modified = "", "" // all of it is looked at again
		}
	}
	return s.saveHealth(ctx, f, before, after)
}

// visitFor is visit, for so long at most.
func (s *Service) visitFor(ctx context.Context, f *feed, h *health, most time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	return s.visit(ctx, f, h)
}

// visit fetches a feed and takes what is new in it.
func (s *Service) visit(ctx context.Context, f *feed, h *health) error {
	got, err := s.ask.get(ctx, f.url, h.etag, h.modified, maxFeed)
	if err != nil || got.same {
		return err
	}
	h.etag, h.modified = got.etag, got.modified
	entries, alone, err := parseFeed(got.body, got.from)
	switch {
	case err != nil:
		return err
	case alone:
		return s.bring(ctx, f, h, got.body)
	}
	left, err := s.follow(ctx, f, h, entries)
	if left {
		h.etag, h.modified = "", "" // ask for all of it again, even if it stays the same
	}
	return err
}

// bring takes one message of a feed. What can't be taken is noted and not asked
// for again; only what may work later is an error.
func (s *Service) bring(ctx context.Context, f *feed, h *health, raw []byte) error {
	_, err := s.Take(ctx, auth.System("feed"), f.name, raw)
	if !final(err) {
		return err
	}
	s.refuse(ctx, f, h, err)
	return nil
}

// final reports whether trying again would end the same.
func final(err error) bool {
	if err == nil {
		return false
	}
	switch errs.KindOf(err) {
	case errs.Invalid, errs.TooLarge, errs.Conflict:
		return true
	}
	return false
}

func (s *Service) refuse(ctx context.Context, f *feed, h *health, err error) {
	s.o.Logger.WarnContext(ctx, "alert feed: refused", slog.String("feed", f.name), slog.Any("err", err))
	h.refused, h.refusal = s.o.Now(), said(err)
}

// follow takes the entries that weren't looked at yet, the oldest first, and
// reports whether some are left for a later round.
func (s *Service) follow(ctx context.Context, f *feed, h *health, entries []entry) (left bool, err error) {
	now, followed := s.o.Now(), 0
	seen, err := readEntries(ctx, s.o.DB.Reader(), f.id)
	if err != nil {
		return true, err
	}
	looked := map[string]tried{}
	for _, e := range entries {
		t, known := seen[e.key]
		done := known && t.next.IsZero()
		if !done && !t.next.After(now) && followed < maxFollowed && ctx.Err() == nil {
			followed++
			failed := s.enter(ctx, f, h, e)
			t, known = t.after(failed, now), true
			if done = t.next.IsZero(); failed != nil {
				err = failed
			}
			if done && failed != nil {
				s.refuse(ctx, f, h, failed)
			}
		}
		if known {
			looked[e.key] = t
		}
		left = left || !done
	}
	return left, errors.Join(err, s.saveEntries(context.WithoutCancel(ctx), f.id, looked, now))
}

// tried is how often an entry failed, and when it is tried again; the zero
// time: never.
type tried struct {
	n    int
	next time.Time
}

// after is what comes of another try.
func (t tried) after(failed error, now time.Time) tried {
	if failed == nil {
		return tried{n: t.n}
	}
	if t.n++; t.n >= maxTries {
		return tried{n: t.n}
	}
	return tried{t.n, now.Add(min(time.Hour, time.Minute<<(t.n-1)))}
}

// enter takes one entry: what it holds, or what it leads to.
func (s *Service) enter(ctx context.Context, f *feed, h *health, e entry) error {
	raw := e.embedded
	if raw == nil {
		if e.link == nil {
			s.refuse(ctx, f, h, errs.E(errs.Invalid, "alert.feed.no_link"))
			return nil
		}
		got, err := s.ask.get(ctx, e.link, "", "", cap.MaxBytes)
		if final(err) {
			s.refuse(ctx, f, h, err)
			return nil
		}
		if err != nil {
			return err
		}
		raw = got.body
	}
	return s.bring(ctx, f, h, raw)
}
