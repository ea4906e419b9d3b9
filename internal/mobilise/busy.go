package mobilise

import (
	"context"
	"sync"
	"time"

	"bilin/internal/sqldb"
)

// busyFor is how long it may be unknown that somebody was called: they are only
// counted, for whoever looks at a form again and again.
const busyFor = 5 * time.Second

// busyPeople remembers for a moment who is called. Its zero value knows nothing.
type busyPeople struct {
	mu    sync.Mutex
	at    time.Time
	known map[string]bool // never changed, only replaced
}

// of returns who was called when it was last read, and reads again if that is
// too long ago. Who comes meanwhile waits and shares what is read.
func (b *busyPeople) of(now time.Time, read func() (map[string]bool, error)) (map[string]bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if age := now.Sub(b.at); b.known != nil && age >= 0 && age < busyFor {
		return b.known, nil
	}
	found, err := read()
	if err != nil {
		return nil, err
	}
	b.at, b.known = now, found
	return found, nil
}

// busy are the people whom an open order has called, as of some seconds ago.
func (s *Service) busy(ctx context.Context) (map[string]bool, error) {
	return s.occupied.of(s.o.Now(), func() (map[string]bool, error) { return readBusy(ctx, s.o.DB.Reader()) })
}

func readBusy(ctx context.Context, q sqldb.Querier) (map[string]bool, error) {
	rows, err := q.QueryContext(ctx, `SELECT r.person_id FROM call_order o JOIN call_receipt r ON r.order_id = o.id WHERE o.state = 'active' AND o.kind = 'real'`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]bool{}
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out[id] = true
	}
	return out, rows.Err()
}
