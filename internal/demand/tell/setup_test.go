package tell_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/demandtest"
	"bilin/internal/demand/tell"
	"bilin/internal/errs"
	"bilin/internal/gateway"
	"bilin/internal/gateway/loopback"
	"bilin/internal/job"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// bench is a small city whose demands are told over HTTP to a loopback gateway.
type bench struct {
	*testing.T
	*demandtest.City
	gateway *loopback.Gateway
	tell    *tell.Service
	runner  *job.Runner
	mu      sync.Mutex
	asked   []string // whose numbers were opened, and what for
}

// ReadPhone knows the number of 周桂英 alone.
func (b *bench) ReadPhone(_ context.Context, actor auth.Actor, kind, id, purpose string) (string, error) {
	b.mu.Lock()
	b.asked = append(b.asked, kind+" "+id+" "+purpose)
	b.mu.Unlock()
	if id != "p-周桂英" || !actor.System {
		return "", errs.E(errs.NotFound, "network.no_phone")
	}
	return "12900000009", nil
}

const public = "https://bilin.example.cn"

// each runs fn on both engines. Nothing is sent before start.
func each(t *testing.T, fn func(b *bench)) {
	t.Helper()
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		g := loopback.New(loopback.Options{})
		server := httptest.NewServer(g)
		t.Cleanup(server.Close)
		sender, err := gateway.NewHTTP(gateway.Config{
			URL: server.URL + "/send", Allow: []string{strings.TrimPrefix(server.URL, "http://")},
		})
		if err != nil {
			t.Fatal(err)
		}
		b := &bench{T: t, City: demandtest.New(t, db), gateway: g}
		b.wire(sender)
		fn(b)
	})
}

// wire gives the city's demands somebody who tells of them.
func (b *bench) wire(sender gateway.Sender) {
	b.Helper()
	sealer, err := seal.Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	b.Demand = demand.New(demand.Options{DB: b.DB, Network: b.Net, Policy: b.Policy, Audit: b.Audit, Live: b.Live, Sealer: sealer, Now: b.Clock.Now})
	b.tell, err = tell.New(tell.Options{
		DB: b.DB, Sealer: sealer, Audit: b.Audit, Live: b.Live, Sender: sender, Told: b.Demand, Phones: b, PublicURL: public + "/",
		Now: b.Clock.Now, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Demand.Observe(b.tell)
}

// start begins to send; stop ends it, cutting off what runs.
func (b *bench) start() {
	b.Helper()
	b.runner = job.NewRunner(b.DB, slog.New(slog.DiscardHandler), job.Options{Now: b.Clock.Now, Poll: 5 * time.Millisecond})
	b.tell.Register(b.runner)
	if err := b.runner.Start(context.Background()); err != nil {
		b.Fatal(err)
	}
	r := b.runner
	b.Cleanup(func() { b.halt(r, 10*time.Second) })
}

func (b *bench) halt(r *job.Runner, patience time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := r.Stop(ctx); err != nil {
		b.Error(err)
	}
}

// until waits for something to become true, while the clock goes on by step at
// each look.
func (b *bench) until(what string, step time.Duration, ok func() bool) {
	b.Helper()
	for end := time.Now().Add(60 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			b.Fatalf("never: %s; %v", what, b.states())
		}
		b.Clock.Add(step)
	}
}

// states counts the messages by their state.
func (b *bench) states() map[tell.State]int {
	b.Helper()
	rows, err := b.DB.Reader().QueryContext(context.Background(), `SELECT state, count(*) FROM demand_message GROUP BY state`)
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	found := map[tell.State]int{}
	for rows.Next() {
		var state tell.State
		var n int
		if err := rows.Scan(&state, &n); err != nil {
			b.Fatal(err)
		}
		found[state] = n
	}
	if err := rows.Err(); err != nil {
		b.Fatal(err)
	}
	return found
}

// settled says whether nothing waits any more.
func (b *bench) settled() bool { return b.states()[tell.Queued] == 0 }

func (b *bench) number(query string, args ...any) (n int64) {
	b.Helper()
	if err := b.DB.Reader().QueryRowContext(context.Background(), query, args...).Scan(&n); err != nil {
		b.Fatal(err)
	}
	return n
}

const phone = "12900000001"

// raise brings a demand whose author wants short messages.
func (b *bench) raise() demand.Receipt {
	b.Helper()
	r, err := b.Demand.Raise(b.Context(), nobody, demand.Raise{
		Kind: demand.Report, UnitCode: demandtest.CellCode, Text: "路灯坏了", Contact: phone, Channel: demand.BySMS,
	})
	if err != nil {
		b.Fatal(err)
	}
	return r
}

// raiseMany brings n demands and has each taken on, which is a message each.
func (b *bench) raiseMany(n int) {
	b.Helper()
	for range n {
		b.must(b.Demand.Accept(b.Context(), b.Lead, b.raise().Number, demand.Command{}))
	}
}

func (b *bench) must(_ demand.Outcome, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// messages lists a demand's as "word:state".
func (b *bench) messages(id string) (list []string) {
	b.Helper()
	all, err := b.tell.Messages(b.Context(), id)
	if err != nil {
		b.Fatal(err)
	}
	for _, m := range all {
		list = append(list, fmt.Sprintf("%s:%s", m.Word, m.State))
	}
	return list
}

// once checks that the gateway has n messages, each with the id of one row, and
// none of them twice in different words.
func (b *bench) once(n int) {
	b.Helper()
	got := b.gateway.Received(1 << 20)
	if len(got) != n {
		b.Errorf("%d messages arrived, want %d", len(got), n)
	}
	for _, m := range got {
		if m.Changed {
			b.Errorf("message %s came in two versions", m.ID)
		}
		if b.number(`SELECT count(*) FROM demand_message WHERE id = $1 AND state = 'sent'`, m.ID) != 1 {
			b.Errorf("message %s is not known as sent", m.ID)
		}
	}
}

func (b *bench) execute(query string, args ...any) {
	b.Helper()
	err := b.DB.Write(b.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(b.Context(), query, args...)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
}
