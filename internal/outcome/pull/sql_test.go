package pull_test

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"

	"bilin/internal/errs"
	"bilin/internal/outcome"
	"bilin/internal/outcome/pull"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// postgresSource is a database with a table of rivers, and how to reach it.
func postgresSource(t *testing.T, c *town) (pull.Source, *sql.DB) {
	t.Helper()
	address := sqldbtest.EmptyPostgres(t)
	u, err := url.Parse(address)
	c.OK(err)
	db, err := sql.Open("pgx", address)
	c.OK(err)
	t.Cleanup(func() { _ = db.Close() })
	exec(c, db, `CREATE TABLE rivers (village text, period text, numerator bigint, denominator numeric)`,
		`INSERT INTO rivers VALUES ('第1村', '2026年三季度', 3, 20), ('430182001002', '2026Q3', 0, 8.0)`)
	host := u.Host
	if dir := u.Query().Get("host"); dir != "" {
		host = bridge(t, filepath.Join(dir, ".s.PGSQL.5432"))
	}
	c.allow(host)
	secret, _ := u.User.Password()
	return pull.Source{Kind: pull.Postgres, Address: "postgres://" + host + u.Path, User: u.User.Username(), Secret: secret, Query: "SELECT village, period, numerator, denominator FROM rivers", Hours: 24}, db
}

// bridge lets the tests' server, which listens on a socket, be reached over the network.
func bridge(t *testing.T, socket string) (hostPort string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			to, err := net.Dial("unix", socket)
			if err != nil {
				_ = from.Close()
				continue
			}
			go func() { _, _ = io.Copy(to, from); _ = to.Close() }()
			go func() { _, _ = io.Copy(from, to); _ = from.Close() }()
		}
	}()
	return listener.Addr().String()
}

func exec(c *town, db *sql.DB, statements ...string) {
	c.Helper()
	for _, s := range statements {
		_, err := db.ExecContext(context.Background(), s)
		c.OK(err)
	}
}

