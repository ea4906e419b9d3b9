package sqldb

import (
	"context"
	_ "embed"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"bilin/internal/errs"
	"bilin/internal/i18n"
)

//go:embed messages.json
var rawMessages []byte

// Messages is what this package says to people.
var Messages = i18n.MustParse(rawMessages)

// fullCode is what a write is answered with while the disk takes none.
const fullCode = "sqldb.full"

// A trial of a full disk: how often, and how much it writes. It is more than
// one command needs, so that the city doesn't come back only to stop again.
const (
	trialEvery = 2 * time.Second
	trialSize  = 512 << 10
	trialKey   = "sqldb.trial"
)

// room knows whether the disk takes writes. A city whose disk is full goes on
// reading; writes are refused at once, and a trial now and then finds out when
// there is room again.
type room struct {
	since atomic.Int64 // Unix milliseconds; 0 while there is room
	log   func() *slog.Logger
	trial func(ctx context.Context) error

	mu      sync.Mutex
	stopped bool
	stop    context.CancelFunc
	trying  sync.WaitGroup
}

// FullSince says since when the disk takes no writes; the zero time if it does.
func (db *DB) FullSince() time.Time {
	if ms := db.room.since.Load(); ms != 0 {
		return Time(ms)
	}
	return time.Time{}
}

// refuse is the error of a write that isn't even tried.
func (r *room) refuse() error {
	if r.since.Load() == 0 {
		return nil
	}
	return errs.E(errs.Unavailable, fullCode)
}

// judge looks at how a write ended. What failed because the disk is full is
// told as that, and from then on writes are refused until there is room.
func (r *room) judge(err error) error {
	if err == nil || !IsFull(err) {
		return err
	}
	r.begin(err)
	return errs.Wrap(err, errs.Unavailable, fullCode)
}

func (r *room) begin(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped || !r.since.CompareAndSwap(0, Millis(time.Now())) {
		return
	}
	r.log().Error("sqldb: the disk is full; only reading from now on", "error", err)
	ctx, stop := context.WithCancel(context.Background())
	r.stop = stop
	r.trying.Go(func() { r.wait(ctx) })
}

// wait tries until there is room.
func (r *room) wait(ctx context.Context) {
	ticker := time.NewTicker(trialEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := r.trial(ctx); err == nil {
			r.log().Info("sqldb: there is room on the disk again", "full_for", time.Since(Time(r.since.Load())))
			r.since.Store(0)
			return
		}
	}
}

func (r *room) close() {
	r.mu.Lock()
	r.stopped = true
	if r.stop != nil {
		r.stop()
	}
	r.mu.Unlock()
	r.trying.Wait()
}

// tryRoom writes something sizeable and takes it away again. A database beside
// the city's has no table for that, and its trial is small.
func (db *DB) tryRoom(ctx context.Context) error {
	there, err := db.hasTable(ctx, db.reader, "meta")
	if err != nil {
		return err
	}
	if !there {
		return db.write(ctx, func(tx *Tx) error {
			_, err := tx.ExecContext(ctx, `PRAGMA user_version = `+strconv.FormatInt(time.Now().Unix()&0x7fffffff, 10))
			return err
		})
	}
	filler := strings.Repeat("0", trialSize)
	for _, statement := range []string{
		`INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
		`DELETE FROM meta WHERE key = $1 AND value = $2`,
	} {
		err := db.write(ctx, func(tx *Tx) error {
			_, err := tx.ExecContext(ctx, statement, trialKey, filler)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// PostgreSQL's word for a disk that is full.
const pgDiskFull = "53100"

// IsFull reports whether err says that a disk or a quota has no room.
func IsFull(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code == pgDiskFull
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		switch e.Code() {
		case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC,
			sqlite3.SQLITE_IOERR_TRUNCATE, sqlite3.SQLITE_IOERR_SHMSIZE:
			return true
		}
		return false
	}
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}
