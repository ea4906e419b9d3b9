package whistle

import (
	"context"
	"fmt"
	"time"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

func insert(ctx context.Context, tx *sqldb.Tx, w Whistle, departments []string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO demand_whistle (id, demand_id, unit_id, place, meet_at, due_at, at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, 1)`,
		w.ID, w.DemandID, w.UnitID, w.Place, sqldb.Millis(w.MeetAt), sqldb.Millis(w.DueAt), sqldb.Millis(w.At))
	if err != nil {
		return fmt.Errorf("whistle: insert: %w", err)
	}
	rows := make([][]any, len(departments))
	for i, id := range departments {
		rows[i] = []any{w.ID, id, string(Called)}
	}
	return sqldb.InsertMany(ctx, tx, "demand_whistle_call", []string{"whistle_id", "dept_id", "state"}, rows, "")
}

// answer stores a department's answer, unless what came of the call is written down.
func answer(ctx context.Context, tx *sqldb.Tx, id, dept string, state State, text string, now time.Time) error {
	who, reason := text, ""
	if state == Cannot {
		who, reason = "", text
	}
	if err := bump(ctx, tx, id, `met_at = 0`); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `UPDATE demand_whistle_call SET state = $1, who = $2, reason = $3, answered_at = $4 WHERE whistle_id = $5 AND dept_id = $6`,
		string(state), who, reason, sqldb.Millis(now), id, dept)
	if err != nil {
		return fmt.Errorf("whistle: answer: %w", err)
	}
	return nil
}

// met stores who came. A version of 0 was not shown.
func met(ctx context.Context, tx *sqldb.Tx, w Whistle, m Met, now time.Time) error {
	condition, args := `met_at = 0`, []any{}
	if m.Version != 0 {
		condition, args = `met_at = 0 AND version = $2`, []any{m.Version}
	}
	if err := bump(ctx, tx, w.ID, condition, args...); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE demand_whistle SET met_at = $1 WHERE id = $2`, sqldb.Millis(now), w.ID); err != nil {
		return fmt.Errorf("whistle: met: %w", err)
	}
	for _, c := range w.Calls {
		_, err := tx.ExecContext(ctx, `UPDATE demand_whistle_call SET came = $1 WHERE whistle_id = $2 AND dept_id = $3`, m.Came[c.DepartmentID], w.ID, c.DepartmentID)
		if err != nil {
			return fmt.Errorf("whistle: who came: %w", err)
		}
	}
	return nil
}

// bump raises the version of a call that a condition still holds for.
func bump(ctx context.Context, tx *sqldb.Tx, id, condition string, args ...any) error {
	res, err := tx.ExecContext(ctx, `UPDATE demand_whistle SET version = version + 1 WHERE id = $1 AND `+condition, append([]any{id}, args...)...)
	if err != nil {
		return fmt.Errorf("whistle: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return errs.Wrap(err, errs.Stale, "whistle.stale")
	}
	return nil
}

// list loads calls with their departments, oldest first.
func (s *Service) list(ctx context.Context, where string, args ...any) ([]Whistle, error) {
	rows, err := s.o.DB.Reader().QueryContext(ctx, `SELECT w.id, w.demand_id, d.number, w.unit_id, w.place, w.meet_at, w.due_at, w.at, w.met_at, w.version, d.owner_id, d.owner_dept,
		c.dept_id, c.state, c.who, c.reason, c.answered_at, c.came FROM demand_whistle w JOIN demand d ON d.id = w.demand_id
		JOIN demand_whistle_call c ON c.whistle_id = w.id WHERE `+where+` ORDER BY w.at, w.id, c.dept_id`, args...)
	if err != nil {
		return nil, fmt.Errorf("whistle: list: %w", err)
	}
	defer rows.Close()
	tree := s.o.Tree()
	var list []Whistle
	for rows.Next() {
		var w Whistle
		var c Call
		var meet, due, at, met, answered int64
		if err := rows.Scan(&w.ID, &w.DemandID, &w.Number, &w.UnitID, &w.Place, &meet, &due, &at, &met, &w.Version, &w.Owner.UnitID, &w.Owner.DepartmentID,
			&c.DepartmentID, &c.State, &c.Who, &c.Reason, &answered, &c.Came); err != nil {
			return nil, fmt.Errorf("whistle: list: %w", err)
		}
		w.MeetAt, w.DueAt, w.At, w.MetAt, c.AnsweredAt = sqldb.Time(meet), sqldb.Time(due), sqldb.Time(at), sqldb.TimeOrZero(met), sqldb.TimeOrZero(answered)
		if dept := tree.Department(c.DepartmentID); dept != nil {
			c.Name = dept.Name
		}
		if len(list) == 0 || list[len(list)-1].ID != w.ID {
			list = append(list, w)
		}
		last := &list[len(list)-1]
		last.Calls = append(last.Calls, c)
	}
	return list, rows.Err()
}
