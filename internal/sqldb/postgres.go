package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Bounds of repeating a transaction that collided with another.
const (
	maxAttempts  = 12
	firstBackoff = 2 * time.Millisecond
	maxBackoff   = 100 * time.Millisecond
)

// poolSize is what one replica takes of PostgreSQL's connections by default.
const poolSize = 20

func openPostgres(ctx context.Context, cfg Config) (*DB, error) {
	conf, err := pgx.ParseConfig(cfg.URL)
	if err != nil {
		return nil, err
	}
	conf.RuntimeParams["application_name"] = "bilin"
	conf.RuntimeParams["timezone"] = "UTC"
	pool := stdlib.OpenDB(*conf)
	size := cfg.Readers
	if size <= 0 {
		size = poolSize
	}
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	db := &DB{engine: Postgres, url: cfg.URL, reader: pool}
	if err := assertPostgres(ctx, pool); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return db, nil
}

// assertPostgres checks what the code relies on and can't set itself.
func assertPostgres(ctx context.Context, pool *sql.DB) error {
	var encoding, commit string
	var version int
	err := pool.QueryRowContext(ctx, `SELECT current_setting('server_encoding'),
		current_setting('synchronous_commit'), current_setting('server_version_num')::int`).
		Scan(&encoding, &commit, &version)
	switch {
	case err != nil:
		return err
	case encoding != "UTF8":
		return fmt.Errorf("database encoding is %s, must be UTF8", encoding)
	case commit == "off":
		return errors.New("synchronous_commit is off: acknowledged work could be lost")
	case version < 140000:
		return fmt.Errorf("PostgreSQL %d is too old, 14 is the least", version/10000)
	}
	return nil
}

func (db *DB) writePostgres(ctx context.Context, level sql.IsolationLevel, fn func(*Tx) error) error {
	for attempt := 1; ; attempt++ {
		err := db.tryPostgres(ctx, level, fn)
		if err == nil || !collided(err) || attempt == maxAttempts {
			return err
		}
		if err := pause(ctx, attempt); err != nil {
			return err
		}
	}
}

func (db *DB) tryPostgres(ctx context.Context, level sql.IsolationLevel, fn func(*Tx) error) error {
	conn, err := db.reader.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	started, err := conn.BeginTx(context.WithoutCancel(ctx), &sql.TxOptions{Isolation: level})
	if err != nil {
		return err
	}
	defer started.Rollback() // after a commit it does nothing
	tx := &Tx{engine: Postgres, q: started, signals: &db.signals}
	if err := tx.run(fn); err != nil {
		return err
	}
	if err := started.Commit(); err != nil {
		return err
	}
	tx.committed(func(p any) { db.log.Error("sqldb: a hook after a commit panicked", "panic", p) })
	return nil
}

// pause waits a random time that grows with the attempts, so that those who
// collided don't meet again.
func pause(ctx context.Context, attempt int) error {
	limit := min(firstBackoff<<attempt, maxBackoff)
	timer := time.NewTimer(rand.N(limit))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
