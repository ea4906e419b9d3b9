// Package mirror keeps in memory what a small table holds, current in every replica.
//
// It is for settings that every request reads and hardly anybody changes. The
// value is immutable and swapped; a revision in the database, raised by each
// command that changes something, says when.
package mirror

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"bilin/internal/sqldb"
)

// interval is how often other processes' changes are looked for.
const interval = time.Second

// Source says how a value is read.
type Source[T any] struct {
	Name string                                                    // for the log
	Rev  func(ctx context.Context, q sqldb.Querier) (int64, error) // raised by every change, and above 0
	Load func(ctx context.Context, q sqldb.Querier) (T, error)
}

// Of is a value of the database and the revision it was read at.
type Of[T any] struct {
	db     *sqldb.DB
	source Source[T]
	log    *slog.Logger

	current    atomic.Pointer[read[T]]
	refreshing sync.Mutex
	stop       context.CancelFunc
	stopped    sync.WaitGroup
}

type read[T any] struct {
	value T
	rev   int64
}

// Open reads the value. logger may be nil.
func Open[T any](ctx context.Context, db *sqldb.DB, source Source[T], logger *slog.Logger) (*Of[T], error) {
	if logger == nil {
		logger = slog.Default()
	}
	m := &Of[T]{db: db, source: source, log: logger, stop: func() {}}
	m.current.Store(&read[T]{})
	return m, m.Refresh(ctx)
}

// Get returns the value as it is now.
func (m *Of[T]) Get() T { return m.current.Load().value }

// Rev returns the revision of what Get returns; it only rises.
func (m *Of[T]) Rev() int64 { return m.current.Load().rev }

// Refresh brings the value up to the database. Callers that wait for each other
// share the work.
func (m *Of[T]) Refresh(ctx context.Context) error {
	m.refreshing.Lock()
	defer m.refreshing.Unlock()
	// The revision is read first: what commits meanwhile is at worst read twice.
	rev, err := m.source.Rev(ctx, m.db.Reader())
	if err != nil {
		return fmt.Errorf("%s: read revision: %w", m.source.Name, err)
	}
	if rev <= m.Rev() {
		return nil
	}
	value, err := m.source.Load(ctx, m.db.Reader())
	if err != nil {
		return fmt.Errorf("%s: %w", m.source.Name, err)
	}
	m.current.Store(&read[T]{value, rev})
	return nil
}

// Settle is Refresh after a command of our own, so that whoever did it sees it.
// The command is done; should the reading fail, the watch tries again.
func (m *Of[T]) Settle(ctx context.Context) {
	if err := m.Refresh(context.WithoutCancel(ctx)); err != nil {
		m.log.Error(m.source.Name+" not refreshed after a command", "err", err)
	}
}

// Start follows changes made elsewhere, until Stop.
func (m *Of[T]) Start(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	m.stop = cancel
	m.stopped.Go(func() {
		tick := time.NewTicker(interval)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if err := m.Refresh(ctx); err != nil && ctx.Err() == nil {
				m.log.Error(m.source.Name+" not refreshed", "err", err)
			}
		}
	})
	return nil
}

// Stop ends what Start began.
func (m *Of[T]) Stop() {
	m.stop()
	m.stopped.Wait()
}