func TestAPullFromPostgreSQL(t *testing.T) {
	c := newTown(t, sqldbtest.Open(t, sqldb.SQLite))
	src, db := postgresSource(t, c)
	c.takes(src)
	c.queries(src, map[string]string{
		"SELECT village, period, numerator FROM rivers":                                                  "outcome.invalid query:outcome.pull.columns",
		"SELECT *, 1 AS extra FROM rivers":                                                               "outcome.invalid query:outcome.pull.columns",
		"SELECT village, period, numerator, denominator FROM nowhere":                                    "outcome.invalid query:outcome.pull.query_failed",
		"SELECT * FROM rivers WHERE numerator < 0":                                                       "outcome.invalid query:outcome.no_rows",
		"SELECT 'x' village, '2026Q3' period, 1 numerator, 2 denominator FROM generate_series(1, 20001)": "outcome.invalid query:outcome.feed.many_rows",
		"DELETE FROM rivers":                                                                     "outcome.invalid query:outcome.pull.not_select",
		"SELECT 1; DELETE FROM rivers":                                                           "outcome.invalid query:outcome.pull.not_select",
		"WITH x AS (DELETE FROM rivers RETURNING *) SELECT * FROM x":                             "outcome.invalid query:outcome.pull.not_select",
		"SELECT * FROM rivers -- ; DELETE FROM rivers\n":                                         "",
		"select VILLAGE, PERIOD, NUMERATOR, DENOMINATOR from rivers where village <> 'update;';": "",
	})
	// What the words don't show, the transaction refuses.
	exec(c, db, `CREATE FUNCTION spoil() RETURNS text AS 'BEGIN DELETE FROM rivers; RETURN ''x''; END' LANGUAGE plpgsql`)
	src.Query = "SELECT spoil() AS village, '2026Q3' AS period, 1 AS numerator, 2 AS denominator"
	_, err := c.pulls.Try(t.Context(), c.Water, c.x, src)
	if e := errs.As(err); codes(err) != "outcome.invalid query:outcome.pull.query_failed" || !strings.Contains(fmt.Sprint(e.Fields[0].Args), "read-only") {
		t.Errorf("a function that writes: %v", e.Fields)
	}
	var n int
	if err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM rivers`).Scan(&n); err != nil || n != 2 {
		t.Errorf("%d rows are left, %v", n, err)
	}
	src.Secret = "wrong"
	src.User = "nobody"
	if _, err := c.pulls.Try(t.Context(), c.Water, c.x, src); codes(err) != "outcome.invalid secret:outcome.pull.bad_login" {
		t.Errorf("nobody: %s", codes(err))
	}
}

// takes tries a source, adds it and lets it run.
func (c *town) takes(src pull.Source) {
	c.Helper()
	tried, err := c.pulls.Try(c.Context(), c.Water, c.x, src)
	if err != nil || tried.New != 2 {
		c.Fatalf("%+v, %v %s", tried, err, codes(err))
	}
	_, err = c.pulls.Add(c.Context(), c.Water, "", c.x, tried.Source)
	c.OK(err)
	c.OK(c.pulls.Poll(c.Context()))
	if b := c.batches(); len(b) != 1 || b[0].Way != outcome.SQL || b[0].New != 2 || b[0].Name != src.Address {
		c.Errorf("%+v", b)
	}
	if p := c.only(); !p.Failing.IsZero() || p.Kind != src.Kind || p.Query != src.Query {
		c.Errorf("%+v", p)
	}
}

func (c *town) queries(src pull.Source, want map[string]string) {
	c.Helper()
	for query, code := range want {
		src.Query = query
		_, err := c.pulls.Try(c.Context(), c.Water, c.x, src)
		if got := codes(err); err == nil && code != "" || err != nil && got != code {
			c.Errorf("%s: %s %v", query, got, errs.As(err).Fields)
		}
	}
}

func TestAPullFromSQLite(t *testing.T) {
	c := newTown(t, sqldbtest.Open(t, sqldb.SQLite))
	dir := filepath.Join(c.Dir, "pull")
	outside := filepath.Join(c.Dir, "secret.db")
	for _, path := range []string{filepath.Join(dir, "rivers.db"), outside} {
		db, err := sql.Open("sqlite", path)
		c.OK(err)
		exec(c, db, `CREATE TABLE rivers (village TEXT, period TEXT, numerator INTEGER, denominator REAL)`,
			`INSERT INTO rivers VALUES ('第1村', '2026年三季度', 3, 20), ('430182001002', '2026Q3', 0, 8.0)`)
		c.OK(db.Close())
	}
	c.OK(os.Symlink(outside, filepath.Join(dir, "link.db")))
	c.OK(os.Symlink(c.Dir, filepath.Join(dir, "up")))
	c.OK(os.Symlink("rivers.db", filepath.Join(dir, "within.db")))
	src := pull.Source{Kind: pull.SQLite, Address: "rivers.db", Query: "SELECT denominator, numerator, period, village FROM rivers", Hours: 24}
	c.takes(src)
	for name, want := range map[string]string{
		"within.db": "", "link.db": "outcome.pull.bad_file", "up/secret.db": "outcome.pull.bad_file", "../secret.db": "outcome.pull.bad_file", outside: "outcome.pull.bad_file",
		"missing.db": "outcome.pull.no_file", ".": "outcome.pull.no_file", "rivers.db?mode=rw": "outcome.pull.bad_file",
	} {
		src.Address = name
		_, err := c.pulls.Try(t.Context(), c.Water, c.x, src)
		if want == "" && err != nil || want != "" && codes(err) != "outcome.invalid address:"+want {
			t.Errorf("%s: %s", name, codes(err))
		}
	}
	src.Address = "rivers.db"
	c.queries(src, map[string]string{
		"ATTACH DATABASE '" + outside + "' AS x": "outcome.invalid query:outcome.pull.not_select",
		"PRAGMA writable_schema = 1":             "outcome.invalid query:outcome.pull.not_select",
		"UPDATE rivers SET numerator = 9":        "outcome.invalid query:outcome.pull.not_select",
		"SELECT 1":                               "outcome.invalid query:outcome.pull.columns",
		// Quotes that only look like one another: a second statement that opens another file.
		"SELECT 1 AS `'`; COMMIT; ATTACH DATABASE '" + outside + "' AS x; SELECT village, period, numerator, denominator FROM x.rivers AS `'`": "outcome.invalid query:outcome.pull.not_select",
		"SELECT 1 AS [']; COMMIT; ATTACH DATABASE '" + outside + "' AS x; SELECT village, period, numerator, denominator FROM x.rivers AS [']": "outcome.invalid query:outcome.pull.not_select",
		"SELECT x'00' village, '2026Q3' period, 1 numerator, 2 denominator":                                                                    "",
	})
}
