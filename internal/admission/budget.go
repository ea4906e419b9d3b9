package admission

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/once"
	"bilin/internal/sqldb"
)

func (s *Service) setBudget(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, unitID string, minutes int, cmd Command) error {
	now := s.now()
	request := []string{"budget", unitID, strconv.Itoa(minutes), cmd.Note}
	_, err := once.Do(ctx, tx, "admission."+actor.ID(), cmd.Key, request, now, func() (string, error) {
		had := 0
		err := tx.QueryRowContext(ctx, `SELECT version FROM minutes_budget WHERE unit_id = $1`, unitID).Scan(&had)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return "", fmt.Errorf("admission: budget: %w", err)
		}
		if cmd.Version != 0 && cmd.Version != had {
			return "", errs.E(errs.Conflict, "matter.stale")
		}
		if minutes < 0 {
			_, err = tx.ExecContext(ctx, `DELETE FROM minutes_budget WHERE unit_id = $1`, unitID)
		} else {
			_, err = tx.ExecContext(ctx, `INSERT INTO minutes_budget (unit_id, minutes, reason, changed_at, version) VALUES ($1, $2, $3, $4, 1)
				ON CONFLICT (unit_id) DO UPDATE SET minutes = excluded.minutes, reason = excluded.reason, changed_at = excluded.changed_at,
				version = minutes_budget.version + 1`, unitID, minutes, cmd.Note, sqldb.MillisOrZero(now))
		}
		if err != nil {
			return "", fmt.Errorf("admission: budget: %w", err)
		}
		err = s.opt.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: "matter.budget", ObjectKind: "unit",
			ObjectID: unitID, UnitID: unitID, Detail: map[string]int{"minutes": minutes}})
		return "", errors.Join(err, s.opt.Live.Publish(ctx, tx, "matters", ""))
	})
	return err
}
