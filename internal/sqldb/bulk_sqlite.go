package sqldb

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"modernc.org/sqlite"

	"bilin/internal/copytext"
)

// sqliteBulk writes without a log: a file that isn't finished is thrown away.
type sqliteBulk struct {
	pool *sql.DB
	conn *sql.Conn
	path string
	make []string // indexes to be made
}

// maxLine bounds a row: a photo of 10 MiB in hexadecimal, with room.
const maxLine = 64 << 20

func openSQLiteBulk(ctx context.Context, dir string, tables []Table) (_ Bulk, err error) {
	path, err := filepath.Abs(filepath.Join(dir, File))
	if err != nil {
		return nil, err
	}
	base, err := sqlite.NewConnector(dsn(path, []pragma{
		{"busy_timeout", "1000", ""}, {"journal_mode", "DELETE", ""}, {"journal_mode", "OFF", ""}, {"synchronous", "OFF", ""},
		{"locking_mode", "EXCLUSIVE", ""}, {"foreign_keys", "OFF", ""}, {"cache_size", "-131072", ""}, {"temp_store", "FILE", ""},
	}))
	if err != nil {
		return nil, err
	}
	b := &sqliteBulk{pool: sql.OpenDB(&cachingConnector{base}), path: path}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("sqldb: bulk: %w", err), b.Close())
		}
	}()
	if b.conn, err = b.pool.Conn(ctx); err != nil {
		return nil, err
	}
	if err := b.exec(ctx, "BEGIN IMMEDIATE"); err != nil {
		return nil, err
	}
	for _, t := range tables {
		if err := b.exec(ctx, `DELETE FROM "`+t.Name+`"`); err != nil {
			return nil, err
		}
	}
	return b, b.dropIndexes(ctx)
}

func (b *sqliteBulk) dropIndexes(ctx context.Context) error {
	rows, err := b.conn.QueryContext(ctx, `SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY rowid`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name, text string
		if err := rows.Scan(&name, &text); err != nil {
			return err
		}
		names, b.make = append(names, name), append(b.make, text)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for _, name := range names {
		if err := b.exec(ctx, `DROP INDEX "`+name+`"`); err != nil {
			return err
		}
	}
	return nil
}

func (b *sqliteBulk) exec(ctx context.Context, statement string, args ...any) error {
	_, err := b.conn.ExecContext(ctx, statement, args...)
	return err
}

// Load inserts as many rows at a time as one statement takes.
func (b *sqliteBulk) Load(ctx context.Context, t Table, lines io.Reader) error {
	width := len(t.Columns)
	size := max(1, min(64, 900/width))
	names := make([]string, width)
	for i, c := range t.Columns {
		names[i] = `"` + c.Name + `"`
	}
	in := bufio.NewScanner(lines)
	in.Buffer(make([]byte, 1<<20), maxLine)
	args := make([]any, 0, size*width)
	full := insertStatement(`"`+t.Name+`"`, names, size, true, "")
	flush := func(statement string) error {
		err := b.exec(ctx, statement, args...)
		args = args[:0]
		return err
	}
	for n := 1; in.Scan(); n++ {
		var err error
		if args, err = appendValues(args, t, in.Bytes()); err != nil {
			return fmt.Errorf("sqldb: %s, line %d: %w", t.Name, n, err)
		}
		if len(args) == size*width {
			if err := flush(full); err != nil {
				return fmt.Errorf("sqldb: %s, line %d: %w", t.Name, n, err)
			}
		}
	}
	if rest := len(args) / width; rest > 0 {
		if err := flush(insertStatement(`"`+t.Name+`"`, names, rest, true, "")); err != nil {
			return fmt.Errorf("sqldb: %s: %w", t.Name, err)
		}
	}
	return in.Err()
}

// appendValues reads a line as the table's columns.
func appendValues(args []any, t Table, line []byte) ([]any, error) {
	fields := 0
	for field := range copytext.Fields(line) {
		if fields == len(t.Columns) {
			return args, copytext.ErrMalformed
		}
		v, err := value(t.Columns[fields].Class, field)
		if err != nil {
			return args, fmt.Errorf("%s: %w", t.Columns[fields].Name, err)
		}
		args = append(args, v)
		fields++
	}
	if fields != len(t.Columns) {
		return args, copytext.ErrMalformed
	}
	return args, nil
}

func value(class Class, field []byte) (any, error) {
	if copytext.IsNull(field) {
		return nil, nil
	}
	switch class {
	case ClassInteger:
		return strconv.ParseInt(string(field), 10, 64)
	case ClassReal:
		return strconv.ParseFloat(string(field), 64)
	case ClassBytes:
		return copytext.Bytes(field)
	case ClassText:
	}
	return copytext.Text(field)
}

// Finish checks references and the file itself, and has it on the disk.
func (b *sqliteBulk) Finish(ctx context.Context) error {
	for _, statement := range append(b.make, "COMMIT") {
		if err := b.exec(ctx, statement); err != nil {
			return fmt.Errorf("sqldb: bulk: %w", err)
		}
	}
	if err := b.references(ctx); err != nil {
		return err
	}
	if err := b.intact(ctx); err != nil {
		return err
	}
	f, err := os.Open(b.path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (b *sqliteBulk) references(ctx context.Context) error {
	var table, parent string
	err := b.conn.QueryRowContext(ctx, `SELECT "table", parent FROM pragma_foreign_key_check LIMIT 1`).Scan(&table, &parent)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err == nil {
		err = fmt.Errorf("%w: %s to %s", errDangling, table, parent)
	}
	return err
}

func (b *sqliteBulk) intact(ctx context.Context) error {
	rows, err := b.conn.QueryContext(ctx, `PRAGMA integrity_check(10)`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var said []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return err
		}
		said = append(said, line)
	}
	if text := strings.Join(said, "; "); text != "ok" {
		return fmt.Errorf("sqldb: integrity check: %s", text)
	}
	return rows.Err()
}

func (b *sqliteBulk) Close() error {
	var err error
	if b.conn != nil {
		err = b.conn.Close()
	}
	return errors.Join(err, b.pool.Close())
}
