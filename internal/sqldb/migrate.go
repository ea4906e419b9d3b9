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
	return db.migrate(ctx, func(p *goose.Provider) error {
		_, err := p.Up(ctx)
		return err
	})
}

// MigrateUpTo brings the schema to that of an earlier release, from which a test upgrades.
func (db *DB) MigrateUpTo(ctx context.Context, version int64) error {
	return db.migrate(ctx, func(p *goose.Provider) error {
		_, err := p.UpTo(ctx, version)
		return err
	})
}

// MigrateDown takes the schema, and all data with it, away.
func (db *DB) MigrateDown(ctx context.Context) error {
	return db.migrate(ctx, func(p *goose.Provider) error {
		_, err := p.DownTo(ctx, 0)
		return err
	})
}

func (db *DB) migrate(ctx context.Context, run func(*goose.Provider) error) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("sqldb: migrate: %w", err)
		}
	}()
	pool, release, err := db.migrationPool(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	provider, err := db.provider(pool)
	if err != nil {
		return err
	}
	return run(provider)
}

func (db *DB) provider(pool *sql.DB) (*goose.Provider, error) {
	files, err := Migrations(db.engine)
	if err != nil {
		return nil, err
	}
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	if db.engine == SQLite {
		return goose.NewProvider(goose.DialectSQLite3, pool, files, options...)
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, pool, files, append(options, goose.WithSessionLocker(locker))...)
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
