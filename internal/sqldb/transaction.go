package sqldb

import (
	"database/sql"
	"errors"
)

// errRowsOpen is a mistake of the command's author: an open cursor would hold
// back the commands that share the transaction.
var errRowsOpen = errors.New("sqldb: command left rows open")

// transaction is a group's transaction on SQLite.
type transaction struct {
	conn    *sql.Conn
	signals *signals
	open    bool
	done    []*command // succeeded, waiting for the commit
}

// add gives c its turn. If c's function fails, c alone is undone and told, and
// add returns nil. An error means that the transaction as a whole is broken.
//
// The first command needs no savepoint: if it fails, the transaction holds
// nothing else.
func (t *transaction) add(c *command) error {
	if err := t.begin(); err != nil {
		if len(t.done) > 0 {
			return err
		}
		c.wake <- step{err: err}
		return nil
	}
	if failed := t.run(c); failed != nil {
		if err := t.undo(); err != nil {
			return err
		}
		c.wake <- step{err: failed}
		return nil
	}
	if len(t.done) > 0 {
		if err := t.exec("RELEASE command"); err != nil {
			return err
		}
	}
	t.done = append(t.done, c)
	return nil
}

// run has the command run by its caller and waits for its end.
func (t *transaction) run(c *command) error {
	c.tx = &Tx{engine: SQLite, q: t.conn, signals: t.signals}
	c.wake <- step{tx: c.tx}
	failed := <-c.ran
	c.left = errors.Is(failed, errGoexit)
	left, err := t.closeRows()
	switch {
	case failed != nil:
		return failed
	case left:
		return errRowsOpen
	}
	return err
}

func (t *transaction) begin() error {
	if len(t.done) > 0 {
		return t.exec("SAVEPOINT command")
	}
	err := t.exec("BEGIN IMMEDIATE")
	t.open = err == nil
	return err
}

// undo takes back the command that has just run.
func (t *transaction) undo() error {
	if len(t.done) > 0 {
		if err := t.exec("ROLLBACK TO command"); err != nil {
			return err
		}
		return t.exec("RELEASE command")
	}
	t.abandon()
	return nil
}

func (t *transaction) commit() error {
	if !t.open {
		return nil
	}
	if err := t.exec("COMMIT"); err != nil {
		t.abandon()
		return err
	}
	t.open = false
	return nil
}

// abandon rolls back whatever there is. SQLite may have done so already, in
// which case the statement fails and nothing is lost.
func (t *transaction) abandon() {
	if t.open {
		_ = t.exec("ROLLBACK")
		t.open = false
	}
}

func (t *transaction) exec(statement string) error {
	_, err := t.conn.ExecContext(background, statement)
	return err
}

// closeRows closes what the command left open, and says whether it did.
func (t *transaction) closeRows() (left bool, err error) {
	err = t.conn.Raw(func(c any) error {
		left = c.(*cachingConn).closeRows()
		return nil
	})
	return left, err
}
