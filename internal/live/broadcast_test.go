package live

import (
	"context"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

func broadcast(t testing.TB, h *Hub, topic, data string) {
	t.Helper()
	if err := h.Broadcast(topic, data); err != nil {
		t.Fatal(err)
	}
}

func TestWhoComesLaterGetsTheLastBroadcastAtOnce(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(*httptest.Server){
		"http/1.1": (*httptest.Server).Start,
		"http/2":   func(s *httptest.Server) { s.EnableHTTP2 = true; s.StartTLS() },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHub(t, nil)
			s := serve(t, h, func(topic string) bool { return topic != "board:2" })
			start(s)
			broadcast(t, h, "board:1", `{"coming":1}`)
			broadcast(t, h, "board:1", `{"coming":2}`)
			broadcast(t, h, "board:2", "secret")
			r := open(t, s.Client(), s.URL+"/live?topic=board:1&topic=board:2")
			r.expect("event: board:1", `data: {"coming":2}`)
			broadcast(t, h, "board:1", `{"coming":3}`)
			r.expect("event: board:1", `data: {"coming":3}`)
			h.Forget("board:1")
			late := open(t, s.Client(), s.URL+"/live?topic=board:1")
			broadcast(t, h, "board:1", `{"coming":4}`)
			r.expect("event: board:1", `data: {"coming":4}`)
			late.expect("event: board:1", `data: {"coming":4}`) // and not the one forgotten
		})
	}
}

func TestOnlyTheLatestBroadcastWaits(t *testing.T) {
	t.Parallel()
	h := newHub(t, nil)
	s := subscribe(t, h, "board:1", "network")
	h.deliver(Event{"network", "a"})
	for i := range 500 {
		broadcast(t, h, "board:1", strconv.Itoa(i))
	}
	h.deliver(Event{"network", "b"})
	want := []Event{{"network", "a"}, {"board:1", "499"}, {"network", "b"}}
	if got := next(t, s, patience); !slices.Equal(got, want) {
		t.Errorf("events %v, want %v", got, want)
	}
	late := subscribe(t, h, "board:1")
	if got := next(t, late, patience); !slices.Equal(got, want[1:2]) {
		t.Errorf("later: events %v, want %v", got, want[1:2])
	}
}

func TestBroadcastRefuses(t *testing.T) {
	t.Parallel()
	h := newHub(t, nil)
	for _, e := range []Event{{"", ""}, {"a\nb", ""}, {"a", strings.Repeat("x", maxWhole+1)}} {
		if h.Broadcast(e.Topic, e.Data) == nil {
			t.Errorf("topic %.20q, data %.20q: accepted", e.Topic, e.Data)
		}
	}
	broadcast(t, h, "a", strings.Repeat("x", maxWhole))
	for i := range maxKept - 1 {
		broadcast(t, h, "board:"+strconv.Itoa(i), "")
	}
	if h.Broadcast("board:more", "") == nil {
		t.Error("topics without end are kept")
	}
	broadcast(t, h, "a", "still")
	h.Forget("a")
	broadcast(t, h, "board:more", "")
}

// Each replica broadcasts to its own pages, and a gap between them says nothing of it.
func TestBroadcastStaysOnTheReplica(t *testing.T) {
	t.Parallel()
	db, here, there := replicas(t)
	broadcast(t, there, "board:1", "theirs")
	s := subscribe(t, there, "board:1", "network")
	if got := next(t, s, patience); !slices.Equal(got, []Event{{"board:1", "theirs"}}) {
		t.Errorf("events %v", got)
	}
	broadcast(t, here, "board:1", "ours")
	publish(t, here, db, "network", "")
	there.resync()
	if got := next(t, s, patience); !slices.Equal(got, []Event{{"network", ""}}) {
		t.Errorf("events %v", got)
	}
}

func TestWhoComposesHearsOfFollowers(t *testing.T) {
	t.Parallel()
	h := newHub(t, sqldbtest.Open(t, sqldb.SQLite))
	var asked []string
	h.Compose("board:", func(topic string) {
		asked = append(asked, topic)
		broadcast(t, h, topic, "now") // nothing is held while it is told
	})
	s := subscribe(t, h, "board:1", "network")
	if got := next(t, s, patience); !slices.Equal(got, []Event{{"board:1", "now"}}) {
		t.Errorf("events %v", got)
	}
	if !slices.Equal(asked, []string{"board:1"}) || h.Followers("board:1") != 1 {
		t.Errorf("asked for %v, %d follow", asked, h.Followers("board:1"))
	}
	s.Close()
	if n := h.Followers("board:1"); n != 0 {
		t.Errorf("%d follow", n)
	}
}

// A reader that never reads is dropped by broadcasts too, and holds up nobody.
func TestASlowReaderOfABroadcastIsDropped(t *testing.T) {
	t.Parallel()
	h := newHub(t, nil)
	h.patience = 50 * time.Millisecond
	s := serve(t, h, all)
	s.Start()
	deaf(t, s)
	eventually(t, "the deaf reader is there", func() bool { return h.Followers("network") == 1 })
	for i := 0; h.Streams() > 0; i++ {
		if i > 200_000 {
			t.Fatal("the deaf reader is never dropped")
		}
		broadcast(t, h, "network", strings.Repeat("x", maxWhole-8)+strconv.Itoa(i%10))
	}
	if h.Followers("network") != 0 {
		t.Error("it is still counted")
	}
}

// Whatever comes at once, each follower's last word is the last broadcast.
func TestTheLastWordIsTheLatest(t *testing.T) {
	t.Parallel()
	h := newHub(t, nil)
	var subs []*Sub
	for range 20 {
		subs = append(subs, subscribe(t, h, "board:1"))
	}
	var work sync.WaitGroup
	for w := range 4 {
		work.Go(func() {
			for i := range 50 {
				broadcast(t, h, "board:1", strconv.Itoa(w*100+i))
			}
		})
	}
	work.Wait()
	last := h.last["board:1"].Data
	for _, s := range subs {
		got, err := s.Next(context.Background())
		if err != nil || got[len(got)-1].Data != last {
			t.Fatalf("events %v, want %s last; %v", got, last, err)
		}
	}
}

func TestMailboxOfBroadcasts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b mailbox
		last, hinted := map[string]string{}, map[string]bool{}
		for i := range rapid.IntRange(0, 300).Draw(t, "n") {
			n := rapid.IntRange(1, maxTopics).Draw(t, "topic")
			m := newMessage(Event{Topic: "t" + strconv.Itoa(n), Data: strconv.Itoa(i)})
			if m.whole = n%2 == 0; m.whole {
				last[m.Topic] = m.Data
			} else {
				hinted[m.Topic] = true
			}
			b.put(m)
		}
		if len(b.waiting) > mailboxSize {
			t.Fatalf("%d events wait", len(b.waiting))
		}
		for _, m := range b.take() {
			delete(hinted, m.Topic)
			if m.whole && last[m.Topic] != m.Data {
				t.Fatalf("%s says %s, the latest is %s", m.Topic, m.Data, last[m.Topic])
			}
			delete(last, m.Topic)
		}
		if len(last)+len(hinted) > 0 {
			t.Fatalf("of %v and %v nothing is said", last, hinted)
		}
	})
}
