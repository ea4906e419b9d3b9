package mediation

import (
	"context"

	"bilin/internal/auth"
	"bilin/internal/sqldb"
)

// EraseOne ends one of a household's cases, or somebody's offer to mediate, as
// [Service.Erase] does all of them.
func (s *Service) EraseOne(ctx context.Context, tx *sqldb.Tx, householdID, id string) error {
	found, err := cases(ctx, tx, ofHousehold+` AND id = $2`, householdID, id)
	if err != nil {
		return err
	}
	for i := range found {
		if err := s.erase(ctx, tx, &found[i], householdID); err != nil {
			return err
		}
	}
	offers, err := mediators(ctx, tx, `household_id = $1 AND household_id <> '' AND id = $2`, householdID, id)
	for i := range offers {
		if err == nil {
			err = s.leave(ctx, tx, auth.System("erase"), &offers[i])
		}
	}
	return err
}
