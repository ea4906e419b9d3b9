package programme

import (
	"context"

	"bilin/internal/sqldb"
)

// EraseOne takes one of a household's members out, on the person's request.
func (s *Service) EraseOne(ctx context.Context, tx *sqldb.Tx, householdID, memberID string) error {
	found, err := members(ctx, tx, `id = $1 AND household_id = $2 AND household_id <> ''`, memberID, householdID)
	if err != nil || len(found) == 0 {
		return err
	}
	return s.leave(ctx, tx, &found[0], ErasedPrefix+"erased")
}
