package sqldb_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		os.Exit(writeUntilKilled(dir))
	}
	os.Exit(m.Run())
}

var errStop = errors.New("stop")

func put(ctx context.Context, q sqldb.Querier, key, value string) error {
	_, err := q.ExecContext(ctx, "INSERT INTO meta (key, value) VALUES ($1, $2)", key, value)
	return err
}

func write(t testing.TB, db *sqldb.DB, fn func(tx *sqldb.Tx) error) {
	t.Helper()
	if err := db.Write(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

// keys are the keys of meta, in order.
func keys(t testing.TB, q sqldb.Querier) string {
	t.Helper()
	rows, err := q.QueryContext(context.Background(), "SELECT key FROM meta ORDER BY key")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var key string
		if err := rows.Scan(&key); err != nil {
			t.Fatal(err)
		}
		all = append(all, key)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, " ")
}

func TestWrite(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ctx := t.Context()
		hooks := 0
		ends := []struct {
			key   string
			end   func() error
			wrong string // in the error
		}{
			{"a", func() error { return nil }, ""},
			{"b", func() error { return errStop }, "stop"},
			{"c", func() error { panic("oh") }, "panicked: oh"},
			{"d", func() error { return nil }, ""},
		}
		for _, e := range ends {
			err := db.Write(ctx, func(tx *sqldb.Tx) error {
				tx.OnCommit(func() { hooks++ })
				if err := put(ctx, tx, e.key, ""); err != nil {
					return err
				}
				return e.end()
			})
			if (err == nil) != (e.wrong == "") || err != nil && !strings.Contains(err.Error(), e.wrong) {
				t.Errorf("%s: %v", e.key, err)
			}
		}
		if got := keys(t, db.Reader()); got != "a d" || hooks != 2 {
			t.Errorf("rows %q, %d hooks", got, hooks)
		}
	})
}

func TestUnique(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		twice := func(tx *sqldb.Tx) error {
			if err := put(t.Context(), tx, "a", ""); err != nil {
				return err
			}
			return put(t.Context(), tx, "a", "")
		}
		if err := db.Write(t.Context(), twice); !sqldb.IsUnique(err) {
			t.Errorf("not unique: %v", err)
		}
		none := func(tx *sqldb.Tx) error {
			_, err := tx.ExecContext(t.Context(), "INSERT INTO meta (key, value) VALUES ('a', NULL)")
			return err
		}
		if err := db.Write(t.Context(), none); err == nil || sqldb.IsUnique(err) {
			t.Errorf("unique: %v", err)
		}
	})
}

// Commands that read, decide and write don't lose each other's changes.
func TestReadDecideWrite(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ctx := t.Context()
		write(t, db, func(tx *sqldb.Tx) error { return put(ctx, tx, "n", "0") })
		add := func(tx *sqldb.Tx) error {
			var n int
			if err := tx.QueryRowContext(ctx, "SELECT value FROM meta WHERE key = 'n'").Scan(&n); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, "UPDATE meta SET value = $1 WHERE key = 'n'", fmt.Sprint(n+1))
			return err
		}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 5 {
					if err := db.Write(ctx, add); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		var n int
		if err := db.Reader().QueryRowContext(ctx, "SELECT value FROM meta WHERE key = 'n'").Scan(&n); err != nil || n != 40 {
			t.Errorf("%d of 40, %v", n, err)
		}
	})
}

// What only the commit finds out fails the command it belongs to, and no other.
func TestCommitFails(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ctx := t.Context()
		write(t, db, func(tx *sqldb.Tx) error {
			_, err := tx.ExecContext(ctx, `CREATE TABLE child (parent TEXT REFERENCES meta (key) DEFERRABLE INITIALLY DEFERRED)`)
			return err
		})
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				err := db.Write(ctx, func(tx *sqldb.Tx) error {
					if i%5 == 0 {
						_, err := tx.ExecContext(ctx, "INSERT INTO child (parent) VALUES ($1)", "nobody")
						return err
					}
					return put(ctx, tx, fmt.Sprintf("%02d", i), "")
				})
				if (err != nil) != (i%5 == 0) {
					t.Errorf("%d: %v", i, err)
				}
			})
		}
		wg.Wait()
		if got := len(strings.Fields(keys(t, db.Reader()))); got != 16 {
			t.Errorf("%d of 16 rows", got)
		}
	})
}

func TestTxAfterItsEnd(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		var kept *sqldb.Tx
		write(t, db, func(tx *sqldb.Tx) error { kept = tx; return nil })
		if err := put(t.Context(), kept, "a", ""); err == nil {
			t.Error("exec worked")
		}
		var n int
		if err := kept.QueryRowContext(t.Context(), "SELECT 1").Scan(&n); err == nil {
			t.Error("query worked")
		}
		if got := keys(t, db.Reader()); got != "" {
			t.Errorf("rows %q", got)
		}
	})
}

func TestSignal(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		woken, stop := db.Watch("work")
		other, stopOther := db.Watch("other")
		defer stopOther()
		signal := func(tx *sqldb.Tx) error { tx.Signal("work"); return nil }
		_ = db.Write(t.Context(), func(tx *sqldb.Tx) error { _ = signal(tx); return errStop })
		if len(woken) != 0 {
			t.Error("woken by a command that failed")
		}
		write(t, db, signal)
		write(t, db, signal)
		if len(woken) != 1 || len(other) != 0 {
			t.Errorf("woken %d and %d times", len(woken), len(other))
		}
		<-woken
		stop()
		write(t, db, signal)
		if len(woken) != 0 {
			t.Error("woken after stop")
		}
	})
}

func TestInsertMany(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ctx := t.Context()
		var rows [][]any
		for i := range 450 {
			rows = append(rows, []any{fmt.Sprintf("%03d", i), "v"})
		}
		cols, keep := []string{"key", "value"}, "ON CONFLICT (key) DO NOTHING"
		write(t, db, func(tx *sqldb.Tx) error {
			for _, part := range [][][]any{rows, rows[:3], nil} {
				if err := sqldb.InsertMany(ctx, tx, "meta", cols, part, keep); err != nil {
					return err
				}
			}
			return nil
		})
		if got := len(strings.Fields(keys(t, db.Reader()))); got != 450 {
			t.Errorf("%d rows", got)
		}
		err := db.Write(ctx, func(tx *sqldb.Tx) error {
			return sqldb.InsertMany(ctx, tx, "meta", cols, [][]any{{"short"}}, "")
		})
		if err == nil {
			t.Error("a row too short was taken")
		}
	})
}

func TestIDsAndTimes(t *testing.T) {
	t.Parallel()
	last := ""
	for range 1000 {
		id := sqldb.NewID()
		if id <= last || len(id) != 36 {
			t.Fatalf("%q after %q", id, last)
		}
		last = id
	}
	rapid.Check(t, func(t *rapid.T) {
		ms := rapid.Int64Range(-1<<45, 1<<45).Draw(t, "ms")
		if at := sqldb.Time(ms); sqldb.Millis(at) != ms || at.Location() != time.UTC {
			t.Fatalf("%d became %v", ms, at)
		}
	})
}
