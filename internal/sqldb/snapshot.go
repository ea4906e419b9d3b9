package sqldb

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// Class is what a column holds, the same on both engines.
type Class string

// The classes.
const (
	ClassText    Class = "text"
	ClassInteger Class = "integer"
	ClassReal    Class = "real"
	ClassBytes   Class = "bytes"
)

// Column is a column of a table.
type Column struct {
	Name  string `json:"name"`
	Class Class  `json:"class"`
}

// Table is a table of the city's schema.
type Table struct {
	Name    string   `json:"name"`
	Columns []Column `json:"columns"`
}

// classes are the types that the migrations use, on either engine.
var classes = map[string]Class{
	"TEXT": ClassText, "INTEGER": ClassInteger, "REAL": ClassReal, "BLOB": ClassBytes,
	"text": ClassText, "bigint": ClassInteger, "double precision": ClassReal, "bytea": ClassBytes,
}

// versionTable is the migrations' own.
const versionTable = "goose_db_version"

// Snapshot runs fn on the database as it is at this moment, however long fn
// takes and whatever is written meanwhile. On SQLite the log of what is written
// can't be folded into the file until fn returns, so it grows.
func (db *DB) Snapshot(ctx context.Context, fn func(q Querier) error) error {
	conn, err := db.reader.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	begin := "BEGIN DEFERRED"
	if db.engine == Postgres {
		begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
	}
	if _, err := conn.ExecContext(ctx, begin); err != nil {
		return fmt.Errorf("sqldb: snapshot: %w", err)
	}
	defer func() { _, _ = conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK") }() // nothing was written
	return fn(conn)
}

// Tables returns the tables of the schema by name, without the migrations' own.
func (db *DB) Tables(ctx context.Context, q Querier) ([]Table, error) {
	query := `SELECT t.name, c.name, c.type FROM pragma_table_list t JOIN pragma_table_info(t.name) c
		WHERE t.type = 'table' AND t.schema = 'main' AND t.name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY t.name, c.cid`
	if db.engine == Postgres {
		query = `SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
			FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
			WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace ORDER BY c.relname COLLATE "C", a.attnum`
	}
	rows, err := q.QueryContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("sqldb: tables: %w", err)
	}
	defer rows.Close()
	var tables []Table
	for rows.Next() {
		var table, column, kind string
		if err := rows.Scan(&table, &column, &kind); err != nil {
			return nil, fmt.Errorf("sqldb: tables: %w", err)
		}
		if table == versionTable || table == claimTable {
			continue
		}
		class, known := classes[kind]
		if !known {
			return nil, fmt.Errorf("sqldb: %s.%s has type %q", table, column, kind)
		}
		if len(tables) == 0 || tables[len(tables)-1].Name != table {
			tables = append(tables, Table{Name: table})
		}
		last := &tables[len(tables)-1]
		last.Columns = append(last.Columns, Column{column, class})
	}
	return tables, rows.Err()
}

// ColumnNames are the columns' names, quoted, as a statement lists them.
func (t Table) ColumnNames() string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = `"` + c.Name + `"`
	}
	return strings.Join(names, ", ")
}

// SchemaVersion is the number of the last migration that the database has had, 0 for none.
func (db *DB) SchemaVersion(ctx context.Context, q Querier) (version int64, err error) {
	there, err := db.hasTable(ctx, q, versionTable)
	if err != nil || !there {
		return 0, err
	}
	err = q.QueryRowContext(ctx, `SELECT COALESCE(MAX(version_id), 0) FROM `+versionTable).Scan(&version)
	return version, err
}

// HasTable reports whether there is a table of that name.
func (db *DB) HasTable(ctx context.Context, name string) (bool, error) {
	return db.hasTable(ctx, db.reader, name)
}

func (db *DB) hasTable(ctx context.Context, q Querier, name string) (there bool, err error) {
	query := `SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = $1)`
	if db.engine == Postgres {
		query = `SELECT EXISTS (SELECT 1 FROM pg_class WHERE relname = $1 AND relnamespace = current_schema()::regnamespace)`
	}
	var found sql.NullBool
	err = q.QueryRowContext(ctx, query, name).Scan(&found)
	return found.Bool, err
}

// Newest is the number of the last migration of this program.
func Newest(engine Engine) (int64, error) {
	files, err := Migrations(engine)
	if err != nil {
		return 0, err
	}
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return 0, err
	}
	newest := int64(0)
	for _, name := range names {
		number, _, _ := strings.Cut(name, "_")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("sqldb: migration %s: %w", name, err)
		}
		newest = max(newest, n)
	}
	return newest, nil
}
