package sqldb_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// Whatever mix of commands shares a commit, each gets its own answer, and what
// is in the database afterwards is exactly what was answered with success.
func TestGroupKeepsCommandsApart(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		round := 0
		rapid.Check(t, func(t *rapid.T) {
			round++
			ends := rapid.SliceOfN(rapid.SampledFrom([]string{"ok", "ok", "error", "panic", "twice"}), 1, 24).Draw(t, "ends")
			var mu sync.Mutex
			var want []string
			var wg sync.WaitGroup
			for i, end := range ends {
				wg.Go(func() {
					key := fmt.Sprintf("%04d/%02d", round, i)
					err := command(db, key, end)
					mu.Lock()
					defer mu.Unlock()
					if err == nil {
						want = append(want, key)
					}
					if (err == nil) != (end == "ok") {
						t.Errorf("%s ended %q: %v", key, end, err)
					}
				})
			}
			wg.Wait()
			slices.Sort(want)
			if got := of(db, fmt.Sprintf("%04d/", round)); !slices.Equal(got, want) {
				t.Fatalf("there is %v, acknowledged was %v", got, want)
			}
		})
	})
}

// command writes two rows and ends as told.
func command(db *sqldb.DB, key, end string) error {
	ctx := context.Background()
	return db.Write(ctx, func(tx *sqldb.Tx) error {
		if err := errors.Join(put(ctx, tx, key, ""), put(ctx, tx, "second "+key, "")); err != nil {
			return err
		}
		switch end {
		case "error":
			return errStop
		case "panic":
			panic("oh")
		case "twice":
			return put(ctx, tx, key, "")
		}
		return nil
	})
}

// of returns the keys of a round for which both rows are there, and a mark for
// those with only one.
func of(db *sqldb.DB, prefix string) (found []string) {
	rows, err := db.Reader().QueryContext(context.Background(), `SELECT a.key, b.key IS NOT NULL FROM meta a
		LEFT JOIN meta b ON b.key = 'second ' || a.key WHERE a.key >= $1 AND a.key < $2 ORDER BY a.key`, prefix, prefix+"~")
	if err != nil {
		return []string{err.Error()}
	}
	defer rows.Close()
	for rows.Next() {
		var key string
		var whole bool
		if err := rows.Scan(&key, &whole); err != nil || !whole {
			key = fmt.Sprintf("%s torn (%v)", key, err)
		}
		found = append(found, key)
	}
	return found
}

// held blocks the writer with a command until release is called.
func held(t *testing.T, db *sqldb.DB) (release func()) {
	t.Helper()
	started, hold, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- db.Write(context.Background(), func(*sqldb.Tx) error {
			close(started)
			<-hold
			return nil
		})
	}()
	<-started
	return func() {
		close(hold)
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestCancelledWhileWaiting(t *testing.T) {
	t.Parallel()
	db := sqldbtest.Open(t, sqldb.SQLite)
	release := held(t, db)
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(20*time.Millisecond, cancel)
	err := db.Write(ctx, func(tx *sqldb.Tx) error { return put(ctx, tx, "a", "") })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	release()
	if got := keys(t, db.Reader()); got != "" {
		t.Errorf("a withdrawn command left %q", got)
	}
}

func TestCancelledAfterStart(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ctx, cancel := context.WithCancel(context.Background())
		err := db.Write(ctx, func(tx *sqldb.Tx) error {
			cancel()
			return put(ctx, tx, "a", "")
		})
		if got := keys(t, db.Reader()); err != nil || got != "a" {
			t.Errorf("%v, %q", err, got)
		}
	})
}

// Commands queued behind one that ends the shared transaction still get done.
func TestBrokenGroup(t *testing.T) {
	t.Parallel()
	db := sqldbtest.Open(t, sqldb.SQLite)
	release := held(t, db)
	var wg sync.WaitGroup
	for i := range 9 {
		wg.Go(func() {
			err := db.Write(context.Background(), func(tx *sqldb.Tx) error {
				if err := put(context.Background(), tx, fmt.Sprint(i), ""); err != nil || i != 4 {
					return err
				}
				_, err := tx.ExecContext(context.Background(), "ROLLBACK")
				return errors.Join(err, errStop)
			})
			if (err != nil) != (i == 4) {
				t.Errorf("%d: %v", i, err)
			}
		})
	}
	time.Sleep(20 * time.Millisecond)
	release()
	wg.Wait()
	if got := keys(t, db.Reader()); got != "0 1 2 3 5 6 7 8" {
		t.Errorf("rows %q", got)
	}
}

