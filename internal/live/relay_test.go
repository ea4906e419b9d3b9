package live

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// replicas are two hubs on one database, the second listening.
func replicas(t *testing.T) (db *sqldb.DB, here, there *Hub) {
	t.Helper()
	db = sqldbtest.Open(t, sqldb.Postgres)
	here, there = newHub(t, db), newHub(t, db)
	there.Start(context.Background())
	eventually(t, "the second replica listens", func() bool { return listeners(t, db) == 1 })
	return db, here, there
}

func listeners(t *testing.T, db *sqldb.DB) (n int) {
	t.Helper()
	err := db.Reader().QueryRowContext(context.Background(), `SELECT COUNT(*) FROM pg_stat_activity
		WHERE datname = current_database() AND query LIKE 'LISTEN%'`).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestReplicasHearEachOther(t *testing.T) {
	t.Parallel()
	db, here, there := replicas(t)
	h, s := subscribe(t, here, "network"), subscribe(t, there, "network")
	publish(t, here, db, "network", "unit-1")
	want := []Event{{"network", "unit-1"}}
	for name, sub := range map[string]*Sub{"here": h, "there": s} {
		if got := next(t, sub, patience); !slices.Equal(got, want) {
			t.Errorf("%s: events %v, want %v", name, got, want)
		}
	}
	publish(t, there, db, "network", "unit-2") // of its own it hears once
	if got := next(t, s, patience); len(got) != 1 {
		t.Errorf("there: events %v, want one", got)
	}
	if again := next(t, s, 50*time.Millisecond); again != nil {
		t.Errorf("there: its own event came back: %v", again)
	}
}

func TestClosedStreamsDontSilenceTheReplica(t *testing.T) {
	t.Parallel()
	db, here, there := replicas(t)
	s := subscribe(t, there, "network")
	here.CloseStreams()
	publish(t, here, db, "network", "late")
	if got := next(t, s, patience); !slices.Equal(got, []Event{{"network", "late"}}) {
		t.Errorf("events %v after the streams were closed", got)
	}
}

func TestManyEventsReachTheOtherReplica(t *testing.T) {
	t.Parallel()
	db, here, there := replicas(t)
	var topics []string
	for i := range maxTopics {
		topics = append(topics, "unit:"+strconv.Itoa(i))
	}
	s := subscribe(t, there, topics...)
	missing := map[string]bool{}
	for _, topic := range topics {
		missing[topic] = true
		ctx := context.Background()
		err := db.Write(ctx, func(tx *sqldb.Tx) error {
			for i := range 30 { // more than the mailbox holds
				if err := here.Publish(ctx, tx, topic, strconv.Itoa(i)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for len(missing) > 0 {
		got := next(t, s, patience)
		if got == nil {
			t.Fatalf("nothing is said of %v", missing)
		}
		for _, e := range got {
			delete(missing, e.Topic)
		}
	}
}

func TestAfterAGapEverythingMayHaveMoved(t *testing.T) {
	t.Parallel()
	db, _, there := replicas(t)
	s := subscribe(t, there, "network", "demand:1")
	_, err := db.Reader().ExecContext(context.Background(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = current_database() AND query LIKE 'LISTEN%'`)
	if err != nil {
		t.Fatal(err)
	}
	topics := map[string]bool{}
	for len(topics) < 2 {
		got := next(t, s, patience)
		if got == nil {
			t.Fatalf("only %v were said to have moved", topics)
		}
		for _, e := range got {
			topics[e.Topic] = true
		}
	}
}

func TestOverflowAndFailureAreSaidToTheOthers(t *testing.T) {
	t.Parallel()
	r := newRelay(nil, nil, nil, nil)
	r.sending = true // as if one were on its way
	for i := range maxWaiting + 1 {
		r.send(Event{"network", strconv.Itoa(i)})
	}
	r.send(Event{"network", "0"})
	if len(r.waiting) != maxWaiting || !r.lost {
		t.Errorf("%d waiting, lost %v", len(r.waiting), r.lost)
	}
	payloads, err := pack("me", r.waiting, r.lost)
	if err != nil || len(payloads) != 1 || payloads[0] != `{"from":"me","all":true}` {
		t.Errorf("payloads %v, %v", payloads, err)
	}
	r.giveUp()
	if len(r.waiting) != 0 || !r.lost || r.sending {
		t.Error("a failure is forgotten")
	}
}

func TestPack(t *testing.T) {
	text := rapid.Custom(func(t *rapid.T) string {
		return strings.Repeat(rapid.String().Draw(t, "text"), rapid.IntRange(0, 40).Draw(t, "times"))
	})
	rapid.Check(t, func(t *rapid.T) {
		var events []Event
		for range rapid.IntRange(0, 60).Draw(t, "n") {
			data := text.Draw(t, "data")
			events = append(events, Event{"demand:1", data[:min(len(data), maxData)]})
		}
		payloads, err := pack(sqldb.NewID(), events, false)
		if err != nil {
			t.Fatal(err)
		}
		var got int
		for _, payload := range payloads {
			if len(payload) >= 8000 {
				t.Fatalf("payload of %d bytes", len(payload))
			}
			var p packet
			if err := json.Unmarshal([]byte(payload), &p); err != nil {
				t.Fatal(err)
			}
			got += len(p.Events)
		}
		if got != len(events) {
			t.Fatalf("%d events of %d", got, len(events))
		}
	})
}

func TestMailbox(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b mailbox
		put := map[string]bool{}
		for range rapid.IntRange(0, 300).Draw(t, "n") {
			e := Event{
				Topic: "t" + strconv.Itoa(rapid.IntRange(1, maxTopics).Draw(t, "topic")),
				Data:  strconv.Itoa(rapid.IntRange(0, 9).Draw(t, "data")),
			}
			b.put(newMessage(e))
			put[e.Topic] = true
			if !b.has(newMessage(e)) {
				t.Fatalf("%v is not there", e)
			}
		}
		if len(b.waiting) > mailboxSize {
			t.Fatalf("%d events wait", len(b.waiting))
		}
		for _, m := range b.take() {
			delete(put, m.Topic)
		}
		if len(put) > 0 || len(b.waiting) > 0 {
			t.Fatalf("of %v nothing is said", put)
		}
	})
}

func FuzzTake(f *testing.F) {
	f.Add(`{"from":"a","events":[["network","x"]]}`)
	f.Add(`{"from":"a","all":true}`)
	h := NewHub(nil, nil)
	r := newRelay(nil, h.log, h.deliver, h.resync)
	f.Fuzz(func(_ *testing.T, payload string) { r.take(payload) })
}
