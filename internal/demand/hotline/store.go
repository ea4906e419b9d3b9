package hotline

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"bilin/internal/demand"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// kept is an order as it is stored.
type kept struct {
	Standing
	demandID, digest   string
	ownerID, ownerDept string
}

// insert stores an order that became a demand; errKnown if it had been before.
func insert(ctx context.Context, tx *sqldb.Tx, o Order, demandID string, now time.Time) error {
	res, err := tx.ExecContext(ctx, `INSERT INTO demand_hotline (order_no, demand_id, digest, received_at, taken_at)
		VALUES ($1, $2, $3, $4, $5) ON CONFLICT (order_no) DO NOTHING`,
		o.No, demandID, o.digest(), sqldb.Millis(o.Received), sqldb.Millis(now))
	if err != nil {
		return fmt.Errorf("hotline: insert: %w", err)
	}
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		return errKnown
	}
	return err
}

// byNo loads an order with where its demand stands.
func byNo(ctx context.Context, q sqldb.Querier, no string) (kept, error) {
	var k kept
	var received, taken, since, due int64
	err := q.QueryRowContext(ctx, `SELECT h.order_no, h.demand_id, h.digest, h.received_at, h.taken_at,
			d.number, d.kind, d.state, d.version, d.owner_id, d.owner_dept, d.owner_since, d.due_at
		FROM demand_hotline h JOIN demand d ON d.id = h.demand_id WHERE h.order_no = $1`, no).Scan(
		&k.Order, &k.demandID, &k.digest, &received, &taken,
		&k.Number, &k.Kind, &k.State, &k.Version, &k.ownerID, &k.ownerDept, &since, &due)
	if errors.Is(err, sql.ErrNoRows) {
		return k, errs.E(errs.NotFound, "hotline.no_order")
	}
	if err != nil {
		return k, fmt.Errorf("hotline: load: %w", err)
	}
	k.Received, k.Taken, k.Since = sqldb.Time(received), sqldb.Time(taken), sqldb.Time(since)
	if due != 0 {
		k.Due = sqldb.Time(due)
	}
	return k, nil
}

// answerColumns go with answerTables.
const (
	answerColumns = `a.noted_at, a.demand_id, a.seq, h.order_no, d.number, e.at, e.step, e.side, e.unit_name, e.to_unit_name, e.text, e.state`
	answerTables  = ` FROM demand_hotline_answer a JOIN demand_hotline h ON h.demand_id = a.demand_id
		JOIN demand d ON d.id = a.demand_id JOIN demand_event e ON e.demand_id = a.demand_id AND e.seq = a.seq `
)

// answersOf returns what went back of one demand, oldest first.
func answersOf(ctx context.Context, q sqldb.Querier, demandID string) ([]Answer, error) {
	list, _, err := answers(ctx, q, `SELECT `+answerColumns+answerTables+`WHERE a.demand_id = $1 ORDER BY a.seq`, demandID)
	return list, err
}

// answersAfter returns what came after a place in the feed, in its order, and the place of each.
func answersAfter(ctx context.Context, q sqldb.Querier, c cursor, limit int) ([]Answer, []cursor, error) {
	return answers(ctx, q, `SELECT `+answerColumns+answerTables+`WHERE (a.noted_at, a.demand_id, a.seq) > ($1, $2, $3)
		ORDER BY a.noted_at, a.demand_id, a.seq LIMIT $4`, c.at, c.id, c.seq, limit)
}

func answers(ctx context.Context, q sqldb.Querier, query string, args ...any) (list []Answer, places []cursor, err error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, nil, fmt.Errorf("hotline: answers: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var a Answer
		var c cursor
		var e demand.Event
		var at int64
		if err := rows.Scan(&c.at, &c.id, &c.seq, &a.Order, &a.Number, &at, &e.Step, &e.Side, &e.UnitName, &e.To.UnitName, &e.Text, &e.State); err != nil {
			return nil, nil, fmt.Errorf("hotline: answers: %w", err)
		}
		a.ID, a.At, a.Step, a.State, a.To = fmt.Sprintf("%s-%d", a.Number, c.seq), sqldb.Time(at), e.Step, e.State, e.To.UnitName
		a.Text = wordsOf(e)
		if e.Side == demand.Network {
			a.By = e.UnitName
		}
		list, places = append(list, a), append(places, c)
	}
	return list, places, rows.Err()
}
