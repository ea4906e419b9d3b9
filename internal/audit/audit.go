// Package audit keeps the append-only record of every command and every read of personal data, in a Merkle log.
//
// A command appends its entry in its own transaction, to a small table without
// order. After the commit the sequencer moves entries to the log and gives each
// its place, so that writers never queue for the tree. Signed checkpoints of
// the tree go to the database and to a file outside of it; Verify proves every
// row up to the last of them.
package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"bilin/internal/sqldb"
)

// maxDetail bounds an entry's detail: a record says what was done, not with what.
const maxDetail = 16 << 10

// Entry is what a command records. Nothing in it may be personal data of
// anybody but the actor: the log can't be erased.
type Entry struct {
	ActorID    string
	ActorName  string
	Action     string // "network.split"
	ObjectKind string // "unit"
	ObjectID   string
	UnitID     string // the unit concerned, for auditors of a subtree
	Purpose    string // why personal data was read
	Detail     any    // stored as JSON; nil for none
}

// Record is an entry in the log.
type Record struct {
	Seq        int64 // place in the log, from 0
	ID         string
	At         time.Time
	ActorID    string
	ActorName  string
	Action     string
	ObjectKind string
	ObjectID   string
	UnitID     string
	Purpose    string
	Detail     string // JSON, or empty
}

// Options of a log.
type Options struct {
	Dir        string           // data directory; keys and checkpoints are in Dir/audit
	Now        func() time.Time // nil means time.Now
	Logger     *slog.Logger     // nil means slog.Default()
	Delay      time.Duration    // how long entries are gathered before they are sequenced; 100 ms if 0
	Checkpoint time.Duration    // how often a grown log is signed; 5 minutes if 0
}

// Log is the audit log of one city.
type Log struct {
	db       *sqldb.DB
	opts     Options
	signer   note.Signer
	verifier note.Verifier
	public   string // the verifier as text
	file     checkpointFile

	wakeup chan struct{}
	stop   context.CancelFunc
	done   chan struct{}

	mu   sync.Mutex // one sequencing or signing at a time in this process
	tree tree       // as of the last batch this process sequenced
}

// Open opens the log of a migrated database, and makes its signing key if there
// has never been one.
func Open(db *sqldb.DB, opts Options) (*Log, error) {
	opts = withDefaults(opts)
	dir := filepath.Join(opts.Dir, "audit")
	signer, verifier, err := openKeys(dir)
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	public, err := os.ReadFile(filepath.Join(dir, verifierName))
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	return &Log{
		db: db, opts: opts, signer: signer, verifier: verifier, public: strings.TrimSpace(string(public)),
		file:   checkpointFile{name: filepath.Join(dir, checkpointsName)},
		wakeup: make(chan struct{}, 1),
	}, nil
}

func withDefaults(o Options) Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Delay == 0 {
		o.Delay = 100 * time.Millisecond
	}
	if o.Checkpoint == 0 {
		o.Checkpoint = 5 * time.Minute
	}
	return o
}

// Append records an entry in the command's transaction.
func (l *Log) Append(ctx context.Context, tx *sqldb.Tx, e Entry) error {
	if e.ActorID == "" || e.Action == "" {
		return fmt.Errorf("audit: entry without actor or action: %q %q", e.ActorID, e.Action)
	}
	detail, err := encodeDetail(e.Detail)
	if err != nil {
		return err
	}
	err = insertPending(ctx, tx, Record{
		ID: sqldb.NewID(), At: l.opts.Now(),
		ActorID: clean(e.ActorID), ActorName: clean(e.ActorName), Action: clean(e.Action),
		ObjectKind: clean(e.ObjectKind), ObjectID: clean(e.ObjectID), UnitID: clean(e.UnitID),
		Purpose: clean(e.Purpose), Detail: detail,
	})
	if err != nil {
		return fmt.Errorf("audit: append: %w", err)
	}
	tx.OnCommit(l.wake)
	return nil
}

func encodeDetail(detail any) (string, error) {
	if detail == nil {
		return "", nil
	}
	raw, err := json.Marshal(detail)
	if err != nil {
		return "", fmt.Errorf("audit: detail: %w", err)
	}
	if len(raw) > maxDetail {
		return "", fmt.Errorf("audit: detail of %d bytes, at most %d", len(raw), maxDetail)
	}
	return clean(string(raw)), nil
}

// clean drops what one of the engines would refuse or change, so that a row
// reads back as it was hashed.
func clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
}

func (l *Log) wake() {
	select {
	case l.wakeup <- struct{}{}:
	default: // it is awake already
	}
}

// Start sequences in the background until Stop.
func (l *Log) Start(ctx context.Context) {
	ctx, l.stop = context.WithCancel(context.WithoutCancel(ctx))
	l.done = make(chan struct{})
	go l.run(ctx)
}

// sweep is how often entries are looked for that nobody woke us for: those of
// another process that ended early.
const sweep = 5 * time.Second

func (l *Log) run(ctx context.Context) {
	defer close(l.done)
	sweeping, signing := time.NewTicker(sweep), time.NewTicker(l.opts.Checkpoint)
	defer sweeping.Stop()
	defer signing.Stop()
	l.wake() // for what the last run left
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.wakeup:
			gather(ctx, l.opts.Delay)
			l.report(ctx, "sequence", l.Sequence(ctx))
		case <-sweeping.C:
			l.report(ctx, "sequence", l.Sequence(ctx))
		case <-signing.C:
			l.report(ctx, "checkpoint", l.Checkpoint(ctx))
		}
	}
}

func gather(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

func (l *Log) report(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		l.opts.Logger.ErrorContext(ctx, "audit: "+what+" failed; it will be tried again", "error", err)
	}
}

// Stop ends the background work, sequences what is left and signs a last
// checkpoint. It also closes a log that was never started.
func (l *Log) Stop(ctx context.Context) error {
	if l.stop != nil {
		l.stop()
		select {
		case <-l.done:
		case <-ctx.Done():
			return fmt.Errorf("audit: stop: %w", context.Cause(ctx))
		}
		l.stop = nil
	}
	return errors.Join(l.Sequence(ctx), l.Checkpoint(ctx))
}
