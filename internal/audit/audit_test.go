package audit_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"bilin/internal/audit"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// begin is when the log of a test begins; each entry is a second later.
var begin = time.Date(2026, 11, 20, 1, 0, 0, 0, time.UTC)

type bundle struct {
	*testing.T
	ctx context.Context
	db  *sqldb.DB
	dir string
	log *audit.Log

	mu  sync.Mutex
	now time.Time
}

func setup(t *testing.T, db *sqldb.DB) *bundle {
	t.Helper()
	b := &bundle{T: t, ctx: context.Background(), db: db, dir: t.TempDir(), now: begin}
	b.log = b.open()
	return b
}

// open opens the log once more, as a restart or another process does.
func (b *bundle) open() *audit.Log {
	b.Helper()
	log, err := audit.Open(b.db, audit.Options{
		Dir: b.dir, Now: b.tick, Delay: time.Millisecond, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		b.Fatal(err)
	}
	return log
}

func (b *bundle) tick() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(time.Second)
	return b.now
}

func (b *bundle) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func entry(i int) audit.Entry {
	return audit.Entry{
		ActorID: fmt.Sprintf("actor-%d", i%3), ActorName: "周敏", Action: []string{"demand.raise", "demand.accept", "network.split"}[i%3],
		ObjectKind: "demand", ObjectID: fmt.Sprintf("object-%d", i), UnitID: fmt.Sprintf("unit-%d", i%4),
		Detail: map[string]any{"n": i},
	}
}

// append appends n entries, each in a command of its own.
func (b *bundle) append(n int) {
	b.Helper()
	for i := range n {
		b.must(b.appendWith(b.log, entry(i)))
	}
}

func (b *bundle) appendWith(log *audit.Log, e audit.Entry) error {
	return b.db.Write(b.ctx, func(tx *sqldb.Tx) error { return log.Append(b.ctx, tx, e) })
}

// exec changes the database behind the log's back.
func (b *bundle) exec(query string, args ...any) {
	b.Helper()
	b.must(b.db.Write(b.ctx, func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(b.ctx, query, args...)
		return err
	}))
}

func (b *bundle) count(query string) (n int64) {
	b.Helper()
	b.must(b.db.Reader().QueryRowContext(b.ctx, query).Scan(&n))
	return n
}

func (b *bundle) verify() audit.Report {
	b.Helper()
	report, err := audit.Verify(b.ctx, b.db, b.dir)
	b.must(err)
	return report
}

// sound fails the test unless the log verifies with so many rows proved.
func (b *bundle) sound(rows, proved int64) audit.Report {
	b.Helper()
	report := b.verify()
	if !report.OK() || report.Rows != rows || report.Proved != proved || report.Unproved != rows-proved {
		b.Fatalf("report %+v, failure %+v; want %d rows, %d proved", report, report.Failure, rows, proved)
	}
	return report
}

func TestAppendedIsSequencedAndProved(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		b := setup(t, db)
		b.sound(0, 0)
		b.append(10)
		if report := b.sound(0, 0); report.Pending != 10 {
			t.Errorf("%d pending before sequencing, want 10", report.Pending)
		}
		b.must(b.log.Sequence(b.ctx))
		b.sound(10, 0)
		b.must(b.log.Checkpoint(b.ctx))
		report := b.sound(10, 10)
		if report.Pending != 0 || report.Checkpoints != 2 || report.LastCheckpoint.IsZero() {
			t.Errorf("after a checkpoint: %+v", report)
		}
		b.append(5)
		b.must(b.log.Sequence(b.ctx))
		b.sound(15, 10)
		b.must(b.log.Stop(b.ctx))
		b.sound(15, 15)
	})
}

func TestACommandThatFailsLeavesNoEntry(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		b := setup(t, db)
		refused := errors.New("refused")
		err := db.Write(b.ctx, func(tx *sqldb.Tx) error {
			return errors.Join(b.log.Append(b.ctx, tx, entry(1)), refused)
		})
		if !errors.Is(err, refused) {
			t.Fatal(err)
		}
		b.must(b.log.Stop(b.ctx))
		b.sound(0, 0)
	})
}

func TestAppendRefuses(t *testing.T) {
	t.Parallel()
	b := setup(t, sqldbtest.Open(t, sqldb.SQLite))
	for name, e := range map[string]audit.Entry{
		"no actor":   {Action: "demand.raise"},
		"no action":  {ActorID: "anonymous"},
		"big detail": {ActorID: "a", Action: "b", Detail: make([]byte, 64<<10)},
		"no JSON":    {ActorID: "a", Action: "b", Detail: func() {}},
	} {
		if err := b.appendWith(b.log, e); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestStrangeTextReadsBackAsHashed(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		b := setup(t, db)
		e := entry(1)
		e.ActorName, e.Purpose, e.Detail = "周\x00敏\xff", "核对\n联系\U0001F3E0", map[string]string{"k": "a\x00b\xffc<&"}
		b.must(b.appendWith(b.log, e))
		b.must(b.log.Stop(b.ctx))
		b.sound(1, 1)
	})
}

func TestTheSequencerRunsByItself(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		b := setup(t, db)
		b.append(3) // of a run that ended early
		b.log = b.open()
		b.log.Start(b.ctx)
		b.append(400)
		deadline := time.Now().Add(10 * time.Second)
		for b.count(`SELECT COUNT(*) FROM audit_entry`) < 403 {
			if time.Now().After(deadline) {
				t.Fatal("entries are not sequenced")
			}
			time.Sleep(5 * time.Millisecond)
		}
		b.must(b.log.Stop(b.ctx))
		b.sound(403, 403)
		b.must(b.log.Stop(b.ctx)) // once more does nothing
		if report := b.sound(403, 403); report.Checkpoints != 2 {
			t.Errorf("%d checkpoints, want one in the file and one in the database", report.Checkpoints)
		}
	})
}

func TestReplicasWriteAndSequenceTogether(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		b := setup(t, db)
		const replicas, each = 4, 60
		var wg sync.WaitGroup
		for range replicas {
			log := b.open()
			log.Start(b.ctx)
			wg.Go(func() {
				for i := range each {
					if err := b.appendWith(log, entry(i)); err != nil {
						t.Error(err)
					}
				}
				if err := log.Stop(b.ctx); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		b.must(b.log.Stop(b.ctx))
		b.sound(replicas*each, replicas*each)
	})
}

func TestVerifyWhileTheLogGrows(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		b := setup(t, db)
		var wg sync.WaitGroup
		wg.Go(func() {
			for i := range 150 {
				if err := errors.Join(b.appendWith(b.log, entry(i)), b.log.Sequence(b.ctx), b.log.Checkpoint(b.ctx)); err != nil {
					t.Error(err)
				}
			}
		})
		for range 15 {
			if report := b.verify(); !report.OK() {
				t.Errorf("a sound log fails while it grows: %+v", report.Failure)
			}
		}
		wg.Wait()
		b.sound(150, 150)
	})
}
