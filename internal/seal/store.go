package seal

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bilin/internal/sqldb"
)

const (
	// VaultFile is the key store beside a SQLite database, in the key directory.
	VaultFile = "vault.db"
	// vaultSuffix makes the name of the key store's PostgreSQL schema of the data's.
	vaultSuffix = "_keys"
	atOnce      = 100 // subjects in one statement
)

// store is the vault's tables: a file of their own on SQLite, a schema of their
// own on PostgreSQL, so that a backup of the data leaves them out.
type store struct {
	db     *sqldb.DB
	prefix string // of the tables' names
}

func openStore(ctx context.Context, o Options) (*store, error) {
	if o.DB.Engine() == sqldb.Postgres {
		return openSchema(ctx, o)
	}
	db, err := sqldb.Open(ctx, sqldb.Config{Dir: o.Keys.dir, Name: VaultFile, Readers: 4, Shred: true, Logger: o.Logger})
	if err != nil {
		return nil, err
	}
	s := &store{db: db}
	return s, s.create(ctx, "BLOB", "INTEGER", " STRICT, WITHOUT ROWID")
}

func openSchema(ctx context.Context, o Options) (*store, error) {
	var schema string
	if err := o.DB.Reader().QueryRowContext(ctx, `SELECT current_schema()`).Scan(&schema); err != nil {
		return nil, err
	}
	db, err := sqldb.Open(ctx, sqldb.Config{URL: o.DB.URL(), Readers: 6, Logger: o.Logger})
	if err != nil {
		return nil, err
	}
	s := &store{db: db, prefix: quoteName(schema+vaultSuffix) + "."}
	return s, s.create(ctx, "BYTEA", "BIGINT", "")
}

