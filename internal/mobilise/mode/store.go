package mode

import (
	"context"
	"database/sql"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

func readRev(ctx context.Context, q sqldb.Querier) (rev int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT rev FROM emergency_rev WHERE id = 1`).Scan(&rev)
	return rev, err
}

func readOn(ctx context.Context, q sqldb.Querier) ([]Mode, error) {
	return read(ctx, q, `ended_at = 0 ORDER BY started_at DESC, id LIMIT $1`, mostActive)
}

func readOne(ctx context.Context, q sqldb.Querier, id string) (Mode, error) {
	found, err := read(ctx, q, `id = $1`, id)
	if err == nil && len(found) == 0 {
		err = errs.E(errs.NotFound, "mode.none")
	}
	if err != nil {
		return Mode{}, err
	}
	return found[0], nil
}

func read(ctx context.Context, q sqldb.Querier, where string, args ...any) ([]Mode, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, m *Mode) error {
		var started, until, ended int64
		err := r.Scan(&m.ID, &m.UnitID, &m.Reason, &started, &m.StartedBy, &until, &ended, &m.EndedBy, &m.Note, &m.restoredAt, &m.Version)
		m.StartedAt, m.Until = sqldb.Time(started), sqldb.Time(until)
		if ended != 0 {
			m.EndedAt = sqldb.Time(ended)
		}
		return err
	}, `SELECT id, unit_id, reason, started_at, started_by, until_at, ended_at, ended_by, note, restored_at, version FROM emergency_mode WHERE `+where, args...)
}

func insert(ctx context.Context, tx *sqldb.Tx, m Mode) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO emergency_mode (id, unit_id, reason, started_at, started_by, until_at, ended_at, ended_by, note, restored_at, version)
		VALUES ($1, $2, $3, $4, $5, $6, 0, '', '', 0, 1)`, m.ID, m.UnitID, m.Reason, sqldb.Millis(m.StartedAt), m.StartedBy, sqldb.Millis(m.Until))
	return err
}
