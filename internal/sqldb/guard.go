package sqldb

import (
	"bytes"
	"context"
	"database/sql"
	"runtime"
	"runtime/debug"
	"sync"
)

// guard finds commands that read through [DB.Reader]: on PostgreSQL each of them
// holds a connection and waits for a second one of the same pool, and as many of
// them as there are connections wait for ever.
type guard struct {
	tell    func(stack string)
	running sync.Map // goroutines that run a command
}

// Guard has tell called, with where it happens, whenever a command reads through
// [DB.Reader]. It is for tests, and set before the database is used.
func (db *DB) Guard(tell func(stack string)) { db.guard = &guard{tell: tell} }

// Beside is Reader for what takes no connection from the commands: on SQLite,
// where readers have their own.
func (db *DB) Beside() Querier { return db.reader }

// watched wraps a command's function, so that a reader in it is found.
func (db *DB) watched(fn func(*Tx) error) func(*Tx) error {
	if db.guard == nil {
		return fn
	}
	return func(tx *Tx) error {
		id := goroutine()
		db.guard.running.Store(id, true)
		defer db.guard.running.Delete(id)
		return fn(tx)
	}
}

func (g *guard) look() {
	if _, inside := g.running.Load(goroutine()); inside {
		g.tell(string(debug.Stack()))
	}
}

// goroutine names the one that calls it, as a stack does.
func goroutine() string {
	var buf [32]byte
	name, _, _ := bytes.Cut(buf[:runtime.Stack(buf[:], false)], []byte(" ["))
	return string(name)
}

// guarded is a reader that looks whether a command uses it.
type guarded struct {
	Querier
	guard *guard
}

func (q guarded) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	q.guard.look()
	return q.Querier.ExecContext(ctx, query, args...)
}

func (q guarded) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	q.guard.look()
	return q.Querier.QueryContext(ctx, query, args...) //nolint:rowserrcheck // the caller's rows
}

func (q guarded) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	q.guard.look()
	return q.Querier.QueryRowContext(ctx, query, args...)
}
