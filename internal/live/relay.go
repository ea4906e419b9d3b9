package live

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"bilin/internal/sqldb"
)

const (
	maxPayload  = 7900 // PostgreSQL takes less than 8000 bytes
	maxWaiting  = 4096 // events not yet sent; more become one "everything moved"
	sendTime    = 5 * time.Second
	reconnectIn = time.Second
)

// relay passes events between replicas through PostgreSQL's NOTIFY. It sends
// after the commit and apart from it: a NOTIFY inside a transaction would make
// all commits queue for one lock. What a crash keeps from being sent is a hint
// lost, and no data.
type relay struct {
	db      *sqldb.DB
	log     *slog.Logger
	deliver func(Event)
	resync  func()
	origin  string // names this replica, which has its own events already

	work sync.WaitGroup
	end  context.CancelFunc // of listening; nil if it doesn't

	mu      sync.Mutex
	channel string
	waiting []Event
	known   map[Event]struct{} // those waiting
	lost    bool               // some couldn't be sent
	sending bool
	stopped bool
}

func newRelay(db *sqldb.DB, log *slog.Logger, deliver func(Event), resync func()) *relay {
	return &relay{
		db: db, log: log, deliver: deliver, resync: resync,
		origin: sqldb.NewID(), known: map[Event]struct{}{},
	}
}

// packet is the payload of one NOTIFY.
type packet struct {
	From   string      `json:"from"`
	All    bool        `json:"all,omitempty"` // everything may have moved
	Events [][2]string `json:"events,omitempty"`
}

// send queues an event and never waits. Those that come while one is on its way
// travel together.
func (r *relay) send(e Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, waits := r.known[e]; waits || r.stopped {
		return
	}
	if len(r.waiting) >= maxWaiting {
		r.lost = true
	} else {
		r.waiting = append(r.waiting, e)
		r.known[e] = struct{}{}
	}
	if !r.sending {
		r.sending = true
		r.work.Go(r.flush)
	}
}

func (r *relay) flush() {
	for {
		r.mu.Lock()
		events, lost := r.waiting, r.lost
		r.waiting, r.lost = nil, false
		clear(r.known)
		if len(events) == 0 && !lost {
			r.sending = false
			r.mu.Unlock()
			return
		}
		r.mu.Unlock()
		if err := r.notify(events, lost); err != nil {
			r.log.Warn("live: other replicas were not told", "error", err)
			r.giveUp()
			return
		}
	}
}

// giveUp leaves it to the next event to say that something was lost.
func (r *relay) giveUp() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting, r.lost, r.sending = nil, true, false
	clear(r.known)
}

func (r *relay) notify(events []Event, lost bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), sendTime)
	defer cancel()
	channel, err := r.channelName(ctx)
	if err != nil {
		return err
	}
	payloads, err := pack(r.origin, events, lost)
	if err != nil {
		return err
	}
	for _, payload := range payloads {
		if _, err := r.db.Reader().ExecContext(ctx, `SELECT pg_notify($1, $2)`, channel, payload); err != nil {
			return err
		}
	}
	return nil
}

// pack writes events into as few payloads as they fit in.
func pack(origin string, events []Event, lost bool) ([]string, error) {
	if lost {
		raw, err := json.Marshal(packet{From: origin, All: true})
		return []string{string(raw)}, err
	}
	var payloads []string
	for len(events) > 0 {
		n, size := 0, 0
		p := packet{From: origin}
		for ; n < len(events); n++ {
			pair := [2]string{events[n].Topic, events[n].Data}
			raw, err := json.Marshal(pair)
			if err != nil {
				return nil, err
			}
			if size += len(raw) + 1; n > 0 && size > maxPayload-len(origin)-64 {
				break
			}
			p.Events = append(p.Events, pair)
		}
		raw, err := json.Marshal(p)
		if err != nil {
			return nil, err
		}
		payloads = append(payloads, string(raw))
		events = events[n:]
	}
	return payloads, nil
}

// channelName is the schema's own: cities in schemas of one database must not
// hear each other.
func (r *relay) channelName(ctx context.Context) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.channel != "" {
		return r.channel, nil
	}
	var schema string
	if err := r.db.Reader().QueryRowContext(ctx, `SELECT COALESCE(current_schema(), '')`).Scan(&schema); err != nil {
		return "", err
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(schema)) // a hash doesn't fail
	r.channel = fmt.Sprintf("bilin_live_%016x", h.Sum64())
	return r.channel, nil
}

// listen hears the other replicas until stop.
func (r *relay) listen(ctx context.Context) {
	ctx, r.end = context.WithCancel(context.WithoutCancel(ctx))
	r.work.Go(func() {
		for gap := false; ; gap = true {
			err := r.hear(ctx, gap)
			if ctx.Err() != nil {
				return
			}
			r.log.Warn("live: connection to the other replicas lost, trying again", "error", err)
			select {
			case <-ctx.Done():
				return
			case <-time.After(reconnectIn):
			}
		}
	})
}

// hear listens on one connection until it breaks. After a gap everything may
// have moved.
func (r *relay) hear(ctx context.Context, gap bool) error {
	channel, err := r.channelName(ctx)
	if err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, r.db.URL())
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // it is broken, or not needed any more
	if _, err := conn.Exec(ctx, "LISTEN "+pgx.Identifier{channel}.Sanitize()); err != nil {
		return err
	}
	if gap {
		r.resync()
	}
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		r.take(n.Payload)
	}
}

// take hands on what another replica sent.
func (r *relay) take(payload string) {
	var p packet
	if err := json.Unmarshal([]byte(payload), &p); err != nil {
		r.log.Warn("live: unreadable notification", "error", err)
		return
	}
	if p.From == r.origin {
		return
	}
	if p.All {
		r.resync()
	}
	for _, pair := range p.Events {
		r.deliver(Event{pair[0], pair[1]})
	}
}

// stop ends listening and waits until what was published is sent.
func (r *relay) stop(ctx context.Context) error {
	if r.end != nil {
		r.end()
	}
	r.mu.Lock()
	r.stopped = true
	r.mu.Unlock()
	done := make(chan struct{})
	go func() {
		r.work.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("live: stop: %w", context.Cause(ctx))
	}
}
