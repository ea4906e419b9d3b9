package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bilin/internal/errs"
	"bilin/internal/gateway"
	"bilin/internal/gateway/loopback"
)

func messages(n int) []gateway.Message {
	list := make([]gateway.Message, n)
	for i := range list {
		list[i] = gateway.Message{ID: fmt.Sprintf("0198-%05d", i), To: fmt.Sprintf("129%08d", i), Text: "【应急】寒潮冰冻，请到村部集合。回复 1 来，2 来不了：https://bilin.example.cn/o/abcdefgh"}
	}
	return list
}

// bulk is a sender to a handler.
func bulk(t testing.TB, cfg gateway.Config, fn http.Handler) gateway.Bulk {
	t.Helper()
	s := httptest.NewServer(fn)
	t.Cleanup(s.Close)
	cfg.URL, cfg.Allow = s.URL+"/send", []string{strings.TrimPrefix(s.URL, "http://")}
	sender, err := gateway.NewHTTP(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return sender
}

// sendAll hands over a list and returns what was said of each.
func sendAll(t testing.TB, s gateway.Bulk, list []gateway.Message) []error {
	t.Helper()
	said, calls := make([]error, len(list)), make([]int, len(list))
	s.SendMany(t.Context(), list, func(i int, err error) { said[i], calls[i] = err, calls[i]+1 })
	for i, n := range calls {
		if n != 1 {
			t.Errorf("message %d was settled %d times", i, n)
		}
	}
	return said
}

func codes(said []error) map[string]int {
	out := map[string]int{}
	for _, err := range said {
		if err == nil {
			out[""]++
		} else {
			out[errs.CodeOf(err)]++
		}
	}
	return out
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, 7, 100} {
		g := loopback.New(loopback.Options{Settings: loopback.Settings{Refuse: "7"}})
		s := bulk(t, gateway.Config{Bulk: size}, g)
		if got := codes(sendAll(t, s, messages(250))); got[""] != 225 || got["gateway.refused"] != 25 {
			t.Errorf("%d a call: %v", size, got)
		}
		if got := g.Totals(); got.Taken != 225 || got.Repeats != 0 || got.Refused != 25 {
			t.Errorf("%d a call: %+v", size, got)
		}
		if got := codes(sendAll(t, s, messages(250))); got[""] != 225 || g.Totals().Taken != 225 {
			t.Errorf("%d a call, again: %v", size, got)
		}
		if got := sendAll(t, s, nil); len(got) != 0 {
			t.Errorf("none: %v", got)
		}
	}
}

func TestAGatewayThatFailsInBulk(t *testing.T) {
	t.Parallel()
	g := loopback.New(loopback.Options{Settings: loopback.Settings{Fail: 100}})
	s := bulk(t, gateway.Config{Bulk: 20}, g)
	if got := codes(sendAll(t, s, messages(100))); got["gateway.busy"] != 100 {
		t.Errorf("%v", got)
	}
	g.Set(loopback.Settings{})
	if got := codes(sendAll(t, s, messages(100))); got[""] != 100 || g.Totals().Taken != 100 {
		t.Errorf("%v, %+v", got, g.Totals())
	}
}

// A gateway that knows one message a call gets one message a call, whatever it
// says of several.
func TestAGatewayThatTakesOneByOne(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(http.ResponseWriter){
		"not found": func(w http.ResponseWriter) { w.WriteHeader(404) }, "no such form": func(w http.ResponseWriter) { w.WriteHeader(422) },
		"too much": func(w http.ResponseWriter) { w.WriteHeader(413) }, "a bare yes": func(w http.ResponseWriter) { w.WriteHeader(202) },
		"another yes": func(w http.ResponseWriter) { _, _ = w.Write([]byte(`{"code":0}`)) },
	} {
		var several, single atomic.Int64
		s := bulk(t, gateway.Config{Bulk: 10}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var m map[string]any
			_ = json.NewDecoder(r.Body).Decode(&m)
			if m["id"] == nil {
				several.Add(1)
				answer(w)
				return
			}
			single.Add(1)
			w.WriteHeader(http.StatusAccepted)
		}))
		if got := codes(sendAll(t, s, messages(100))); got[""] != 100 || single.Load() != 100 || several.Load() > 4 {
			t.Errorf("%s: %v, %d alone, %d together", name, got, single.Load(), several.Load())
		}
		was := several.Load()
		sendAll(t, s, messages(30))
		if several.Load() != was {
			t.Errorf("%s: it is asked again", name)
		}
	}
}

