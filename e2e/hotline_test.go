package e2e

import (
	"net/url"
	"slices"
	"testing"
	"time"
)

// TestHotline takes a work order of the 12345 hotline twice, and answers it.
func TestHotline(t *testing.T) {
	t.Parallel()
	since := url.QueryEscape(time.Now().Add(-time.Second).Format(time.RFC3339))
	hotline, cell := here.token(t, "admin"), here.home(t, "lead")
	order := map[string]any{"order": "HN20261123-00042", "text": "来电人反映路口红绿灯不亮。", "unit": cell, "received": "2026-11-23T09:30:00+08:00", "contact": "12900000044"}
	ask := request{method: "POST", path: "/api/v1/hotline/orders", token: hotline, body: order}
	var first, again struct{ Number string }
	here.send(t, ask).want(t, 201).into(t, &first)
	here.send(t, ask).want(t, 200).into(t, &again)
	if first.Number == "" || first != again {
		t.Fatalf("the same order is %q, then %q", first.Number, again.Number)
	}
	ask.token = here.token(t, "lead")
	here.send(t, ask).problem(t, 403)
	ask.token = ""
	here.send(t, ask).problem(t, 401)

	lead := here.as(t, "lead", phone)
	lead.open("/demands/" + first.Number)
	lead.reads("12345热线")
	lead.accepts()
	lead.resolves("电工换了保险，灯亮了。")
	steps, next := here.answered(t, hotline, since, "HN20261123-00042")
	if !slices.Contains(steps, "accepted") || !slices.Contains(steps, "resolved") {
		t.Errorf("answers: %v", steps)
	}
	at := "/api/v1/hotline/orders/HN20261123-00042"
	confirm := map[string]any{"satisfied": "yes"}
	here.send(t, request{method: "POST", path: at + "/confirm", token: hotline, body: confirm}).problem(t, 404) // who runs the machines speaks for nobody
	vouch := map[string]any{"solved": true, "satisfied": "yes", "note": "打电话问了，灯亮了。"}
	here.send(t, request{method: "POST", path: "/api/v1/demands/" + first.Number + "/vouch", token: here.token(t, "group"), body: vouch}).want(t, 200)
	if steps, _ = here.answered(t, hotline, next, "HN20261123-00042"); slices.Contains(steps, "resolved") {
		t.Errorf("answers come twice: %v", steps)
	}
	var standing struct{ State, Number string }
	here.send(t, request{method: "GET", path: at, token: hotline}).want(t, 200).into(t, &standing)
	if standing.State != "confirmed" || standing.Number != first.Number {
		t.Errorf("it ends as %+v", standing)
	}
	lead.reads("居民已确认")
}

// answered reads what went back since a moment about one order, and where the
// next reading begins.
func (c *city) answered(t *testing.T, token, since, order string) (steps []string, next string) {
	t.Helper()
	for {
		var feed struct {
			Answers []struct{ Order, Step, Text string }
			Next    string
		}
		c.send(t, request{method: "GET", path: "/api/v1/hotline/answers?since=" + since, token: token}).want(t, 200).into(t, &feed)
		for _, a := range feed.Answers {
			if a.Order == order {
				steps = append(steps, a.Step)
			}
		}
		since = url.QueryEscape(feed.Next)
		if len(feed.Answers) == 0 {
			return steps, since
		}
	}
}
