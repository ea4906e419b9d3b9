package mobilise

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// Thirty thousand people may answer within a minute. Their answers are
// gathered for a moment and written together: each is acknowledged after the
// commit that holds it.
const (
	maxBatch    = 400
	gatherTime  = 4 * time.Millisecond
	mostWaiting = 20_000 // more are told to come again
)

// change is one change of one receipt.
type change struct {
	orderID string
	n       int
	fn      func(o *Order, r *Receipt, now time.Time) error
	done    chan error
	err     error
}

// batcher writes changes together.
type batcher struct {
	s    *Service
	mu   sync.Mutex
	wait []*change
	busy bool
	idle sync.WaitGroup
}

func newBatcher(s *Service) *batcher { return &batcher{s: s} }

// do has a change written and returns when it is durable.
func (b *batcher) do(ctx context.Context, orderID string, n int, fn func(o *Order, r *Receipt, now time.Time) error) error {
	c := &change{orderID: orderID, n: n, fn: fn, done: make(chan error, 1)}
	if err := b.put(c); err != nil {
		return err
	}
	select {
	case err := <-c.done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx) // it may still be written; answering twice is harmless
	}
}

func (b *batcher) put(c *change) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.wait) >= mostWaiting {
		return errs.E(errs.Unavailable, "order.busy")
	}
	b.wait = append(b.wait, c)
	if !b.busy {
		b.busy = true
		b.idle.Add(1)
		go b.run()
	}
	return nil
}

// run writes what waits until nothing does. The first of a rush doesn't wait for others.
func (b *batcher) run() {
	defer b.idle.Done()
	for first := true; ; first = false {
		if !first {
			time.Sleep(gatherTime)
		}
		list := b.take()
		if len(list) == 0 {
			return
		}
		b.write(list)
	}
}

func (b *batcher) take() []*change {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := min(len(b.wait), maxBatch)
	list := b.wait[:n:n]
	b.wait = b.wait[n:]
	if n == 0 {
		b.busy, b.wait = false, nil
	}
	return list
}

// write writes some changes in one transaction; if that fails as a whole, each
// alone, so that one can't take the others with it.
func (b *batcher) write(list []*change) {
	ctx := context.Background()
	err := b.s.o.DB.Claim(ctx, func(tx *sqldb.Tx) error { return b.s.changeMany(ctx, tx, list) })
	if err != nil && len(list) > 1 {
		for _, c := range list {
			b.write([]*change{c})
		}
		return
	}
	for _, c := range list {
		c.done <- errors.Join(err, c.err)
	}
}

// Stop waits for the answers that are being written.
func (s *Service) Stop() { s.answers.idle.Wait() }

// changeMany applies changes to their receipts, by order.
func (s *Service) changeMany(ctx context.Context, tx *sqldb.Tx, list []*change) error {
	byOrder := map[string][]*change{}
	for _, c := range list {
		c.err = nil
		byOrder[c.orderID] = append(byOrder[c.orderID], c)
	}
	for _, id := range slices.Sorted(maps.Keys(byOrder)) { // in one order, so that nobody waits in a circle
		if err := s.changeOrder(ctx, tx, id, byOrder[id]); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) changeOrder(ctx context.Context, tx *sqldb.Tx, orderID string, list []*change) error {
	o, err := lockOrder(ctx, tx, orderID)
	if err != nil {
		return err
	}
	receipts, err := receiptsOf(ctx, tx, orderID, list)
	if err != nil {
		return err
	}
	now := s.o.Now()
	changed := map[int]Receipt{}
	for _, c := range list {
		r, ok := receipts[c.n]
		if !ok {
			c.err = errs.E(errs.NotFound, "order.no_link")
			continue
		}
		before := r
		if c.err = c.fn(o, &r, now); c.err != nil || r == before {
			continue
		}
		receipts[c.n], changed[c.n] = r, r
	}
	return s.saveChanged(ctx, tx, o, changed)
}

func receiptsOf(ctx context.Context, tx *sqldb.Tx, orderID string, list []*change) (map[int]Receipt, error) {
	args := []any{orderID}
	var marks []string
	seen := map[int]bool{}
	for _, c := range list {
		if !seen[c.n] {
			seen[c.n] = true
			args = append(args, c.n)
			marks = append(marks, "$"+strconv.Itoa(len(args)))
		}
	}
	found, err := ReadReceipts(ctx, tx, `order_id = $1 AND n IN (`+strings.Join(marks, ",")+`)`, args...)
	out := make(map[int]Receipt, len(found))
	for _, r := range found {
		out[r.N] = r
	}
	return out, err
}

// saveChanged writes the receipts, one row of the record for all of them (each
// receipt itself says who answered what and when), and tells the open pages.
func (s *Service) saveChanged(ctx context.Context, tx *sqldb.Tx, o *Order, changed map[int]Receipt) error {
	if len(changed) == 0 {
		return nil
	}
	rows, ns := make([]Receipt, 0, len(changed)), make([]int, 0, len(changed))
	for n, r := range changed {
		rows, ns = append(rows, r), append(ns, n)
	}
	if err := SaveReceipts(ctx, tx, rows); err != nil {
		return err
	}
	if slices.ContainsFunc(rows, func(r Receipt) bool { return r.Due <= sqldb.Millis(s.o.Now()) }) {
		if err := s.resume(ctx, tx, o); err != nil { // a message will not arrive, maybe of an order that is over
			return err
		}
	}
	actor := auth.System("order.answers")
	err := s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: "order.answers", ObjectKind: "order", ObjectID: o.ID, UnitID: o.UnitID,
		Detail: map[string]any{"number": o.Number, "receipts": ns}})
	if err != nil || s.o.Live == nil {
		return err
	}
	return s.o.Live.Publish(ctx, tx, Topic(o.ID), "")
}
