package situation

import (
	"context"
	"database/sql"
	"time"

	"bilin/internal/errs"
	"bilin/internal/mobilise"
	"bilin/internal/sqldb"
)

// readObjectives returns those of an order that weren't struck, in the order in
// which they were added, with all their points.
func readObjectives(ctx context.Context, q sqldb.Querier, orderID string) ([]Objective, error) {
	list, err := sqldb.Collect(ctx, q, func(r *sql.Rows, o *Objective) error {
		var deadline, added int64
		err := r.Scan(&o.ID, &o.OrderID, &o.Name, &o.Unit, &o.Start, &o.Target, &deadline, &added, &o.AddedBy)
		o.AddedAt = sqldb.Time(added)
		if deadline != 0 {
			o.Deadline = sqldb.Time(deadline)
		}
		return err
	}, `SELECT id, order_id, name, unit, start_value, target, deadline_at, added_at, adder FROM call_objective
		WHERE order_id = $1 AND struck_at = 0 ORDER BY added_at, id`, orderID)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	points, err := readPoints(ctx, q, orderID)
	for i := range list {
		list[i].Points = points[list[i].ID]
	}
	return list, err
}

func readPoints(ctx context.Context, q sqldb.Querier, orderID string) (map[string][]Point, error) {
	type row struct {
		of string
		Point
	}
	rows, err := sqldb.Collect(ctx, q, func(r *sql.Rows, p *row) error {
		var at int64
		err := r.Scan(&p.of, &at, &p.Value, &p.By)
		p.At = sqldb.Time(at)
		return err
	}, `SELECT p.objective_id, p.at, p.value, p.name FROM call_objective_point p JOIN call_objective o ON o.id = p.objective_id
		WHERE o.order_id = $1 AND o.struck_at = 0 ORDER BY p.objective_id, p.n`, orderID)
	out := map[string][]Point{}
	for _, p := range rows {
		out[p.of] = append(out[p.of], p.Point)
	}
	return out, err
}

// objectiveIn returns one of an order's objectives.
func objectiveIn(ctx context.Context, q sqldb.Querier, orderID, id string) (*Objective, error) {
	list, err := readObjectives(ctx, q, orderID)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].ID == id {
			return &list[i], nil
		}
	}
	return nil, errs.E(errs.NotFound, "situation.no_objective")
}

func insertObjective(ctx context.Context, tx *sqldb.Tx, o *Objective, byID string) error {
	deadline := int64(0)
	if !o.Deadline.IsZero() {
		deadline = sqldb.Millis(o.Deadline)
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO call_objective (id, order_id, name, unit, start_value, target, deadline_at, added_at, added_by, adder, struck_at, struck_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, '')`,
		o.ID, o.OrderID, o.Name, o.Unit, o.Start, o.Target, deadline, sqldb.Millis(o.AddedAt), byID, o.AddedBy)
	return err
}

func insertPoint(ctx context.Context, tx *sqldb.Tx, o *Objective, p Point, byID string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO call_objective_point (objective_id, n, at, value, by_id, name) VALUES ($1, $2, $3, $4, $5, $6)`,
		o.ID, o.Version(), sqldb.Millis(p.At), p.Value, byID, p.By)
	return err
}

func strike(ctx context.Context, tx *sqldb.Tx, id, byID string, at time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE call_objective SET struck_at = $1, struck_by = $2 WHERE id = $3`, sqldb.Millis(at), byID, id)
	return err
}

func readMarks(ctx context.Context, q sqldb.Querier, orderID string) ([]Mark, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, m *Mark) error {
		var at int64
		err := r.Scan(&m.What, &m.Pct, &at)
		m.At = sqldb.Time(at)
		return err
	}, `SELECT what, pct, at FROM call_mark WHERE order_id = $1 ORDER BY what, pct`, orderID)
}

// readTimes returns when each of an order's people was first known to have got
// it, and when they answered; 0 for never.
func readTimes(ctx context.Context, q sqldb.Querier, orderID string) (reached, answered []int64, err error) {
	list, err := mobilise.ReadReceipts(ctx, q, `order_id = $1`, orderID)
	for i := range list {
		reached, answered = append(reached, list[i].ReachedAt()), append(answered, list[i].AnsweredAt)
	}
	return reached, answered, err
}

// insertMark keeps a mark unless another replica already has.
func insertMark(ctx context.Context, tx *sqldb.Tx, orderID string, m Mark) (bool, error) {
	res, err := tx.ExecContext(ctx, `INSERT INTO call_mark (order_id, what, pct, at) VALUES ($1, $2, $3, $4) ON CONFLICT (order_id, what, pct) DO NOTHING`,
		orderID, m.What, m.Pct, sqldb.Millis(m.At))
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// stateIn is an order's state within a command.
func stateIn(ctx context.Context, tx *sqldb.Tx, orderID string) (s mobilise.State, err error) {
	err = tx.QueryRowContext(ctx, `SELECT state FROM call_order WHERE id = $1`, orderID).Scan(&s)
	return s, err
}

// erased is the condition of objectives whose order's words were erased.
const erased = `name <> '' AND order_id IN (SELECT id FROM call_order WHERE erased_at > 0)`

func anyToErase(ctx context.Context, q sqldb.Querier) (n int, err error) {
	err = q.QueryRowContext(ctx, `SELECT COUNT(*) FROM call_objective WHERE `+erased).Scan(&n)
	return n, err
}

// eraseWords takes their names away.
func eraseWords(ctx context.Context, tx *sqldb.Tx) error {
	_, err := tx.ExecContext(ctx, `UPDATE call_objective SET name = '', unit = '' WHERE `+erased)
	return err
}
