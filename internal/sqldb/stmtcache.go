package sqldb

import (
	"context"
	"database/sql/driver"
)

// cachedStatements bounds the prepared statements a connection keeps.
const cachedStatements = 128

// cachingConnector makes SQLite connections that keep their prepared
// statements, keyed by SQL text, which database/sql doesn't do for one-off
// queries. Parsing and planning costs more than running a typical statement.
type cachingConnector struct{ driver.Connector }

func (c *cachingConnector) Connect(ctx context.Context) (driver.Conn, error) {
	base, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &cachingConn{
		sqliteConn: base.(sqliteConn),
		stmts:      map[string]*cachedStmt{},
		open:       map[*cachedRows]struct{}{},
	}, nil
}

// sqliteConn is what a connection of the SQLite driver can do.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// sqliteStmt is what a statement of the SQLite driver can do.
type sqliteStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// cachedStmt is a prepared statement. While busy, its rows are being read, and
// the same text run again needs a statement of its own.
type cachedStmt struct {
	sqliteStmt
	busy bool
}

// cachingConn is used by one goroutine at a time, as database/sql sees to.
type cachingConn struct {
	sqliteConn
	stmts map[string]*cachedStmt
	open  map[*cachedRows]struct{}
}

// Unwrap returns the driver's own connection.
func (c *cachingConn) Unwrap() driver.Conn { return c.sqliteConn }

func (c *cachingConn) Close() error {
	for _, s := range c.stmts {
		_ = s.Close() // the connection's own Close reports what matters
	}
	clear(c.stmts)
	return c.sqliteConn.Close()
}

func (c *cachingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, kept, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if !kept {
		defer s.Close()
	}
	return s.ExecContext(ctx, args)
}

func (c *cachingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, kept, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		if !kept {
			_ = s.Close()
		}
		return nil, err
	}
	s.busy = true
	r := &cachedRows{Rows: rows, conn: c, stmt: s, kept: kept}
	c.open[r] = struct{}{}
	return r, nil
}

// closeRows closes the rows still open and says whether there were any.
func (c *cachingConn) closeRows() (left bool) {
	for r := range c.open {
		left = true
		_ = r.Close()
	}
	return left
}

// statement returns a prepared statement that isn't busy, and whether the
// cache keeps it.
func (c *cachingConn) statement(ctx context.Context, query string) (s *cachedStmt, kept bool, err error) {
	s = c.stmts[query]
	if s != nil && !s.busy {
		return s, true, nil
	}
	prepared, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, false, err
	}
	fresh := &cachedStmt{sqliteStmt: prepared.(sqliteStmt)}
	if s != nil || !c.room() {
		return fresh, false, nil
	}
	c.stmts[query] = fresh
	return fresh, true, nil
}

// room makes room for one more statement, at the cost of any idle one.
func (c *cachingConn) room() bool {
	if len(c.stmts) < cachedStatements {
		return true
	}
	for query, s := range c.stmts {
		if !s.busy {
			delete(c.stmts, query)
			return s.Close() == nil
		}
	}
	return false
}

// cachedRows gives its statement back when it is closed.
type cachedRows struct {
	driver.Rows
	conn   *cachingConn
	stmt   *cachedStmt
	kept   bool
	closed bool
}

// Next is the end of rows that were closed under their reader.
func (r *cachedRows) Next(dest []driver.Value) error {
	if r.closed {
		return errRowsOpen
	}
	return r.Rows.Next(dest)
}

func (r *cachedRows) Close() error {
	if r.closed {
		return nil
	}
	r.closed = true
	delete(r.conn.open, r)
	err := r.Rows.Close()
	r.stmt.busy = false
	if !r.kept {
		if e := r.stmt.Close(); err == nil {
			err = e
		}
	}
	return err
}
