// Package sqldb opens the city's database, SQLite or PostgreSQL, and is the only way to write to it.
//
// Reading goes through [DB.Reader], at any time and from any goroutine. Writing
// goes through [DB.Write]: one command, one transaction. On SQLite, commands
// that wait at the same time share one durable commit (see group.go); on
// PostgreSQL each is a serializable transaction, repeated when the database
// says that two of them got in each other's way. So a rule that reads, decides
// and writes holds on both engines without locks in the slices' SQL.
package sqldb

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
)

// Engine names a database engine.
type Engine string

// The engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// Config says which database to open.
type Config struct {
	Dir     string       // data directory; the file is Dir/bilin.db
	Name    string       // of the file, for a database beside the city's; "" is File
	URL     string       // postgres://…, or "" for SQLite
	Readers int          // read connections; 0 means a default that suits the engine
	Shred   bool         // SQLite: overwrite whatever is deleted, also where that costs writing
	Logger  *slog.Logger // nil means slog.Default()
}

// Querier is what *sql.DB and [Tx] have in common, so that a store works
// inside and outside of a transaction.
type Querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// DB is an open database.
type DB struct {
	engine Engine
	url    string // PostgreSQL only
	path   string // SQLite only
	log    *slog.Logger
	reader *sql.DB // on PostgreSQL the pool for everything
	writer *writer // SQLite only
	guard  *guard  // tests only

	signals signals
	room    room
}

// Open opens the database and checks that it is set up as it must be. It does
// not migrate.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	log := cfg.Logger
	if log == nil {
		log = slog.Default()
	}
	var db *DB
	var err error
	if cfg.URL != "" {
		db, err = openPostgres(ctx, cfg)
	} else {
		db, err = openSQLite(ctx, cfg)
	}
	if err != nil {
		return nil, fmt.Errorf("sqldb: open: %w", err)
	}
	db.log = log
	db.room.log, db.room.trial = func() *slog.Logger { return db.log }, db.tryRoom
	if db.writer != nil {
		db.writer.log, db.writer.signals = log, &db.signals
	}
	return db, nil
}

// Engine says which engine this is.
func (db *DB) Engine() Engine { return db.engine }

// URL is the PostgreSQL address the database was opened with, "" on SQLite.
func (db *DB) URL() string { return db.url }

// Reader returns the read pool. On SQLite it refuses to write.
func (db *DB) Reader() Querier {
	if db.guard != nil {
		return guarded{db.reader, db.guard}
	}
	return db.reader
}

// Ping reports whether the database answers.
func (db *DB) Ping(ctx context.Context) error { return db.reader.PingContext(ctx) }

// Close waits for the commands that are running and closes all connections.
func (db *DB) Close() error {
	db.room.close()
	var first error
	if db.writer != nil {
		first = db.writer.close()
	}
	if err := db.reader.Close(); first == nil {
		first = err
	}
	return first
}

// Write runs fn in a transaction and returns once it is durable. If fn returns
// an error or panics, nothing of it remains, and the error comes back.
//
// fn may run more than once, so it has no effect outside of the transaction;
// what must happen after the commit goes to [Tx.OnCommit]. It reads and writes
// through tx alone, never through Write or Reader, and closes its rows. Once fn has started, a cancelled ctx no longer
// stops the command; before that, it withdraws it.
//
// While the disk is full, nothing is tried, and the error says so.
func (db *DB) Write(ctx context.Context, fn func(tx *Tx) error) error {
	if err := db.room.refuse(); err != nil {
		return err
	}
	return db.room.judge(db.write(ctx, db.watched(fn)))
}

func (db *DB) write(ctx context.Context, fn func(tx *Tx) error) error {
	if db.engine == Postgres {
		return db.writePostgres(ctx, sql.LevelSerializable, fn)
	}
	return db.writer.write(ctx, fn)
}

// Claim is Write for taking work from a queue: on PostgreSQL it runs at read
// committed, so that rows locked by another replica are passed over (see
// [Tx.SkipLocked]) instead of failing the transaction.
func (db *DB) Claim(ctx context.Context, fn func(tx *Tx) error) error {
	if err := db.room.refuse(); err != nil {
		return err
	}
	fn = db.watched(fn)
	if db.engine == Postgres {
		return db.room.judge(db.writePostgres(ctx, sql.LevelReadCommitted, fn))
	}
	return db.room.judge(db.writer.write(ctx, fn))
}
