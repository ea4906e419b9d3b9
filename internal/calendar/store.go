package calendar

import (
	"context"
	"fmt"

	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

func readRev(ctx context.Context, q sqldb.Querier) (rev int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT rev FROM calendar WHERE id = 1`).Scan(&rev)
	return rev, err
}

func readState(ctx context.Context, q sqldb.Querier) (*State, error) {
	var week string
	if err := q.QueryRowContext(ctx, `SELECT week FROM calendar WHERE id = 1`).Scan(&week); err != nil {
		return nil, fmt.Errorf("calendar: read hours: %w", err)
	}
	own, err := readDays(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("calendar: read days: %w", err)
	}
	return newState(week, own)
}

func readDays(ctx context.Context, q sqldb.Querier) ([]workday.Day, error) {
	rows, err := q.QueryContext(ctx, `SELECT day, kind, name FROM calendar_day ORDER BY day`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []workday.Day
	for rows.Next() {
		var date, kind, name string
		if err := rows.Scan(&date, &kind, &name); err != nil {
			return nil, err
		}
		day, err := workday.Days(date, date, kind, name)
		if err != nil {
			return nil, err
		}
		out = append(out, day...)
	}
	return out, rows.Err()
}

// nextRev numbers a change. The row serialises commands on the calendar.
func nextRev(ctx context.Context, tx *sqldb.Tx) (rev int64, err error) {
	err = tx.QueryRowContext(ctx, `UPDATE calendar SET rev = rev + 1 WHERE id = 1 RETURNING rev`).Scan(&rev)
	return rev, err
}

func putWeek(ctx context.Context, tx *sqldb.Tx, week string) error {
	_, err := tx.ExecContext(ctx, `UPDATE calendar SET week = $1 WHERE id = 1`, week)
	return err
}

func putDay(ctx context.Context, tx *sqldb.Tx, d Change) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO calendar_day (day, kind, name) VALUES ($1, $2, $3)
		ON CONFLICT (day) DO UPDATE SET kind = excluded.kind, name = excluded.name`, d.Date, d.Will.String(), d.Name)
	return err
}

func dropDays(ctx context.Context, tx *sqldb.Tx, from, to string) (int64, error) {
	res, err := tx.ExecContext(ctx, `DELETE FROM calendar_day WHERE day >= $1 AND day <= $2`, from, to)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}
