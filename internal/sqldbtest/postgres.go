package sqldbtest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"bilin/internal/sqldb"
)

// Postgres returns the address of a fresh migrated PostgreSQL database, which
// is dropped when the test ends.
func Postgres(t testing.TB) (address string) {
	t.Helper()
	s, err := server()
	if err != nil {
		t.Fatal(err)
	}
	template, err := s.template()
	if err != nil {
		t.Fatal(err)
	}
	return s.database(t, "TEMPLATE "+template)
}

// EmptyPostgres returns the address of a fresh database without a schema.
func EmptyPostgres(t testing.TB) (address string) {
	t.Helper()
	s, err := server()
	if err != nil {
		t.Fatal(err)
	}
	return s.database(t, "TEMPLATE template0")
}

// postgres is a server that tests make databases on.
type postgres struct {
	admin    *url.URL
	template func() (string, error) // name of the migrated template
	mu       sync.Mutex             // one CREATE DATABASE at a time
}

// server is the test binary's server, found or started at first use.
var server = sync.OnceValues(func() (*postgres, error) {
	address := os.Getenv("BILIN_TEST_POSTGRES")
	if address == "" {
		started, err := start()
		if err != nil {
			return nil, fmt.Errorf("sqldbtest: no PostgreSQL to test on (set BILIN_TEST_POSTGRES, or run npm ci in assets): %w", err)
		}
		address = started
	}
	admin, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("sqldbtest: BILIN_TEST_POSTGRES: %w", err)
	}
	s := &postgres{admin: admin}
	s.template = sync.OnceValues(s.makeTemplate)
	return s, nil
})

// at is the address of a database on the server.
func (s *postgres) at(database string) string {
	u := *s.admin
	u.Path = "/" + database
	return u.String()
}

// database makes a fresh database.
func (s *postgres) database(t testing.TB, from string) string {
	t.Helper()
	name := "bilin_test_" + strings.ReplaceAll(sqldb.NewID(), "-", "")
	if err := s.exec("CREATE DATABASE " + name + " " + from); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.exec("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)"); err != nil {
			t.Errorf("drop test database: %v", err)
		}
	})
	return s.at(name)
}

func (s *postgres) exec(statements ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.admin.String())
	if err != nil {
		return fmt.Errorf("sqldbtest: %w", err)
	}
	defer conn.Close(ctx)
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("sqldbtest: %s: %w", statement, err)
		}
	}
	return nil
}

// templateLock is the advisory lock under which test binaries that share a
// server make the template.
const templateLock = 7263540018

// makeTemplate makes the migrated database that others are copied from. Its
// name is a digest of the migrations, so that a shared server never has a stale one.
func (s *postgres) makeTemplate() (string, error) {
	digest, err := migrationsDigest()
	if err != nil {
		return "", err
	}
	name := "bilin_template_" + digest
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.admin.String())
	if err != nil {
		return "", fmt.Errorf("sqldbtest: %w", err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", templateLock); err != nil {
		return "", fmt.Errorf("sqldbtest: %w", err)
	}
	var exists bool
	err = conn.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", name).Scan(&exists)
	if err != nil || exists {
		return name, err
	}
	draft := name + "_draft"
	if err := s.exec("DROP DATABASE IF EXISTS "+draft, "CREATE DATABASE "+draft+" TEMPLATE template0"); err != nil {
		return "", err
	}
	if err := migrate(sqldb.Config{URL: s.at(draft)}); err != nil {
		return "", err
	}
	return name, s.exec("ALTER DATABASE " + draft + " RENAME TO " + name)
}

func migrationsDigest() (string, error) {
	files, err := sqldb.Migrations(sqldb.Postgres)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	err = fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, path)
		fmt.Fprintf(sum, "%s %d\n%s", path, len(text), text)
		return err
	})
	return fmt.Sprintf("%x", sum.Sum(nil)[:8]), err
}
