package meeting

import (
	"context"
	"database/sql"
	"fmt"

	"bilin/internal/auth"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// filed is where meetings lie.
type filed struct{ unit, village string }

// Settle follows the network: the meetings of a unit that was joined to another,
// and what they resolved, go on there, and each says where it came from. It does
// nothing until the network changes.
func (s *Service) Settle(ctx context.Context) error {
	rev := s.tree().Rev()
	if s.settled.Load() == rev {
		return nil
	}
	if err := s.settleMeetings(ctx); err != nil {
		return fmt.Errorf("meeting: settle: %w", err)
	}
	if err := s.settlePromises(ctx); err != nil {
		return fmt.Errorf("meeting: settle promises: %w", err)
	}
	s.settled.Store(rev)
	return nil
}

func (s *Service) settleMeetings(ctx context.Context) error {
	list, err := sqldb.Collect(ctx, s.o.DB.Reader(), func(r *sql.Rows, f *filed) error { return r.Scan(&f.unit, &f.village) }, `SELECT DISTINCT unit_id, village_id FROM meeting`)
	if err != nil {
		return err
	}
	for _, was := range list {
		unit := s.current(was.unit)
		village := s.tree().At(unit, network.Village)
		if unit == nil || village == nil || (filed{unit.ID, village.ID}) == was {
			continue
		}
		if err := s.carry(ctx, was, filed{unit.ID, village.ID}); err != nil {
			return err
		}
	}
	return nil
}

// carry puts all meetings of a unit under another, or under its new village.
func (s *Service) carry(ctx context.Context, was, is filed) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if was.unit == is.unit {
			_, err := tx.ExecContext(ctx, `UPDATE meeting SET village_id = $1 WHERE unit_id = $2`, is.village, was.unit)
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE meeting SET unit_id = $1, village_id = $2, from_unit = CASE WHEN from_unit = '' THEN unit_id ELSE from_unit END, version = version + 1 WHERE unit_id = $3`,
			is.unit, is.village, was.unit)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE meeting_resolution SET unit_id = $1 WHERE unit_id = $2`, is.unit, was.unit); err != nil {
			return err
		}
		return s.finish(ctx, tx, auth.System("schedule"), "meeting.carry", is.unit, "unit", was.unit)
	})
}

// settlePromises hands open promises of units that ended to those that followed.
func (s *Service) settlePromises(ctx context.Context) error {
	for column, follows := range map[string]func(unitID string) string{"owner_unit": s.successor, "with_unit": s.heir} {
		ids, err := sqldb.Collect(ctx, s.o.DB.Reader(), func(r *sql.Rows, id *string) error { return r.Scan(id) },
			`SELECT DISTINCT `+column+` FROM meeting_resolution WHERE done_at = 0 AND kind = 'promise'`)
		if err != nil {
			return err
		}
		for _, id := range ids {
			next := follows(id)
			if next == "" || next == id {
				continue
			}
			err := s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
				_, err := tx.ExecContext(ctx, `UPDATE meeting_resolution SET `+column+` = $1, version = version + 1 WHERE `+column+` = $2 AND done_at = 0`, next, id)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// successor is a unit, or what it was joined to.
func (s *Service) successor(unitID string) string {
	if u := s.current(unitID); u != nil {
		return u.ID
	}
	return ""
}

// heir is the unit that answers for what was promised at one: itself, what it was
// joined to, or else what was over it.
func (s *Service) heir(unitID string) string {
	u := s.tree().ByID(unitID)
	for steps := 0; u != nil && steps < int(network.Cell); steps++ {
		if now := s.tree().Current(u); now != nil {
			return now.ID
		}
		u = s.tree().Parent(u)
	}
	return ""
}
