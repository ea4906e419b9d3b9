package sqldb

import (
	"context"
	"database/sql"
	"fmt"
	"runtime/debug"
)

// Tx is the transaction a command runs in. It is for one goroutine, and only
// until the function it was given to returns. The caller's cancellation never
// reaches a statement: an interrupt would undo the commands that share the
// commit.
type Tx struct {
	engine  Engine
	q       Querier
	signals *signals
	hooks   []func()
	over    bool
}

var errTxOver = fmt.Errorf("sqldb: transaction used after its command returned: %w", sql.ErrTxDone)

// Engine says which engine the transaction runs on.
func (tx *Tx) Engine() Engine { return tx.engine }

// OnCommit has fn called after the durable commit and before Write returns. On
// SQLite hooks run one after the other in the order of the commits. They must
// be quick and must not write.
func (tx *Tx) OnCommit(fn func()) { tx.hooks = append(tx.hooks, fn) }

// SkipLocked is what a SELECT that takes work from a queue ends with: nothing
// on SQLite, which has one writer.
func (tx *Tx) SkipLocked() string {
	if tx.engine == Postgres {
		return " FOR UPDATE SKIP LOCKED"
	}
	return ""
}

// ForUpdate is what a SELECT ends with that holds its row until the
// transaction's end, for a transaction of [DB.Claim] that begins with it: those
// who do the same wait for each other. It is nothing on SQLite, which has one writer.
func (tx *Tx) ForUpdate() string {
	if tx.engine == Postgres {
		return " FOR UPDATE"
	}
	return ""
}

// ExecContext runs a statement.
func (tx *Tx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if tx.over {
		return nil, errTxOver
	}
	return tx.q.ExecContext(context.WithoutCancel(ctx), query, args...)
}

// QueryContext runs a query. The rows must be closed before the command returns.
func (tx *Tx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if tx.over {
		return nil, errTxOver
	}
	return tx.q.QueryContext(context.WithoutCancel(ctx), query, args...) //nolint:rowserrcheck // the caller's rows
}

// QueryRowContext runs a query for one row.
func (tx *Tx) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	ctx = context.WithoutCancel(ctx)
	if tx.over { // a Row can't be made with an error; a cancelled context makes one
		cancelled, cancel := context.WithCancelCause(ctx)
		cancel(errTxOver)
		ctx = cancelled
	}
	return tx.q.QueryRowContext(ctx, query, args...)
}

// run calls fn with the transaction and turns a panic into an error.
func (tx *Tx) run(fn func(*Tx) error) (err error) {
	defer func() {
		tx.over = true
		if p := recover(); p != nil {
			err = fmt.Errorf("sqldb: command panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return fn(tx)
}

// committed runs the hooks; one that panics doesn't keep the others from running.
func (tx *Tx) committed(report func(any)) {
	for _, hook := range tx.hooks {
		func() {
			defer func() {
				if p := recover(); p != nil {
					report(p)
				}
			}()
			hook()
		}()
	}
}
