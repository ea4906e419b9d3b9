package live

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// patience is how long a test waits for what should happen.
const patience = 10 * time.Second

func newHub(t testing.TB, db *sqldb.DB) *Hub {
	t.Helper()
	h := NewHub(db, nil)
	t.Cleanup(func() { stop(t, h) })
	return h
}

func stop(t testing.TB, h *Hub) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := h.Stop(ctx); err != nil {
		t.Error(err)
	}
}

func publish(t testing.TB, h *Hub, db *sqldb.DB, topic, data string) {
	t.Helper()
	ctx := context.Background()
	if err := db.Write(ctx, func(tx *sqldb.Tx) error { return h.Publish(ctx, tx, topic, data) }); err != nil {
		t.Fatal(err)
	}
}

func subscribe(t testing.TB, h *Hub, topics ...string) *Sub {
	t.Helper()
	s, err := h.Subscribe(topics...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// next returns what comes within a time, nil if nothing does.
func next(t testing.TB, s *Sub, within time.Duration) []Event {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	events, err := s.Next(ctx)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	return events
}

// eventually fails the test unless what is true soon.
func eventually(t testing.TB, what string, true func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !true(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never came true that %s", what)
		}
	}
}

func all(string) bool { return true }

func serve(t testing.TB, h *Hub, allow func(string) bool) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := h.ServeSSE(w, r, allow); err != nil {
			http.Error(w, errs.CodeOf(err), errs.Status(err))
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// reader reads a stream line by line.
type reader struct {
	testing.TB
	in   *bufio.Scanner
	body interface{ Close() error }
}

func open(t testing.TB, client *http.Client, url string) *reader {
	t.Helper()
	resp, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	if resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		t.Fatalf("answer %d %v", resp.StatusCode, resp.Header)
	}
	r := &reader{TB: t, in: bufio.NewScanner(resp.Body), body: resp.Body}
	if line := r.line(); !strings.HasPrefix(line, "retry: ") {
		t.Fatalf("greeting %q", line)
	}
	return r
}

// line returns the next line that isn't empty or a comment, "" at the end.
func (r *reader) line() string {
	for r.in.Scan() {
		if line := r.in.Text(); line != "" && !strings.HasPrefix(line, ":") {
			return line
		}
	}
	return ""
}

func (r *reader) expect(lines ...string) {
	r.Helper()
	for _, want := range lines {
		if got := r.line(); got != want {
			r.Fatalf("line %q, want %q", got, want)
		}
	}
}

func TestPublishAfterTheCommit(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h, ctx := newHub(t, db), context.Background()
		s := subscribe(t, h, "network", "demand:1")
		refused := errors.New("refused")
		err := db.Write(ctx, func(tx *sqldb.Tx) error {
			return errors.Join(h.Publish(ctx, tx, "network", "undone"), refused)
		})
		if !errors.Is(err, refused) {
			t.Fatal(err)
		}
		err = db.Write(ctx, func(tx *sqldb.Tx) error {
			if err := h.Publish(ctx, tx, "network", "done"); err != nil {
				return err
			}
			if early := next(t, s, 20*time.Millisecond); early != nil {
				t.Errorf("before the commit: %v", early)
			}
			return h.Publish(ctx, tx, "network", "done") // the same again
		})
		if err != nil {
			t.Fatal(err)
		}
		publish(t, h, db, "demand:2", "of no interest")
		publish(t, h, db, "demand:1", "")
		want := []Event{{"network", "done"}, {"demand:1", ""}}
		if got := next(t, s, patience); !slices.Equal(got, want) {
			t.Errorf("events %v, want %v", got, want)
		}
	})
}

func TestPublishRefuses(t *testing.T) {
	t.Parallel()
	db := sqldbtest.Open(t, sqldb.SQLite)
	h, ctx := newHub(t, db), context.Background()
	for _, e := range []Event{{"", ""}, {"a\nb", ""}, {"中", ""}, {strings.Repeat("a", 200), ""}, {"a", strings.Repeat("x", 2000)}} {
		err := db.Write(ctx, func(tx *sqldb.Tx) error { return h.Publish(ctx, tx, e.Topic, e.Data) })
		if err == nil {
			t.Errorf("topic %.20q, data %.20q: accepted", e.Topic, e.Data)
		}
	}
}

func TestStream(t *testing.T) {
	t.Parallel()
	db := sqldbtest.Open(t, sqldb.SQLite)
	for name, start := range map[string]func(*httptest.Server){
		"http/1.1": (*httptest.Server).Start,
		"tls":      (*httptest.Server).StartTLS,
		"http/2":   func(s *httptest.Server) { s.EnableHTTP2 = true; s.StartTLS() },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHub(t, db)
			s := serve(t, h, func(topic string) bool { return topic != "account:2" })
			start(s)
			r := open(t, s.Client(), s.URL+"/live?topic=network&topic=account:2&topic=demand:1")
			if h.Streams() != 1 {
				t.Errorf("%d streams, want 1", h.Streams())
			}
			publish(t, h, db, "account:2", "secret")
			publish(t, h, db, "demand:1", "first\r\nsecond")
			publish(t, h, db, "network", "")
			r.expect("event: demand:1", "data: first", "data: second", "event: network", "data: ")
			stop(t, h)
			r.expect("")
			eventually(t, "the stream is gone", func() bool { return h.Streams() == 0 })
		})
	}
}

