package sqldb_test

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// classes are the column types that mean the same on both engines.
var classes = map[string]string{
	"TEXT": "text", "INTEGER": "integer", "REAL": "real", "BLOB": "bytes",
	"text": "text", "bigint": "integer", "double precision": "real", "bytea": "bytes",
}

// schemaQueries read a schema as lines that compare across engines. Each yields
// rows of text columns.
var schemaQueries = map[sqldb.Engine]map[string]string{
	sqldb.SQLite: {
		"column": `SELECT t.name, c.name, c.type, CASE WHEN c.pk > 0 THEN 'key ' || c.pk WHEN c."notnull" = 1 THEN 'required' ELSE 'optional' END
			FROM pragma_table_list t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND t.schema = 'main'`,
		"index": `SELECT t.name, group_concat(x.name, ',' ORDER BY x.seqno), CASE i."unique" WHEN 1 THEN 'unique' ELSE 'plain' END,
			CASE i.partial WHEN 1 THEN 'partial' ELSE 'whole' END
			FROM pragma_table_list t JOIN pragma_index_list(t.name) i ON i.origin <> 'pk' JOIN pragma_index_xinfo(i.name) x ON x.key = 1
			WHERE t.type = 'table' AND t.schema = 'main' GROUP BY t.name, i.name`,
		"reference": `SELECT t.name, f."from", f."table", coalesce(f."to", '?')
			FROM pragma_table_list t JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table' AND t.schema = 'main'`,
	},
	sqldb.Postgres: {
		"column": `SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
			CASE WHEN k.place IS NOT NULL THEN 'key ' || k.place WHEN a.attnotnull THEN 'required' ELSE 'optional' END
			FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
			LEFT JOIN pg_constraint p ON p.conrelid = c.oid AND p.contype = 'p'
			LEFT JOIN LATERAL unnest(p.conkey) WITH ORDINALITY k (column_number, place) ON k.column_number = a.attnum
			WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace`,
		"index": `SELECT c.relname, string_agg(coalesce(a.attname, '?'), ',' ORDER BY k.place), CASE WHEN i.indisunique THEN 'unique' ELSE 'plain' END,
			CASE WHEN i.indpred IS NULL THEN 'whole' ELSE 'partial' END
			FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
			CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY k (column_number, place)
			LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.column_number
			WHERE c.relnamespace = 'public'::regnamespace AND NOT i.indisprimary
			GROUP BY c.relname, i.indexrelid, i.indisunique, i.indpred IS NULL`,
		"reference": `SELECT c.relname, a.attname, r.relname, b.attname FROM pg_constraint f
			JOIN pg_class c ON c.oid = f.conrelid JOIN pg_class r ON r.oid = f.confrelid
			CROSS JOIN LATERAL unnest(f.conkey, f.confkey) k (from_column, to_column)
			JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.from_column
			JOIN pg_attribute b ON b.attrelid = r.oid AND b.attnum = k.to_column
			WHERE f.contype = 'f' AND f.connamespace = 'public'::regnamespace`,
	},
}

// goose keeps its own table, and SQLite what it needs.
var foreignTables = []string{"goose_db_version", "sqlite_schema", "sqlite_sequence", "sqlite_stat1"}

func TestSchemasAreTheSame(t *testing.T) {
	t.Parallel()
	lite, pg := sqldbtest.Open(t, sqldb.SQLite), sqldbtest.Open(t, sqldb.Postgres)
	for _, what := range []string{"column", "index", "reference"} {
		a, b := schemaLines(t, lite, what), schemaLines(t, pg, what)
		for _, line := range a {
			if !slices.Contains(b, line) {
				t.Errorf("%s only on SQLite: %s", what, line)
			}
		}
		for _, line := range b {
			if !slices.Contains(a, line) {
				t.Errorf("%s only on PostgreSQL: %s", what, line)
			}
		}
		if len(a) == 0 && what != "reference" {
			t.Errorf("no %s found", what)
		}
	}
}

