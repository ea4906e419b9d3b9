package loopback

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"bilin/internal/errs"
	"bilin/internal/gateway"
)

// Reports say where to tell that messages have arrived. Of what was pushed and
// said in a group nothing is reported, as in life.
type Reports struct {
	URL    string        // such as http://localhost:8080/api/v1/gateway/reports; empty for none
	Token  string        // shown as bearer token
	After  time.Duration // from taking a message to its delivery
	Logger *slog.Logger  // default slog.Default()
}

const (
	reportEvery    = 200 * time.Millisecond // waiting reports are handed over
	waitingReports = 1 << 16                // between two looks
)

// note remembers to report a message. When more wait than can be kept it is
// left out: a report is no promise.
func (g *Gateway) note(m Received) {
	if g.report == nil || m.Kind != gateway.SMS && m.Kind != gateway.Voice {
		return
	}
	select {
	case g.report <- gateway.Report{ID: m.ID, State: gateway.Delivered, At: m.At.Add(g.opt.Reports.After)}:
	default:
	}
}

// Run hands over delivery reports until ctx ends. Without an address it returns
// at once.
func (g *Gateway) Run(ctx context.Context) error {
	if g.report == nil {
		return nil
	}
	post, err := g.reporter()
	if err != nil {
		return err
	}
	var waiting []gateway.Report
	tick := time.NewTicker(reportEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case r := <-g.report:
			waiting = append(waiting, r)
			waiting = waiting[max(0, len(waiting)-keptIDs):]
		case <-tick.C:
			waiting = g.hand(ctx, post, waiting)
		}
	}
}

// hand posts the reports whose time has come and returns the others.
func (g *Gateway) hand(ctx context.Context, post func(context.Context, []gateway.Report) error, waiting []gateway.Report) []gateway.Report {
	for len(waiting) > 0 {
		n := 0
		for n < min(len(waiting), gateway.MaxReports) && !waiting[n].At.After(g.opt.Now()) {
			n++
		}
		if n == 0 {
			break
		}
		if err := post(ctx, waiting[:n]); err != nil {
			g.opt.Reports.log().Warn("gateway: reports are not taken, trying again", "error", err, "waiting", len(waiting))
			break
		}
		waiting = waiting[n:]
	}
	return waiting
}

func (r Reports) log() *slog.Logger {
	if r.Logger == nil {
		return slog.Default()
	}
	return r.Logger
}

// reporter returns what posts reports, through the guarded client like
// everything that goes out; the address itself was named by whoever started
// this gateway.
func (g *Gateway) reporter() (func(context.Context, []gateway.Report) error, error) {
	to := g.opt.Reports
	u, err := url.Parse(to.URL)
	if err != nil || u.Host == "" {
		return nil, errs.E(errs.Invalid, "gateway.bad_url")
	}
	guard, err := gateway.NewGuard([]string{u.Host})
	if err != nil {
		return nil, err
	}
	client := guard.Client(10*time.Second, 2, 80, 443)
	return func(ctx context.Context, list []gateway.Report) error {
		body, err := json.Marshal(map[string]any{"reports": list})
		if err != nil {
			return err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.URL, bytes.NewReader(body))
		if err != nil {
			return err
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer "+to.Token)
		res, err := client.Do(req)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, maxBody))
		if res.StatusCode >= 300 {
			return fmt.Errorf("loopback: reports were answered with %d", res.StatusCode)
		}
		return nil
	}, nil
}
