package pull

import (
	"cmp"
	"context"
	"crypto/tls"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"bilin/internal/errs"
	"bilin/internal/outcome"
	"bilin/internal/outcome/feed"
)

// fetchSQL runs the query in a transaction that can only read, and reads as many
// rows as one delivery may have.
func (s *Service) fetchSQL(ctx context.Context, src Source) (fetched, error) {
	connector, err := s.connector(src)
	if err != nil {
		return fetched{}, err
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	db.SetMaxOpenConns(1)
	conn, err := db.Conn(ctx)
	if err != nil {
		return fetched{}, noAnswer(err)
	}
	defer conn.Close()
	if err := confine(conn, src.Kind); err != nil {
		return fetched{}, err
	}
	tx, err := conn.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fetched{}, noAnswer(err)
	}
	defer func() { _ = tx.Rollback() }() // nothing was written
	rows, err := tx.QueryContext(ctx, src.Query)
	if err != nil {
		return fetched{}, badQuery(err)
	}
	defer rows.Close()
	list, err := readRows(rows)
	if err != nil {
		return fetched{}, err
	}
	text, err := json.Marshal(list)
	return fetched{file: feed.File{Name: src.shown(), SHA256: feed.Digest(text), Way: outcome.SQL, Rows: list}}, err
}

// largest bounds a cell that a SQLite file brings, in bytes.
const largest = 1 << 20

// confine keeps a query of a SQLite file from opening other files of this
// machine, and from making cells that fill its memory.
func confine(conn *sql.Conn, kind Kind) error {
	if kind != SQLite {
		return nil
	}
	for id, most := range map[int]int{sqlite3.SQLITE_LIMIT_ATTACHED: 0, sqlite3.SQLITE_LIMIT_LENGTH: largest} {
		if _, err := sqlite.Limit(conn, id, most); err != nil {
			return err
		}
	}
	return nil
}

// noAnswer is what to say of a database that can't be reached.
func noAnswer(err error) error {
	if e, ok := errors.AsType[*errs.Error](err); ok {
		return e
	}
	code := "outcome.pull.no_database"
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		code = map[string]string{"28P01": "outcome.pull.bad_login", "28000": "outcome.pull.bad_login", "3D000": "outcome.pull.no_such_database"}[e.Code]
	} else if e, ok := errors.AsType[*mysql.MySQLError](err); ok {
		code = map[uint16]string{1045: "outcome.pull.bad_login", 1044: "outcome.pull.no_such_database", 1049: "outcome.pull.no_such_database"}[e.Number]
	}
	return errs.Wrap(err, errs.Unavailable, cmp.Or(code, "outcome.pull.no_database"))
}

// badQuery is what to say of a query that fails: the database's own words tell
// most, and hold nothing of the password.
func badQuery(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return errs.Wrap(err, errs.Unavailable, "outcome.pull.too_slow", "seconds", int(askTime.Seconds()))
	}
	why := []rune(strings.ToValidUTF8(err.Error(), ""))
	return errs.Wrap(err, errs.Unavailable, "outcome.pull.query_failed", "why", string(why[:min(len(why), 200)]))
}

// columns are what a query returns, in any order, and nothing else.
var columns = []string{feed.ColVillage, feed.ColPeriod, feed.ColNum, feed.ColDen}

func readRows(rows *sql.Rows) ([]feed.Row, error) {
	names, err := rows.Columns()
	if err != nil {
		return nil, badQuery(err)
	}
	at := make([]int, len(columns))
	for i, want := range columns {
		at[i] = slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, want) })
	}
	if len(names) != len(columns) || slices.Contains(at, -1) {
		return nil, errs.E(errs.Invalid, "outcome.pull.columns")
	}
	var out []feed.Row
	cells, into := make([]any, len(names)), make([]any, len(names))
	for i := range cells {
		into[i] = &cells[i]
	}
	for rows.Next() {
		if len(out) == feed.MaxRows {
			return nil, errs.E(errs.TooLarge, "outcome.feed.many_rows", "max", feed.MaxRows)
		}
		if err := rows.Scan(into...); err != nil {
			return nil, badQuery(err)
		}
		var text [4]string
		for i := range text {
			text[i] = cell(cells[at[i]])
		}
		out = append(out, feed.Row{Number: len(out) + 1, Village: text[0], Period: text[1], Num: text[2], Den: text[3]})
	}
	if err := rows.Err(); err != nil {
		return nil, badQuery(err)
	}
	if len(out) == 0 {
		return nil, errs.E(errs.Invalid, "outcome.no_rows")
	}
	return out, nil
}

