package pull

import (
	"database/sql"
	"path/filepath"
	"testing"
)

// Whatever the words of a query hide, a SQLite file opens no other file and fills
// no memory.
func TestASQLiteFileOpensNoOther(t *testing.T) {
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "a.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := confine(conn, SQLite); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "b.db")
	for _, query := range []string{"ATTACH DATABASE '" + other + "' AS x", "VACUUM INTO '" + other + "'", "SELECT length(zeroblob(100000000))"} {
		var n int
		if err := conn.QueryRowContext(t.Context(), query).Scan(&n); err == nil || err == sql.ErrNoRows {
			t.Errorf("%s: %d, %v", query, n, err)
		}
	}
}

func TestOnlyOneSelectIsRead(t *testing.T) {
	for query, want := range map[string]bool{
		"SELECT a FROM b": true, "select a from b;": true, "WITH x AS (SELECT 1) SELECT * FROM x": true, "SELECT ';' -- and ; more": true, "SELECT '--', a FROM b": true,
		"SELECT 'it''s; fine' FROM b": true, "SELECT a[1], '`' FROM b": true, "SELECT a FROM b /* it's */ WHERE c = 'update'": true,
		"SELECT '--'; ATTACH DATABASE 'x' AS x; SELECT 1":            false,
		"SELECT '/*'; ATTACH DATABASE 'x' AS x; SELECT 1 /* */":      false,
		"SELECT 1 AS `'`; ATTACH DATABASE 'x' AS x; SELECT 1 AS `'`": false,
		"SELECT 1 AS [']; ATTACH DATABASE 'x' AS x; SELECT 1 AS [']": false,
		"SELECT $a('); ATTACH DATABASE x AS x; SELECT $a(')":         false,
		"SELECT 1 -- '\n; DROP TABLE b -- '":                         false,
		"DELETE FROM b":                                              false, "SELECT 1; SELECT 2": false, "": false,
	} {
		if got := onlyReads(query); got != want {
			t.Errorf("%s: %v", query, got)
		}
	}
}
