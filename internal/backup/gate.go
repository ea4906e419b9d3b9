package backup

import (
	"context"
	"sync"
	"time"

	"bilin/internal/job"
	"bilin/internal/sqldb"
)

// gateLook is how often a city that is held looks whether it was released, by another replica perhaps.
const gateLook = time.Second

// Gate holds back what a city that was brought back would send.
type Gate struct {
	db *sqldb.DB

	mu   sync.Mutex
	held *Held
	at   time.Time
	free bool // nothing holds it; only a restore could, and none happens to a running city
}

// NewGate returns the gate of a city.
func NewGate(db *sqldb.DB) *Gate { return &Gate{db: db} }

// Held returns what holds the city back, nil if nothing does.
func (g *Gate) Held(ctx context.Context) (*Held, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.free || time.Since(g.at) < gateLook {
		return g.held, nil
	}
	held, err := ReadHeld(ctx, g.db.Reader())
	if err != nil {
		return nil, err
	}
	g.held, g.at, g.free = held, time.Now(), held == nil
	return held, nil
}

// everything is an id that all ids come before.
const everything = "~"

// RestAll has all jobs of the kinds rest while the city is held.
func (g *Gate) RestAll(kinds func() []string) func(context.Context) (job.Rest, error) {
	return g.rest(kinds, func(*Held) string { return everything })
}

// RestOld has those rest that come out of the backup: what is begun since must not wait.
func (g *Gate) RestOld(kinds func() []string) func(context.Context) (job.Rest, error) {
	return g.rest(kinds, func(h *Held) string { return h.Mark })
}

func (g *Gate) rest(kinds func() []string, before func(*Held) string) func(context.Context) (job.Rest, error) {
	return func(ctx context.Context) (job.Rest, error) {
		held, err := g.Held(ctx)
		if err != nil || held == nil {
			return nil, err
		}
		rest := job.Rest{}
		for _, kind := range kinds() {
			rest[kind] = before(held)
		}
		return rest, nil
	}
}

// Release lets go in a transaction, and has the gate open once it commits.
func (g *Gate) Release(ctx context.Context, tx *sqldb.Tx) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM meta WHERE key = $1`, heldKey)
	tx.OnCommit(func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.held, g.free = nil, true
	})
	return err
}

// SetRecorded notes that the audit record knows of it.
func SetRecorded(ctx context.Context, tx *sqldb.Tx, h Held) error {
	h.Recorded = true
	return put(ctx, tx, h)
}
