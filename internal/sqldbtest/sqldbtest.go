// Package sqldbtest gives every test a fresh, migrated database on SQLite and on PostgreSQL.
//
// PostgreSQL is the one BILIN_TEST_POSTGRES names, or one that the test binary
// starts for itself from the npm package and that ends with it. Not having
// either fails the test; it never skips.
package sqldbtest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"bilin/internal/sqldb"
)

// Each runs fn once per engine, as subtests "sqlite" and "postgres", each on a
// database of its own.
func Each(t *testing.T, fn func(t *testing.T, db *sqldb.DB)) {
	t.Helper()
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		t.Run(string(engine), func(t *testing.T) { fn(t, Open(t, engine)) })
	}
}

// Open returns a fresh migrated database, closed when the test ends.
func Open(t testing.TB, engine sqldb.Engine) *sqldb.DB {
	t.Helper()
	if engine == sqldb.Postgres {
		return OpenConfig(t, sqldb.Config{URL: Postgres(t)})
	}
	return OpenConfig(t, sqldb.Config{Dir: SQLite(t)})
}

// OpenConfig opens a database that exists and closes it when the test ends.
func OpenConfig(t testing.TB, cfg sqldb.Config) *sqldb.DB {
	t.Helper()
	db, err := sqldb.Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close database: %v", err)
		}
	})
	return db
}

// SQLite returns a data directory with a fresh migrated database in it.
func SQLite(t testing.TB) (dir string) {
	t.Helper()
	file, err := migratedFile()
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, sqldb.File), file, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// migratedFile is a migrated SQLite database, made once per test binary.
var migratedFile = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "bilin-template-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := migrate(sqldb.Config{Dir: dir}); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, sqldb.File))
})

func migrate(cfg sqldb.Config) (err error) {
	ctx := context.Background()
	db, err := sqldb.Open(ctx, cfg)
	if err != nil {
		return fmt.Errorf("sqldbtest: %w", err)
	}
	defer func() {
		if e := db.Close(); err == nil {
			err = e
		}
	}()
	return db.Migrate(ctx)
}