func TestRowsLeftOpen(t *testing.T) {
	t.Parallel()
	db := sqldbtest.Open(t, sqldb.SQLite)
	for range 3 {
		err := db.Write(t.Context(), func(tx *sqldb.Tx) error {
			if err := errors.Join(put(t.Context(), tx, "a", ""), put(t.Context(), tx, "b", "")); err != nil {
				return err
			}
			rows, err := tx.QueryContext(t.Context(), "SELECT key FROM meta") //nolint:sqlclosecheck // what is tested
			if err == nil {
				rows.Next()
			}
			return err
		})
		if err == nil || !strings.Contains(err.Error(), "rows open") {
			t.Errorf("%v", err)
		}
	}
	write(t, db, func(tx *sqldb.Tx) error { return put(t.Context(), tx, "c", "") })
	if got := keys(t, db.Reader()); got != "c" {
		t.Errorf("rows %q", got)
	}
}

// A command that ends its goroutine, as t.FailNow does, holds nobody up.
func TestGoexit(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			_ = db.Write(context.Background(), func(tx *sqldb.Tx) error {
				_ = put(context.Background(), tx, "a", "")
				runtime.Goexit()
				return nil
			})
		}()
		<-gone
		write(t, db, func(tx *sqldb.Tx) error { return put(t.Context(), tx, "b", "") })
		if got := keys(t, db.Reader()); got != "b" {
			t.Errorf("rows %q", got)
		}
	})
}

func TestHooksRunInOrder(t *testing.T) {
	t.Parallel()
	db := sqldbtest.Open(t, sqldb.SQLite)
	var ran, hooked []int
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			err := db.Write(context.Background(), func(tx *sqldb.Tx) error {
				ran = append(ran, i) // one command at a time, so this is no race
				tx.OnCommit(func() {
					hooked = append(hooked, i)
					if i == 7 {
						panic("a hook's own fault")
					}
				})
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if !slices.Equal(ran, hooked) || len(ran) != 50 {
		t.Errorf("ran %v, hooked %v", ran, hooked)
	}
}

func TestWriteAfterClose(t *testing.T) {
	t.Parallel()
	db, err := sqldb.Open(t.Context(), sqldb.Config{Dir: sqldbtest.SQLite(t)})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Write(t.Context(), func(*sqldb.Tx) error { return nil }); err == nil {
		t.Error("wrote to a closed database")
	}
}

// childDir names the directory in which this binary, run again, writes until it is killed.
const childDir = "BILIN_TEST_WRITE_UNTIL_KILLED"

// writeUntilKilled prints each key after its command was acknowledged.
func writeUntilKilled(dir string) int {
	ctx := context.Background()
	db, err := sqldb.Open(ctx, sqldb.Config{Dir: dir})
	if err != nil {
		fmt.Println("error", err)
		return 1
	}
	for client := range 8 {
		go func() {
			for i := 0; ; i++ {
				key := fmt.Sprintf("%s-%d-%d", sqldb.NewID(), client, i)
				if err := command(db, key, "ok"); err != nil {
					fmt.Println("error", err)
				}
				fmt.Println(key)
			}
		}()
	}
	select {}
}

// Nothing acknowledged is lost when the program is killed, and nothing is half there.
func TestKilled(t *testing.T) {
	t.Parallel()
	dir := sqldbtest.SQLite(t)
	var acknowledged []string
	for range 3 {
		acknowledged = append(acknowledged, killAfter(t, dir, 150*time.Millisecond)...)
	}
	db := sqldbtest.OpenConfig(t, sqldb.Config{Dir: dir})
	there := of(db, "0")
	t.Logf("%d acknowledged, %d there", len(acknowledged), len(there))
	if len(acknowledged) == 0 {
		t.Fatal("nothing was written before the kill")
	}
	for _, key := range acknowledged {
		if _, found := slices.BinarySearch(there, key); !found {
			t.Errorf("lost %q", key)
		}
	}
	for _, key := range there {
		if strings.Contains(key, "torn") {
			t.Error(key)
		}
	}
}

// killAfter runs a writing child, kills it, and returns what it was told is safe.
func killAfter(t *testing.T, dir string, d time.Duration) (lines []string) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childDir+"="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var kill *time.Timer
	scan := bufio.NewScanner(out)
	for scan.Scan() {
		if kill == nil {
			kill = time.AfterFunc(d, func() { _ = child.Process.Kill() })
		}
		lines = append(lines, scan.Text())
	}
	_ = child.Wait() // killed, as intended
	return lines
}
