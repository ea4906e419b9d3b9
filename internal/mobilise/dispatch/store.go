package dispatch

import (
	"context"
	"database/sql"
	"time"

	"bilin/internal/mobilise"
	"bilin/internal/sqldb"
)

// States of a try, drawn in the package comment.
const (
	handingState = "handing"
	taken        = "taken"
	failed       = "failed"
	refused      = "refused"
	unsure       = "unsure"

	onItsWay = "on_its_way" // handing, and not for long

	untouched = "order.try.untouched" // why a try failed that the gateway surely didn't take
)

// try is a message to one person by one channel.
type try struct {
	n, edition int
	channel    mobilise.Channel
}

type tryKey struct {
	n       int
	channel mobilise.Channel
}

// result is what became of a try.
type result struct {
	try
	order string // its id
	state string
	why   string // message key
}

// dueRow is whose receipt is due.
type dueRow struct {
	n      int
	person string
}

func dueReceipts(ctx context.Context, q sqldb.Querier, orderID string, after int, now int64, limit int) ([]dueRow, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, d *dueRow) error { return r.Scan(&d.n, &d.person) },
		`SELECT n, person_id FROM call_receipt WHERE order_id = $1 AND n > $2 AND due <= $3 ORDER BY n LIMIT $4`, orderID, after, now, limit)
}

// nextDue is when the next of an order's receipts is due.
func nextDue(ctx context.Context, q sqldb.Querier, orderID string) (int64, error) {
	next := mobilise.Never
	err := q.QueryRowContext(ctx, `SELECT coalesce(min(due), $1) FROM call_receipt WHERE order_id = $2`, mobilise.Never, orderID).Scan(&next)
	return next, err
}

// handing lists the tries that were begun and never settled.
func handing(ctx context.Context, q sqldb.Querier, orderID string) ([]try, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, t *try) error { return r.Scan(&t.n, &t.edition, &t.channel) },
		`SELECT n, edition, channel FROM call_try WHERE order_id = $1 AND state = 'handing' ORDER BY n`, orderID)
}

// readTries returns the states of the tries with the current words. One that
// was begun within handingFor is still on its way.
func readTries(ctx context.Context, q sqldb.Querier, o *mobilise.Order, first, last int, now time.Time) (map[tryKey]string, error) {
	rows, err := q.QueryContext(ctx, `SELECT n, channel, CASE WHEN state = 'handing' AND at > $5 THEN 'on_its_way' ELSE state END
		FROM call_try WHERE order_id = $1 AND n BETWEEN $2 AND $3 AND edition = $4`, o.ID, first, last, o.Edition, sqldb.Millis(now.Add(-handingFor)))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[tryKey]string{}
	for rows.Next() {
		var k tryKey
		var state string
		if err := rows.Scan(&k.n, &k.channel, &state); err != nil {
			return nil, err
		}
		out[k] = state
	}
	return out, rows.Err()
}

// perhapsTold are the channels that may have taken an earlier edition, though
// they didn't say so.
func perhapsTold(ctx context.Context, q sqldb.Querier, o *mobilise.Order, first, last int) (map[int]mobilise.Bits, error) {
	if o.Edition == 1 {
		return nil, nil
	}
	rows, err := q.QueryContext(ctx, `SELECT n, channel FROM call_try WHERE order_id = $1 AND n BETWEEN $2 AND $3 AND edition < $4 AND state = 'failed' AND error <> $5`,
		o.ID, first, last, o.Edition, untouched)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[int]mobilise.Bits{}
	for rows.Next() {
		var k tryKey
		if err := rows.Scan(&k.n, &k.channel); err != nil {
			return nil, err
		}
		out[k.n] |= mobilise.BitsOf(k.channel)
	}
	return out, rows.Err()
}

var tryColumns = []string{"order_id", "n", "edition", "channel", "state", "attempts", "at", "settled_at", "error"}

func insertTries(ctx context.Context, tx *sqldb.Tx, o *mobilise.Order, batch []message, now time.Time) error {
	rows := make([][]any, len(batch))
	for i, m := range batch {
		rows[i] = []any{o.ID, m.n, m.edition, string(m.channel), handingState, 1, sqldb.Millis(now), 0, ""}
	}
	return sqldb.InsertMany(ctx, tx, "call_try", tryColumns, rows,
		`ON CONFLICT (order_id, n, edition, channel) DO UPDATE SET state = excluded.state, attempts = call_try.attempts + 1, at = excluded.at`)
}

func settleTries(ctx context.Context, tx *sqldb.Tx, o *mobilise.Order, results []result, now time.Time) error {
	rows := make([][]any, len(results))
	for i, r := range results {
		rows[i] = []any{o.ID, r.n, r.edition, string(r.channel), r.state, 1, sqldb.Millis(now), sqldb.Millis(now), r.why}
	}
	return sqldb.InsertMany(ctx, tx, "call_try", tryColumns, rows,
		`ON CONFLICT (order_id, n, edition, channel) DO UPDATE SET state = excluded.state, settled_at = excluded.settled_at, error = excluded.error`)
}

func (s *Service) settle(ctx context.Context, results []result) error {
	if len(results) == 0 {
		return nil
	}
	return mobilise.Alone(ctx, s.o.DB, results[0].order, func(tx *sqldb.Tx, o *mobilise.Order) error { return s.settleIn(ctx, tx, o, results) })
}

// settleIn writes down what became of tries, and what that makes of the
// receipts, which may have been answered meanwhile.
func (s *Service) settleIn(ctx context.Context, tx *sqldb.Tx, o *mobilise.Order, results []result) error {
	now := s.o.Now()
	byN, first, last := map[int][]result{}, results[0].n, results[0].n
	for _, r := range results {
		byN[r.n] = append(byN[r.n], r)
		first, last = min(first, r.n), max(last, r.n)
	}
	rows, err := mobilise.ReadReceipts(ctx, tx, `order_id = $1 AND n BETWEEN $2 AND $3`, o.ID, first, last)
	if err != nil {
		return err
	}
	changed := rows[:0]
	for _, r := range rows {
		if len(byN[r.N]) > 0 {
			apply(&r, o, byN[r.N], now)
			changed = append(changed, r)
		}
	}
	if err := mobilise.SaveReceipts(ctx, tx, changed); err != nil {
		return err
	}
	if err := settleTries(ctx, tx, o, results, now); err != nil {
		return err
	}
	return s.publish(ctx, tx, o.ID)
}

// apply brings a receipt up to what became of its tries. Words that were
// corrected while the old ones were on their way are due at once.
func apply(r *mobilise.Receipt, o *mobilise.Order, results []result, now time.Time) {
	for _, x := range results {
		switch x.state {
		case taken, unsure:
			r.Took(x.channel, o, x.edition, now)
		case refused:
			r.RefusedBy(x.channel, now)
		default:
			r.Failed(o, now)
		}
	}
	switch {
	case r.ToldBy != 0 && r.Told < o.Edition:
		r.Due = min(r.Due, sqldb.Millis(now))
	case r.Owed(o): // one of its channels has told it, another not yet
		r.Due = min(r.Due, sqldb.Millis(now.Add(probeWait)))
	}
}

func (s *Service) publish(ctx context.Context, tx *sqldb.Tx, orderID string) error {
	if s.o.Live == nil {
		return nil
	}
	return s.o.Live.Publish(ctx, tx, mobilise.Topic(orderID), "")
}
