package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// Bounds of one shared commit: nobody waits longer than this for the commands
// that came after theirs.
const (
	maxGroup     = 256
	maxGroupTime = 20 * time.Millisecond
)

var (
	errClosed  = errors.New("sqldb: database is closed")
	errGoexit  = errors.New("sqldb: command ended its goroutine")
	background = context.Background()
)

// writer commits commands in groups on the one write connection.
//
// Who calls write queues a command. A leader, a goroutine that lives while
// there are commands, gives each its turn: the command's function runs in its
// caller's goroutine, inside a savepoint of the group's transaction. When
// nobody waits, or the group is full, one COMMIT makes all of them durable, and
// each caller gets its answer. If the transaction as a whole fails, its commands
// are run again, each alone.
type writer struct {
	pool *sql.DB
	conn *sql.Conn // the one connection, used by the leader and the command whose turn it is
	log  *slog.Logger

	signals *signals

	mu      sync.Mutex
	queue   []*command
	leading bool
	closed  bool
	idle    sync.WaitGroup // the leader, if there is one
}

func newWriter(ctx context.Context, pool *sql.DB) (*writer, error) {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &writer{pool: pool, conn: conn}, nil
}

// command is one call of write.
type command struct {
	fn        func(*Tx) error
	tx        *Tx        // of its latest run
	wake      chan step  // from the leader
	ran       chan error // to the leader: how fn ended
	left      bool       // its goroutine has ended: nobody is there to run or to tell
	taken     bool       // guarded by writer.mu: has had its first turn
	withdrawn bool       // guarded by writer.mu
}

// step is what the leader tells a waiting command: run in tx, or, with no tx,
// that all is done.
type step struct {
	tx  *Tx
	err error
}

func (w *writer) write(ctx context.Context, fn func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	c := &command{fn: fn, wake: make(chan step, 1), ran: make(chan error, 1)}
	if err := w.enqueue(c); err != nil {
		return err
	}
	gone := ctx.Done()
	for {
		select {
		case s := <-c.wake:
			if s.tx == nil {
				return s.err
			}
			c.run(s.tx)
		case <-gone:
			if w.withdraw(c) {
				return context.Cause(ctx)
			}
			gone = nil
		}
	}
}

// run runs the command in its caller's goroutine and tells the leader how it
// ended, even if it ends the goroutine.
func (c *command) run(tx *Tx) {
	err := errGoexit
	defer func() { c.ran <- err }()
	err = tx.run(c.fn)
}

func (w *writer) enqueue(c *command) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return errClosed
	}
	w.queue = append(w.queue, c)
	if !w.leading {
		w.leading = true
		w.idle.Add(1)
		go w.lead()
	}
	return nil
}

func (w *writer) withdraw(c *command) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	c.withdrawn = !c.taken
	return c.withdrawn
}

// next takes the first waiting command, or nil.
func (w *writer) next() *command {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.queue) > 0 {
		c := w.queue[0]
		w.queue[0] = nil
		w.queue = w.queue[1:]
		if !c.withdrawn {
			c.taken = true
			return c
		}
	}
	w.queue = nil
	return nil
}

// lead commits groups until nobody waits.
func (w *writer) lead() {
	defer w.idle.Done()
	for {
		w.mu.Lock()
		if len(w.queue) == 0 {
			w.leading = false
			w.mu.Unlock()
			return
		}
		w.mu.Unlock()
		w.group()
	}
}

func (w *writer) close() error {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.idle.Wait()
	// Not conn.Close, which would wait for rows that a faulty command left open.
	err := w.conn.Raw(func(c any) error { return c.(*cachingConn).Close() })
	return errors.Join(err, w.pool.Close())
}

// group runs the waiting commands in one transaction and acknowledges them.
func (w *writer) group() {
	t := &transaction{conn: w.conn, signals: w.signals}
	end := time.Now().Add(maxGroupTime)
	for n := 0; n < maxGroup; n++ {
		c := w.next()
		if c == nil {
			break
		}
		if err := t.add(c); err != nil {
			t.abandon()
			w.alone(append(t.done, c))
			return
		}
		if time.Now().After(end) {
			break
		}
	}
	if err := t.commit(); err != nil {
		w.alone(t.done)
		return
	}
	w.acknowledge(t.done)
}

// alone gives each command of a group that failed a transaction of its own.
func (w *writer) alone(commands []*command) {
	for _, c := range commands {
		if c.left {
			continue
		}
		t := &transaction{conn: w.conn, signals: w.signals}
		err := t.add(c)
		if err == nil {
			err = t.commit()
		}
		if err != nil {
			t.abandon()
			c.wake <- step{err: err}
			continue
		}
		w.acknowledge(t.done)
	}
}

// acknowledge runs the hooks in the order of the commands, then lets go of the callers.
func (w *writer) acknowledge(commands []*command) {
	for _, c := range commands {
		c.tx.committed(w.hookPanicked)
	}
	for _, c := range commands {
		c.wake <- step{}
	}
}

func (w *writer) hookPanicked(p any) {
	w.log.Error("sqldb: a hook after a commit panicked", "panic", p)
}
