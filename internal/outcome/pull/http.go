package pull

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"bilin/internal/errs"
	"bilin/internal/outcome"
	"bilin/internal/outcome/feed"
)

// fetched is what a source answered.
type fetched struct {
	file feed.File
	etag string
	same bool // nothing changed since
}

const connections = 2 // to one host

// fetchHTTP asks an address for JSON over the guarded client, which follows no
// redirect: it would carry the token to somebody nobody named.
func (s *Service) fetchHTTP(ctx context.Context, src Source, etag string) (fetched, error) {
	u, err := url.Parse(src.Address)
	if err != nil {
		return fetched{}, errs.E(errs.Invalid, "outcome.pull.bad_url") // without the cause, which holds the address
	}
	if err := s.guard.Check(u); err != nil {
		return fetched{}, ofPulls(err)
	}
	ports := []uint16{443}
	if port, err := strconv.ParseUint(u.Port(), 10, 16); err == nil {
		ports = append(ports, uint16(port))
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return fetched{}, errs.E(errs.Invalid, "outcome.pull.bad_url")
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "Bilin")
	if src.Secret != "" {
		req.Header.Set("Authorization", "Bearer "+src.Secret)
	}
	if etag != "" {
		req.Header.Set("If-None-Match", etag)
	}
	client := s.guard.Client(askTime, connections, ports...)
	defer client.CloseIdleConnections()
	res, err := client.Do(req)
	if err != nil {
		if failed, ok := errors.AsType[*url.Error](err); ok {
			err = failed.Err // without the address, which may hold a secret
		}
		return fetched{}, errs.Wrap(err, errs.Unavailable, "outcome.pull.down")
	}
	defer res.Body.Close()
	return readHTTP(res, src)
}

func readHTTP(res *http.Response, src Source) (fetched, error) {
	switch res.StatusCode {
	case http.StatusNotModified:
		return fetched{same: true}, nil
	case http.StatusUnauthorized, http.StatusForbidden:
		return fetched{}, errs.E(errs.Unavailable, "outcome.pull.refused", "status", res.StatusCode)
	case http.StatusOK:
	default:
		return fetched{}, errs.E(errs.Unavailable, "outcome.pull.status", "status", res.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, feed.MaxBody+1))
	switch {
	case err != nil:
		return fetched{}, errs.Wrap(err, errs.Unavailable, "outcome.pull.down")
	case len(body) > feed.MaxBody:
		return fetched{}, errs.E(errs.TooLarge, "outcome.pull.too_large", "mib", feed.MaxBody>>20)
	}
	rows, err := feed.ReadJSON(body)
	if err != nil {
		return fetched{}, err
	}
	out := fetched{file: feed.File{Name: src.shown(), SHA256: feed.Digest(body), Way: outcome.HTTP, Rows: rows}}
	if tag := res.Header.Get("ETag"); len(tag) <= 300 {
		out.etag = strings.ToValidUTF8(tag, "")
	}
	return out, nil
}

// ofPulls says what the guard says, of pulls instead of gateways.
func ofPulls(err error) error {
	e := errs.As(err)
	switch e.Code {
	case "gateway.bad_url":
		return errs.Wrap(err, errs.Invalid, "outcome.pull.bad_url")
	case "gateway.private", "gateway.not_https", "gateway.bad_allow":
		return errs.Wrap(err, errs.Invalid, "outcome.pull."+strings.TrimPrefix(e.Code, "gateway."), e.Args...)
	}
	return err
}
