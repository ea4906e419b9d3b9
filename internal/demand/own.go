package demand

import (
	"context"
	"fmt"

	"bilin/internal/sqldb"
)

// HeldOf lists a household's own demands, all of them, the latest first: for itself, which
// the caller has made sure of.
func (s *Service) HeldOf(ctx context.Context, q sqldb.Querier, householdID string) ([]*Demand, error) {
	return many(ctx, q, `household_id = $1 ORDER BY raised_at DESC, id DESC`, householdID)
}

// HomeByTrack returns the household of a demand to whoever has its key; "" for none.
func (s *Service) HomeByTrack(ctx context.Context, number, track string) (string, error) {
	d, err := s.byKeyOf(ctx, number, track)
	if err != nil {
		return "", err
	}
	return d.HouseholdID, nil
}

// EraseHousehold parts a household's demands from it, on its request: neither
// how to reach it nor that they were its own is left. What was asked and done
// stays, as the record of the city's work.
func (s *Service) EraseHousehold(ctx context.Context, tx *sqldb.Tx, householdID string) error {
	_, err := tx.ExecContext(ctx, `UPDATE demand SET contact = NULL, household_id = NULL WHERE household_id = $1`, householdID)
	if err == nil {
		_, err = tx.ExecContext(ctx, `UPDATE demand SET claim_id = '' WHERE claim_id <> '' AND claim_id = $1`, householdID)
	}
	if err != nil {
		return fmt.Errorf("demand: erase household: %w", err)
	}
	return nil
}