// What a gateway leaves out of its answer is sent again; what it can't know of
// is no reason to go one by one.
func TestTroubleOfABulkCall(t *testing.T) {
	t.Parallel()
	var fn atomic.Value
	s := bulk(t, gateway.Config{Bulk: 2}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fn.Load().(func(http.ResponseWriter))(w) }))
	for _, c := range []struct {
		answer func(http.ResponseWriter)
		want   string
	}{
		{func(w http.ResponseWriter) { _, _ = w.Write([]byte(`{"results":[{"id":"x","status":202}]}`)) }, "gateway.busy"},
		{func(w http.ResponseWriter) { w.WriteHeader(503) }, "gateway.busy"}, {func(w http.ResponseWriter) { w.WriteHeader(401) }, "gateway.not_us"},
		{func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, "gateway.down"},
		{func(w http.ResponseWriter) {
			_, _ = w.Write([]byte(`{"results":[{"id":"0198-00000","status":202},{"id":"0198-00001","status":409}]}`))
		}, ""},
	} {
		fn.Store(c.answer)
		if got := codes(sendAll(t, s, messages(2))); got[c.want] != 2 {
			t.Errorf("want %q: %v", c.want, got)
		}
	}
}

func TestCallsAreMarkedAsSuch(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var kinds []string
	s := bulk(t, gateway.Config{Kind: gateway.Voice}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m map[string]string
		_ = json.NewDecoder(r.Body).Decode(&m)
		mu.Lock()
		kinds = append(kinds, m["kind"])
		mu.Unlock()
	}))
	for _, kind := range []gateway.Kind{"", gateway.Voice, gateway.SMS} {
		if err := s.Send(t.Context(), gateway.Message{ID: "1", To: "1", Text: "x", Kind: kind}); err != nil {
			t.Error(err)
		}
	}
	if !slices.Equal(kinds, []string{"voice", "voice", ""}) {
		t.Errorf("%q", kinds)
	}
}

func TestARateIsKept(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, 50} {
		g := loopback.New(loopback.Options{})
		s := bulk(t, gateway.Config{Rate: 100, Bulk: size}, g)
		began := time.Now()
		sendAll(t, s, messages(40)) // ten at once, and thirty in 0.3 s
		if took := time.Since(began); took < 290*time.Millisecond || took > 3*time.Second {
			t.Errorf("%d a call: 40 messages at 100 a second took %v", size, took)
		}
	}
}

// Whoever can't wait for their turn is told so, and no message goes out.
func TestNoTurnInTime(t *testing.T) {
	t.Parallel()
	g := loopback.New(loopback.Options{})
	s := bulk(t, gateway.Config{Rate: 1}, g)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	var said []error
	s.SendMany(ctx, messages(3), func(_ int, err error) { said = append(said, err) })
	if got := codes(said); got[""] != 1 || got["gateway.waiting"] != 2 || g.Totals().Taken != 1 || errs.KindOf(errors.Join(said...)) != errs.Unavailable {
		t.Errorf("%v, %+v", got, g.Totals())
	}
}

// BenchmarkHandOver hands 30,000 messages to an unlimited loopback gateway in
// the same process, and fails above the budget on two cores.
func BenchmarkHandOver(b *testing.B) {
	const people, budget = 30_000, 3 * time.Second
	list := messages(people)
	for _, size := range []int{1, 50, 100, 200} {
		b.Run(fmt.Sprintf("bulk=%d", size), func(b *testing.B) {
			b.ReportAllocs()
			best := time.Duration(1 << 62)
			for b.Loop() {
				b.StopTimer()
				g := loopback.New(loopback.Options{})
				s := bulk(b, gateway.Config{Bulk: size}, g)
				b.StartTimer()
				began := time.Now()
				sendAll(b, s, list)
				best = min(best, time.Since(began))
				if g.Totals().Taken != people {
					b.Fatalf("%+v", g.Totals())
				}
			}
			b.ReportMetric(people/best.Seconds(), "messages/s")
			if best > budget {
				b.Errorf("%d messages took %v, the budget is %v", people, best, budget)
			}
		})
	}
}
