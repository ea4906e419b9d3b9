package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"bilin/internal/errs"
)

func TestLimiter(t *testing.T) {
	now := time.Unix(0, 0)
	l := NewLimiter(60, 2)
	l.Now = func() time.Time { return now }
	for range 2 {
		if err := l.Allow("a"); err != nil {
			t.Fatalf("the burst is refused: %v", err)
		}
	}
	err := l.Allow("a")
	if errs.KindOf(err) != errs.TooMany || retryAfter(errs.As(err)) != "1" {
		t.Errorf("third in a moment: %v", err)
	}
	if l.Allow("b") != nil {
		t.Error("one key's excess is held against another")
	}
	now = now.Add(time.Second)
	if l.Allow("a") != nil {
		t.Error("a second later it is still refused")
	}
}

func TestLimiterTakesASubscriberForOne(t *testing.T) {
	l := NewLimiter(60, 1)
	for _, c := range []struct {
		address string
		allowed bool
	}{
		{"2001:db8:1:2::1", true}, {"2001:db8:1:2:3:4:5:6", false}, {"2001:db8:1:3::1", true},
		{"192.0.2.1", true}, {"192.0.2.2", true}, {"192.0.2.1", false}, {"::ffff:192.0.2.9", true}, {"somebody", true},
	} {
		if got := l.Allow(c.address) == nil; got != c.allowed {
			t.Errorf("%s: allowed is %v", c.address, got)
		}
	}
}

func TestLimiterMemoryIsBounded(t *testing.T) {
	l := NewLimiter(60, 1)
	for i := range 3 * limiterKeys {
		if err := l.Allow(strconv.Itoa(i)); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(l.young) + len(l.old); n > 2*limiterKeys {
		t.Errorf("%d keys are kept", n)
	}
}

func TestGateKeepsPlacesForEmergencies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(4)
		var leave []func()
		for range 3 {
			out, err := g.enter(t.Context(), Route{})
			if err != nil {
				t.Fatal(err)
			}
			leave = append(leave, out)
		}
		if _, err := g.enter(t.Context(), Route{}); errs.KindOf(err) != errs.Unavailable {
			t.Errorf("a full house lets in: %v", err)
		}
		out, err := g.enter(t.Context(), Route{Emergency: true})
		if err != nil {
			t.Fatalf("an emergency is turned away: %v", err)
		}
		out()
		if _, err := g.enter(t.Context(), Route{Stream: true}); err != nil {
			t.Errorf("a stream waits for a place: %v", err)
		}
		go func() {
			time.Sleep(time.Second)
			leave[0]()
		}()
		if _, err := g.enter(t.Context(), Route{}); err != nil {
			t.Errorf("a place that comes free in time isn't taken: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := g.enter(ctx, Route{}); err == nil {
			t.Error("one who has left is let in")
		}
	})
}

// Handlers outside the page adapter say themselves which of their requests come last to be turned away.
func TestExtraHandlersHaveEmergencies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Server{gate: newGate(4), opt: Options{EmergencyPaths: func(r *http.Request) bool { return r.URL.Path == "/api/orders" }}}
		for range 3 {
			if _, err := s.gate.enter(t.Context(), Route{}); err != nil {
				t.Fatal(err)
			}
		}
		reached := 0
		h := s.bound(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached++ }))
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "/api/orders", nil))
		if reached != 1 {
			t.Error("an emergency is turned away")
		}
		if s.urgent(httptest.NewRequest("GET", "/api/burden", nil)) {
			t.Error("everything is an emergency")
		}
	})
}