func TestStreamRefuses(t *testing.T) {
	t.Parallel()
	h := newHub(t, nil)
	s := serve(t, h, func(topic string) bool { return topic == "network" })
	s.Start()
	many := make([]string, maxTopics+1)
	for i := range many {
		many[i] = "topic=unit:" + strings.Repeat("x", i+1)
	}
	for query, want := range map[string]int{
		"":                               http.StatusUnprocessableEntity,
		"?topic=":                        http.StatusUnprocessableEntity,
		"?topic=a%0Adata:":               http.StatusUnprocessableEntity,
		"?" + strings.Join(many, "&"):    http.StatusUnprocessableEntity,
		"?topic=account:1&topic=account": http.StatusForbidden,
	} {
		resp, err := http.Get(s.URL + query)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil || resp.StatusCode != want {
			t.Errorf("%.40s: status %d, %v; want %d", query, resp.StatusCode, err, want)
		}
	}
	stop(t, h)
	for range 2 { // after the stop nobody is let in, and nobody is left counted
		if resp, err := http.Get(s.URL + "?topic=network"); err == nil {
			_ = resp.Body.Close()
		}
	}
	if h.Streams() != 0 {
		t.Errorf("%d streams after the stop", h.Streams())
	}
}

func TestAReaderThatLeavesIsForgotten(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(*httptest.Server){
		"http/1.1": (*httptest.Server).Start,
		"http/2":   func(s *httptest.Server) { s.EnableHTTP2 = true; s.StartTLS() },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHub(t, nil)
			h.heartbeat = 5 * time.Millisecond
			s := serve(t, h, all)
			start(s)
			r := open(t, s.Client(), s.URL+"?topic=network")
			time.Sleep(20 * time.Millisecond)
			if h.Streams() != 1 {
				t.Fatal("the stream does not stay")
			}
			if err := r.body.Close(); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the stream is forgotten", func() bool { return h.Streams() == 0 })
			if len(h.topics) != 0 || len(h.closers) != 0 {
				t.Errorf("left behind: %v %v", h.topics, h.closers)
			}
		})
	}
}

// deaf opens a stream and never reads.
func deaf(t testing.TB, s *httptest.Server) {
	t.Helper()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte("GET /?topic=network HTTP/1.1\r\nHost: x\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
}

func TestASlowReaderIsDroppedAndHoldsUpNobody(t *testing.T) {
	t.Parallel()
	h := newHub(t, nil)
	h.patience = 50 * time.Millisecond
	s := serve(t, h, all)
	s.Start()
	deaf(t, s)
	eventually(t, "the deaf reader is there", func() bool { return h.Streams() == 1 })
	r := open(t, s.Client(), s.URL+"?topic=network")
	heard := make(chan struct{}, 1)
	go func() {
		for r.line() != "" {
			select {
			case heard <- struct{}{}:
			default:
			}
		}
	}()
	for i := 0; h.Streams() == 2; i++ {
		if i > 200_000 {
			t.Fatal("the deaf reader is never dropped")
		}
		h.deliver(Event{"network", strings.Repeat("x", maxData-8) + string(rune('a'+i%26))})
		select {
		case <-heard:
		case <-time.After(patience):
			t.Fatal("a good reader is held up")
		}
	}
}

func TestStopIsQuick(t *testing.T) {
	t.Parallel()
	db := sqldbtest.Open(t, sqldb.SQLite)
	h := newHub(t, db)
	s := serve(t, h, all)
	s.EnableHTTP2 = true
	s.StartTLS()
	plain := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}} //nolint:gosec // a test's own server
	sub := subscribe(t, h, "network")
	readers := []*reader{open(t, s.Client(), s.URL+"?topic=network"), open(t, plain, s.URL+"?topic=network")}
	begin := time.Now()
	stop(t, h)
	s.Config.SetKeepAlivesEnabled(false)
	if err := s.Config.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	for _, r := range readers {
		r.expect("")
	}
	if _, err := sub.Next(context.Background()); !errors.Is(err, ErrStopped) {
		t.Errorf("subscription: %v, want ErrStopped", err)
	}
	if _, err := h.Subscribe("network"); !errors.Is(err, ErrStopped) {
		t.Errorf("new subscription: %v, want ErrStopped", err)
	}
	publish(t, h, db, "network", "to nobody")
	if took := time.Since(begin); took > 2*time.Second {
		t.Errorf("stopping took %v", took)
	}
}