// cell writes a value as people would; what is neither a text nor a number is "?".
func cell(v any) string {
	text := "?"
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		text = v
	case []byte:
		text = string(v)
	case int64:
		text = strconv.FormatInt(v, 10)
	case float64:
		text = strconv.FormatFloat(v, 'f', -1, 64)
	}
	if len(text) > cellSize {
		text = text[:cellSize]
	}
	return strings.ToValidUTF8(text, "")
}

// connector knows how to reach a source's database, through the guard and for
// reading only.
func (s *Service) connector(src Source) (driver.Connector, error) {
	if src.Kind == SQLite {
		return s.sqlite(src)
	}
	p, err := src.place()
	if err != nil {
		return nil, err
	}
	allowed := s.guard.Allows(p.hostPort())
	if !allowed {
		// As the guard judges web addresses: public ones, over TLS.
		if err := s.guard.Check(&url.URL{Scheme: "https", Host: p.hostPort()}); err != nil {
			return nil, ofPulls(err)
		}
	}
	dial := s.guard.Dial(p.port)
	if src.Kind == Postgres {
		return postgres(src, p, allowed, dial)
	}
	return mySQL(src, p, allowed, dial)
}

type dialer func(ctx context.Context, network, addr string) (net.Conn, error)

// postgres connects over TLS with the server's certificate checked; to an allowed
// address over what there is.
func postgres(src Source, p place, allowed bool, dial dialer) (driver.Connector, error) {
	mode := "verify-full"
	if allowed {
		mode = "prefer"
	}
	u := url.URL{Scheme: "postgres", User: url.UserPassword(src.User, src.Secret), Host: p.hostPort(), Path: "/" + p.database,
		RawQuery: url.Values{"sslmode": {mode}, "application_name": {"bilin"}, "default_transaction_read_only": {"on"},
			"statement_timeout": {strconv.Itoa(int(askTime.Milliseconds()))}, "passfile": {"/nonexistent"}, "servicefile": {"/nonexistent"}}.Encode()}
	cfg, err := pgx.ParseConfig(u.String())
	if err != nil {
		return nil, errs.E(errs.Invalid, "outcome.pull.bad_database", "kind", string(Postgres)) // without the cause, which may hold the password
	}
	cfg.DialFunc = dialFunc(dial)
	cfg.LookupFunc = func(_ context.Context, host string) ([]string, error) { return []string{host}, nil } // the guard's dialer asks, and judges the answer
	return stdlib.GetConnector(*cfg), nil
}

func dialFunc(dial dialer) func(context.Context, string, string) (net.Conn, error) { return dial }

// mySQL does the same. No file of this machine is ever sent, and no password in
// the open.
func mySQL(src Source, p place, allowed bool, dial dialer) (driver.Connector, error) {
	cfg := mysql.NewConfig()
	cfg.User, cfg.Passwd, cfg.Net, cfg.Addr, cfg.DBName = src.User, src.Secret, "tcp", p.hostPort(), p.database
	cfg.Timeout, cfg.ReadTimeout, cfg.WriteTimeout = askTime/3, askTime, askTime/3
	cfg.DialFunc = dialFunc(dial)
	cfg.TLS = &tls.Config{ServerName: p.host, MinVersion: tls.VersionTLS12}
	cfg.AllowFallbackToPlaintext = allowed
	if allowed {
		cfg.TLS.InsecureSkipVerify = true //nolint:gosec // an address that the administrator named, as PostgreSQL's "prefer"
	}
	return mysql.NewConnector(cfg)
}

// sqlite opens a file below DATA/pull, and none that a link there leads to elsewhere.
func (s *Service) sqlite(src Source) (driver.Connector, error) {
	missing := func(err error) error { return errs.Wrap(err, errs.Unavailable, "outcome.pull.no_file", "dir", s.o.Dir) }
	if !filepath.IsLocal(src.Address) {
		return nil, errs.E(errs.Invalid, "outcome.pull.bad_file")
	}
	root, err := filepath.EvalSymlinks(s.o.Dir)
	if err != nil {
		return nil, missing(err)
	}
	path, err := filepath.EvalSymlinks(filepath.Join(root, src.Address))
	if err != nil {
		return nil, missing(err)
	}
	if within, err := filepath.Rel(root, path); err != nil || !filepath.IsLocal(within) {
		return nil, errs.E(errs.Invalid, "outcome.pull.bad_file")
	}
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return nil, missing(errors.Join(err, fs.ErrInvalid))
	}
	query := url.Values{"mode": {"ro"}, "_pragma": {"query_only(1)", "trusted_schema(0)", "busy_timeout(5000)"}}
	return sqlite.NewConnector((&url.URL{Scheme: "file", Path: path, RawQuery: query.Encode()}).String())
}
