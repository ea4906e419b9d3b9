package sqldb_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

func TestReaderRefusesToWrite(t *testing.T) {
	t.Parallel()
	db := sqldbtest.Open(t, sqldb.SQLite)
	if err := put(t.Context(), db.Reader(), "a", ""); err == nil {
		t.Error("the read pool wrote")
	}
}

func TestNobodyElseReadsTheDatabase(t *testing.T) {
	dir := t.TempDir()
	db, err := sqldb.Open(context.Background(), sqldb.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, sqldb.File+"*"))
	if err != nil || len(files) < 2 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, name := range files {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}

func TestOpenNeedsADirectory(t *testing.T) {
	t.Parallel()
	for _, cfg := range []sqldb.Config{{}, {Dir: "/dev/null/x"}, {URL: "postgres://127.0.0.1:1/none?connect_timeout=1"}} {
		if _, err := sqldb.Open(t.Context(), cfg); err == nil {
			t.Errorf("%+v opened", cfg)
		}
	}
}

// The same text may run inside its own rows, and more texts than are kept may run.
func TestStatementsAreKept(t *testing.T) {
	t.Parallel()
	db := sqldbtest.Open(t, sqldb.SQLite)
	ctx := t.Context()
	write(t, db, func(tx *sqldb.Tx) error {
		for i := range 5 {
			if err := put(ctx, tx, fmt.Sprint(i), ""); err != nil {
				return err
			}
		}
		return nil
	})
	write(t, db, func(tx *sqldb.Tx) error {
		if got := keys(t, tx); got != "0 1 2 3 4" {
			t.Errorf("rows %q", got)
		}
		rows, err := tx.QueryContext(ctx, "SELECT key FROM meta ORDER BY key")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if got := keys(t, tx); got != "0 1 2 3 4" {
				t.Errorf("inner rows %q", got)
			}
		}
		return rows.Err()
	})
	for i := range 300 {
		var n int
		err := db.Reader().QueryRowContext(ctx, fmt.Sprintf("SELECT count(*) + %d FROM meta", i)).Scan(&n)
		if err != nil || n != 5+i {
			t.Fatalf("%d: %d, %v", i, n, err)
		}
	}
}

// A kept statement sees a schema that changed after it was prepared.
func TestStatementsFollowTheSchema(t *testing.T) {
	t.Parallel()
	db := sqldbtest.Open(t, sqldb.SQLite)
	ctx := t.Context()
	columns := func() int {
		rows, err := db.Reader().QueryContext(ctx, "SELECT * FROM meta")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		names, err := rows.Columns()
		if err != nil || rows.Err() != nil {
			t.Fatal(err, rows.Err())
		}
		return len(names)
	}
	before := columns()
	write(t, db, func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(ctx, "ALTER TABLE meta ADD COLUMN more TEXT")
		return err
	})
	if after := columns(); after != before+1 {
		t.Errorf("%d columns, then %d", before, after)
	}
}
