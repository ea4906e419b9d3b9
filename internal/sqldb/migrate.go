package sqldb

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations
var migrations embed.FS

// Migrations returns the migration files of an engine.
func Migrations(engine Engine) (fs.FS, error) {
	return fs.Sub(migrations, "migrations/"+string(engine))
}

// Migrate brings the schema up to date. Replicas that start together wait for
// the first one.
func (db *DB) Migrate(ctx context.Context) error {
	if err := db.migrate(ctx); err != nil {
		return fmt.Errorf("sqldb: migrate: %w", err)
	}
	return nil
}

func (db *DB) migrate(ctx context.Context) (err error) {
	pool, release, err := db.migrationPool(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	files, err := Migrations(db.engine)
	if err != nil {
		return err
	}
	options, dialect := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}, goose.DialectSQLite3
	if db.engine == Postgres {
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return err
		}
		options, dialect = append(options, goose.WithSessionLocker(locker)), goose.DialectPostgres
	}
	provider, err := goose.NewProvider(dialect, pool, files, options...)
	if err != nil {
		return err
	}
	_, err = provider.Up(ctx)
	return err
}

// migrationPool is where goose runs: on SQLite a connection of its own, since
// the writer never gives its own away.
func (db *DB) migrationPool(ctx context.Context) (pool *sql.DB, release func() error, err error) {
	if db.engine == Postgres {
		return db.reader, func() error { return nil }, nil
	}
	pool, err = openPool(ctx, db.path, 1, durable(writerCacheKiB))
	if err != nil {
		return nil, nil, err
	}
	return pool, pool.Close, nil
}
