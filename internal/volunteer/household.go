package volunteer

import (
	"context"

	"bilin/internal/auth"
	"bilin/internal/sqldb"
)

// HeldOf lists the report-ins out of a household that stand or wait, all of them:
// for itself, which the caller has made sure of, and for what erases them.
func (s *Service) HeldOf(ctx context.Context, q sqldb.Querier, householdID string) ([]*Volunteer, error) {
	return read(ctx, q, `v.household_id = $1 AND v.state IN ('pending', 'active') AND v.household_id <> '' ORDER BY v.reported_at DESC, v.id`, householdID)
}

// EraseHousehold ends the report-ins out of a household, on its request.
func (s *Service) EraseHousehold(ctx context.Context, tx *sqldb.Tx, householdID string) error {
	list, err := s.HeldOf(ctx, tx, householdID)
	for _, v := range list {
		if err := s.leave(ctx, tx, auth.System("privacy"), v); err != nil {
			return err
		}
	}
	return err
}

// EraseOne ends one of them.
func (s *Service) EraseOne(ctx context.Context, tx *sqldb.Tx, householdID, id string) error {
	list, err := s.HeldOf(ctx, tx, householdID)
	for _, v := range list {
		if v.ID == id {
			return s.leave(ctx, tx, auth.System("privacy"), v)
		}
	}
	return err
}