func schemaLines(t *testing.T, db *sqldb.DB, what string) (lines []string) {
	t.Helper()
	rows, err := db.Reader().QueryContext(context.Background(), schemaQueries[db.Engine()][what])
	if err != nil {
		t.Fatal(what, err)
	}
	defer rows.Close()
	for rows.Next() {
		var f [4]string
		if err := rows.Scan(&f[0], &f[1], &f[2], &f[3]); err != nil {
			t.Fatal(what, err)
		}
		if slices.Contains(foreignTables, f[0]) {
			continue
		}
		if what == "column" {
			class, known := classes[f[2]]
			if !known {
				t.Errorf("%s: %s.%s has type %q, which the other engine has no equal for", db.Engine(), f[0], f[1], f[2])
			}
			f[2] = class
		}
		lines = append(lines, strings.Join(f[:], " "))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(what, err)
	}
	slices.Sort(lines)
	return lines
}

// Without STRICT, SQLite would take text for a number.
func TestSQLiteTablesAreStrict(t *testing.T) {
	t.Parallel()
	db := sqldbtest.Open(t, sqldb.SQLite)
	rows, err := db.Reader().QueryContext(t.Context(), `SELECT name FROM pragma_table_list
		WHERE type = 'table' AND schema = 'main' AND strict = 0`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(foreignTables, name) {
			t.Errorf("%s is not STRICT", name)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

// Pages go by the order of text, which must be that of the bytes on both engines.
func TestPostgresKeysSortByBytes(t *testing.T) {
	t.Parallel()
	db := sqldbtest.Open(t, sqldb.Postgres)
	rows, err := db.Reader().QueryContext(t.Context(), `SELECT DISTINCT c.relname, a.attname FROM pg_index i
		JOIN pg_class c ON c.oid = i.indrelid AND c.relnamespace = 'public'::regnamespace
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey::int2[])
		WHERE a.atttypid = 'text'::regtype AND a.attcollation <> '"C"'::regcollation`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			t.Fatal(err)
		}
		t.Errorf(`%s.%s is indexed and not COLLATE "C"`, table, column)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

func TestMigrationsAreNumberedAlike(t *testing.T) {
	t.Parallel()
	var names [2][]string
	for i, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		files, err := sqldb.Migrations(engine)
		if err != nil {
			t.Fatal(err)
		}
		names[i] = sqlFiles(t, files)
	}
	if !slices.Equal(names[0], names[1]) || len(names[0]) == 0 {
		t.Errorf("SQLite has %v, PostgreSQL %v", names[0], names[1])
	}
	numbers := map[string]bool{}
	for _, name := range names[0] {
		number, _, _ := strings.Cut(name, "_")
		if numbers[number] {
			t.Errorf("%s: number taken twice", name)
		}
		numbers[number] = true
	}
}

func sqlFiles(t *testing.T, files fs.FS) (names []string) {
	t.Helper()
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestMigrateTwiceAndBack(t *testing.T) {
	t.Parallel()
	configs := []sqldb.Config{{Dir: t.TempDir()}, {URL: sqldbtest.EmptyPostgres(t)}}
	for _, cfg := range configs {
		db := sqldbtest.OpenConfig(t, cfg)
		steps := []struct {
			name string
			do   func(context.Context) error
		}{{"up", db.Migrate}, {"again", db.Migrate}, {"down", db.MigrateDown}, {"up after down", db.Migrate}}
		for _, s := range steps {
			if err := s.do(t.Context()); err != nil {
				t.Fatal(db.Engine(), s.name, err)
			}
			want := "[column index reference]"
			if s.name == "down" {
				want = "[]"
			}
			if got := fmt.Sprint(present(t, db)); got != want {
				t.Errorf("%s %s: there is %s, want %s", db.Engine(), s.name, got, want)
			}
		}
	}
}

// present says which kinds of things a schema has.
func present(t *testing.T, db *sqldb.DB) (kinds []string) {
	t.Helper()
	for _, what := range []string{"column", "index", "reference"} {
		if len(schemaLines(t, db, what)) > 0 {
			kinds = append(kinds, what)
		}
	}
	return kinds
}