func quoteName(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// create makes the tables if they aren't there. Replicas that start together
// wait for the first one.
func (s *store) create(ctx context.Context, blob, number, options string) error {
	return s.db.Claim(ctx, func(tx *sqldb.Tx) error {
		var statements []string
		if tx.Engine() == sqldb.Postgres {
			statements = []string{`SELECT pg_advisory_xact_lock(7236130411)`,
				`CREATE SCHEMA IF NOT EXISTS ` + strings.TrimSuffix(s.prefix, ".")}
		}
		statements = append(statements,
			`CREATE TABLE IF NOT EXISTS `+s.prefix+`vault_key (subject TEXT NOT NULL PRIMARY KEY, wrapped `+blob+` NOT NULL, made_at `+number+` NOT NULL)`+options,
			`CREATE TABLE IF NOT EXISTS `+s.prefix+`vault_erased (subject TEXT NOT NULL PRIMARY KEY, why TEXT NOT NULL, at `+number+` NOT NULL)`+options)
		for _, statement := range statements {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *store) close() error { return s.db.Close() }

// keys reads the wrapped keys of subjects.
func (s *store) keys(ctx context.Context, subjects []string) (map[string][]byte, error) {
	out := make(map[string][]byte, len(subjects))
	for part := range slices.Chunk(subjects, atOnce) {
		err := s.rows(ctx, func(rows *sql.Rows) error {
			var subject string
			var wrapped []byte
			err := rows.Scan(&subject, &wrapped)
			out[subject] = wrapped
			return err
		}, `SELECT subject, wrapped FROM `+s.prefix+`vault_key WHERE subject IN (`+s.marks(len(part))+`)`, anys(part)...)
		if err != nil {
			return nil, fmt.Errorf("seal: read keys: %w", err)
		}
	}
	return out, nil
}

func (s *store) rows(ctx context.Context, fn func(*sql.Rows) error, query string, args ...any) error {
	rows, err := s.db.Reader().QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// newKeyRow is a key to insert.
type newKeyRow struct {
	subject string
	wrapped []byte
}

// add inserts keys whose subject has none, in one durable transaction, and
// says how many that were.
func (s *store) add(ctx context.Context, rows []newKeyRow, at int64) (added int, err error) {
	err = s.db.Claim(ctx, func(tx *sqldb.Tx) error {
		added = 0
		for part := range slices.Chunk(rows, atOnce) {
			args := make([]any, 0, 3*len(part))
			for _, row := range part {
				args = append(args, row.subject, row.wrapped, at)
			}
			res, err := tx.ExecContext(ctx, s.insert(len(part)), args...)
			if err != nil {
				return err
			}
			n, err := res.RowsAffected()
			if err != nil {
				return err
			}
			added += int(n)
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("seal: new keys: %w", err)
	}
	return added, nil
}

func (s *store) insert(rows int) string {
	var b strings.Builder
	b.WriteString("INSERT INTO " + s.prefix + "vault_key (subject, wrapped, made_at) VALUES ")
	for i := range rows {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("(" + s.mark(3*i+1) + "," + s.mark(3*i+2) + "," + s.mark(3*i+3) + ")")
	}
	b.WriteString(" ON CONFLICT (subject) DO NOTHING")
	return b.String()
}

// mark is a parameter. SQLite's driver looks up the name of one that has a
// number, which takes time in the square of how many there are.
func (s *store) mark(n int) string {
	if s.db.Engine() == sqldb.SQLite {
		return "?"
	}
	return "$" + strconv.Itoa(n)
}

func (s *store) marks(n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = s.mark(i + 1)
	}
	return strings.Join(all, ",")
}

// erased is a line of the ledger.
type erased struct {
	subject, why string
	at           int64
}

// which keys of a line's subject are destroyed.
type which int

const (
	older      which = iota // those made until the line's time
	unfinished              // any, but only older ones if that was done before: what came since stays
	whatever                // any
)

// destroy deletes keys, and keeps the lines.
func (s *store) destroy(ctx context.Context, lines []erased, which which) error {
	err := s.db.Claim(ctx, func(tx *sqldb.Tx) error {
		for _, e := range lines {
			_, err := tx.ExecContext(ctx, `DELETE FROM `+s.prefix+`vault_key WHERE subject = $1 AND (made_at <= $2 OR $3 = 2 OR
				$3 = 1 AND NOT EXISTS (SELECT 1 FROM `+s.prefix+`vault_erased WHERE subject = $1 AND at >= $2))`, e.subject, e.at, int(which))
			if err != nil {
				return err
			}
			_, err = tx.ExecContext(ctx, `INSERT INTO `+s.prefix+`vault_erased (subject, why, at) VALUES ($1, $2, $3)
				ON CONFLICT (subject) DO UPDATE SET why = excluded.why, at = excluded.at WHERE excluded.at > vault_erased.at`, e.subject, e.why, e.at)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("seal: destroy keys: %w", err)
	}
	return nil
}

// shred sees to it that no page with a destroyed key is left behind: on SQLite
// the log, whose pages the file has overwritten, on PostgreSQL dead rows.
func (s *store) shred(ctx context.Context) error {
	if s.db.Engine() == sqldb.Postgres {
		_, err := s.db.Reader().ExecContext(ctx, `VACUUM `+s.prefix+`vault_key`)
		return err
	}
	return s.db.EmptyLog(ctx)
}

// lines reads a page of the vault's own ledger, behind a subject.
func (s *store) lines(ctx context.Context, after string, limit int) ([]erased, error) {
	return readLines(ctx, s.db.Reader(), `SELECT subject, why, at FROM `+s.prefix+`vault_erased WHERE subject > $1 ORDER BY subject LIMIT $2`, after, limit)
}

func readLines(ctx context.Context, q sqldb.Querier, query string, args ...any) ([]erased, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("seal: ledger: %w", err)
	}
	defer rows.Close()
	var out []erased
	for rows.Next() {
		var e erased
		if err := rows.Scan(&e.subject, &e.why, &e.at); err != nil {
			return nil, fmt.Errorf("seal: ledger: %w", err)
		}
		out = append(out, e)
	}
	return out, rows.Err()
}

func anys(values []string) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}
