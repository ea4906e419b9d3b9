// Package job does queued work: what a command leaves to be done after its commit, at least once, and once where it matters.
//
// A command enqueues a job in its own transaction, so the job exists exactly if
// the command happened. A job's states:
//
//	         Enqueue
//	            │
//	            ▼            Snooze, or stopped before its end
//	         queued ◄───────────────────────────┐
//	            │ claimed                       │
//	            ▼            success            │
//	┌───────► running ─────────────────► done   │
//	│ claimed   │ │ │                           │
//	│           │ │ └───────────────────────────┘
//	│   failure │ │ last attempt failed, or Fatal
//	│  or lapse │ └────────────────────► dead ──► queued (Revive)
//	│           ▼
//	└───────── retry     waits longer after each attempt
//
// Who runs a job holds a lease on it and renews it. If the program dies, the
// lease lapses, and the job is tried again, here or on another replica. So a
// handler may run more than once: what it does in the database it ends with
// [Run.Finish] in the same transaction, which makes it exactly once; what it
// sends outside carries [Run.ID], which is the same at every attempt.
package job

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"time"

	"bilin/internal/sqldb"
)

// State is where a job stands.
type State string

// The states, drawn in the package comment.
const (
	Queued  State = "queued"
	Running State = "running"
	Retry   State = "retry"
	Done    State = "done"
	Dead    State = "dead"
)

// topic is what wakes the runners of this process.
const topic = "job"

// Job is work to be queued.
type Job struct {
	Kind    string    // who handles it
	Key     string    // if not "", at most one unfinished job of the kind has it
	Payload any       // as JSON; what the handler gets
	RunAt   time.Time // not before; the zero time means at once
}

// Enqueue queues a job if the transaction commits. If a job of its kind and key
// is queued, running or waiting to be tried again, nothing happens.
func Enqueue(ctx context.Context, tx *sqldb.Tx, j Job) error {
	return EnqueueMany(ctx, tx, []Job{j})
}

// EnqueueMany is Enqueue for many.
func EnqueueMany(ctx context.Context, tx *sqldb.Tx, jobs []Job) error {
	rows := make([][]any, len(jobs))
	for i, j := range jobs {
		payload, err := json.Marshal(j.Payload)
		if err != nil {
			return fmt.Errorf("job: payload of %s: %w", j.Kind, err)
		}
		at := int64(0)
		if !j.RunAt.IsZero() {
			at = sqldb.Millis(j.RunAt)
		}
		rows[i] = []any{sqldb.NewID(), j.Kind, j.Key, string(payload), string(Queued), at, 0, "", 0, "", 0}
	}
	cols := []string{"id", "kind", "key", "payload", "state", "run_at", "attempt", "lease", "lease_until", "error", "finished_at"}
	if err := sqldb.InsertMany(ctx, tx, "job", cols, rows, "ON CONFLICT DO NOTHING"); err != nil {
		return err
	}
	tx.Signal(topic)
	return nil
}

// Run is one attempt at a job.
type Run struct {
	ID      string // the same at every attempt
	Kind    string
	Key     string
	Attempt int // from 1
	payload []byte
	lease   string

	now      func() time.Time
	finished *atomic.Bool // Finish has committed
}

// Finish marks the job done in the handler's own transaction, so that what the
// handler did in it and its being done commit together, once. If another run
// has taken the job over meanwhile, it fails with [ErrLost], and the
// transaction with it. The handler then returns nil.
func (r Run) Finish(ctx context.Context, tx *sqldb.Tx) error {
	if err := settle(ctx, tx, r, end{state: Done, at: r.now(), attempt: r.Attempt}); err != nil {
		return err
	}
	tx.OnCommit(func() { r.finished.Store(true) })
	return nil
}

// Decode reads the payload.
func (r Run) Decode(into any) error {
	if err := json.Unmarshal(r.payload, into); err != nil {
		return Fatal(fmt.Errorf("job: payload of %s: %w", r.Kind, err))
	}
	return nil
}
