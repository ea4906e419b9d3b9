package sqldb

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"

	"modernc.org/sqlite"
)

// File is the name of the SQLite database in the data directory.
const File = "bilin.db"

// The page caches are per connection. They are kept small because the operating
// system's page cache holds the file anyway; no mmap, because mapped pages
// would count as resting memory.
const (
	writerCacheKiB = 16 << 10
	readerCacheKiB = 4 << 10
)

// pragma is a setting and the value it must read back as.
type pragma struct{ name, value, reads string }

// durable are the settings every connection needs.
func durable(cacheKiB int) []pragma {
	return []pragma{
		{"busy_timeout", "10000", "10000"},
		{"journal_mode", "WAL", "wal"},
		{"synchronous", "FULL", "2"},
		{"foreign_keys", "ON", "1"},
		{"temp_store", "MEMORY", "2"},
		{"mmap_size", "0", "0"},
		{"wal_autocheckpoint", "4000", "4000"},
		{"journal_size_limit", "67108864", "67108864"},
		{"cache_size", fmt.Sprint(-cacheKiB), fmt.Sprint(-cacheKiB)},
		{"secure_delete", "FAST", "2"}, // what was deleted isn't left on pages that are written anyway
	}
}

func openSQLite(ctx context.Context, cfg Config) (*DB, error) {
	if cfg.Dir == "" {
		return nil, errors.New("no data directory")
	}
	if err := os.MkdirAll(cfg.Dir, 0o750); err != nil {
		return nil, err
	}
	path, err := filepath.Abs(filepath.Join(cfg.Dir, cmp.Or(cfg.Name, File)))
	if err != nil {
		return nil, err
	}
	if err := ownerOnly(path); err != nil {
		return nil, err
	}
	settings := durable(writerCacheKiB)
	if cfg.Shred {
		settings[len(settings)-1] = pragma{"secure_delete", "ON", "1"}
	}
	w, err := openPool(ctx, path, 1, settings)
	if err != nil {
		return nil, err
	}
	readers := cfg.Readers
	if readers <= 0 {
		readers = max(4, 2*runtime.GOMAXPROCS(0))
	}
	only := append(durable(readerCacheKiB), pragma{"query_only", "ON", "1"})
	r, err := openPool(ctx, path, readers, only)
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	wr, err := newWriter(ctx, w)
	if err != nil {
		return nil, errors.Join(err, w.Close(), r.Close())
	}
	return &DB{engine: SQLite, path: path, reader: r, writer: wr}, nil
}

// ownerOnly makes a new database file that nobody else on the machine reads,
// wherever the directory lies; SQLite gives its log the same rights.
func ownerOnly(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// openPool opens a pool of n connections and checks the first one's settings.
func openPool(ctx context.Context, path string, n int, settings []pragma) (*sql.DB, error) {
	base, err := sqlite.NewConnector(dsn(path, settings))
	if err != nil {
		return nil, err
	}
	pool := sql.OpenDB(&cachingConnector{base})
	pool.SetMaxOpenConns(n)
	pool.SetMaxIdleConns(n)
	if err := assertPragmas(ctx, pool, settings); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return pool, nil
}

func dsn(path string, settings []pragma) string {
	q := url.Values{"_txlock": {"immediate"}, "_dqs": {"0"}}
	for _, p := range settings {
		q.Add("_pragma", p.name+"("+p.value+")")
	}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String()
}

func assertPragmas(ctx context.Context, pool *sql.DB, settings []pragma) error {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	for _, p := range settings {
		var got string
		if err := conn.QueryRowContext(ctx, "PRAGMA "+p.name).Scan(&got); err != nil {
			return fmt.Errorf("pragma %s: %w", p.name, err)
		}
		if got != p.reads {
			return fmt.Errorf("pragma %s is %q, must be %q", p.name, got, p.reads)
		}
	}
	return nil
}

// EmptyLog brings everything in SQLite's log into the file and cuts the log, so
// that no older page is left in it. It fails if a reader holds the log for long.
func (db *DB) EmptyLog(ctx context.Context) error {
	if db.engine != SQLite {
		return nil
	}
	pool, err := openPool(ctx, db.path, 1, durable(readerCacheKiB))
	if err != nil {
		return err
	}
	defer pool.Close()
	var busy, frames, moved int
	if err := pool.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &frames, &moved); err != nil {
		return err
	}
	if busy != 0 {
		return errors.New("sqldb: the log is in use")
	}
	return nil
}
