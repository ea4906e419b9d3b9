package sqldb_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// noRoom has the engine itself say that the disk is full, until the function it
// returns is called.
func noRoom(t *testing.T, db *sqldb.DB) (makeRoom func()) {
	t.Helper()
	ctx := context.Background()
	run := func(statements ...string) {
		t.Helper()
		err := db.WriteAnyway(ctx, func(tx *sqldb.Tx) error {
			for _, s := range statements {
				if _, err := tx.ExecContext(ctx, s); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if db.Engine() == sqldb.SQLite {
		run(`PRAGMA max_page_count = 1`) // SQLite takes as many as there are
		return func() { run(`PRAGMA max_page_count = 1000000`) }
	}
	run(`CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$`,
		`CREATE TRIGGER full_up BEFORE INSERT ON meta FOR EACH ROW EXECUTE FUNCTION no_room()`)
	return func() { run(`DROP TRIGGER full_up ON meta`) }
}

func store(db *sqldb.DB, key string) error {
	return db.Write(context.Background(), func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(context.Background(), `INSERT INTO meta (key, value) VALUES ($1, $2)`, key, strings.Repeat("x", 20_000))
		return err
	})
}

// A full disk is told as that, what was acknowledged stays, reading goes on, and
// with room the city goes on by itself.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		if err := store(db, "before"); err != nil {
			t.Fatal(err)
		}
		makeRoom := noRoom(t, db)
		var busy sync.WaitGroup
		for i := range 20 { // also those that share a commit
			busy.Go(func() {
				if err := store(db, fmt.Sprint("full", i)); errs.KindOf(err) != errs.Unavailable || !strings.Contains(err.Error(), "sqldb.full") {
					t.Errorf("on a full disk: %v", err)
				}
			})
		}
		busy.Wait()
		if db.FullSince().IsZero() {
			t.Error("it doesn't know")
		}
		time.Sleep(2500 * time.Millisecond) // longer than a trial: it must not come back while there is no room
		if err := store(db, "refused"); errs.KindOf(err) != errs.Unavailable {
			t.Errorf("refused: %v", err)
		}
		if got := stored(t, db); got != 1 {
			t.Errorf("%d rows, 1 was acknowledged", got)
		}
		makeRoom()
		for end := time.Now().Add(20 * time.Second); !db.FullSince().IsZero(); time.Sleep(20 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("it doesn't come back")
			}
		}
		if err := store(db, "after"); err != nil {
			t.Error(err)
		}
		if got := stored(t, db); got != 2 {
			t.Errorf("%d rows, 2 were acknowledged", got)
		}
	})
}

func stored(t *testing.T, db *sqldb.DB) (n int) {
	t.Helper()
	if err := db.Reader().QueryRowContext(context.Background(), `SELECT count(*) FROM meta`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// Closing a city whose disk is full ends its trials.
func TestCloseWhileFull(t *testing.T) {
	t.Parallel()
	db, err := sqldb.Open(t.Context(), sqldb.Config{Dir: sqldbtest.SQLite(t)})
	if err != nil {
		t.Fatal(err)
	}
	noRoom(t, db)
	if err := store(db, "full"); err == nil {
		t.Error("there is room")
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}
