package care

import (
	"context"

	"bilin/internal/sqldb"
)

// EndFor ends one entry of a household for itself: it withdrew its consent, or
// its objection was upheld. The caller has made sure who asks.
func (s *Service) EndFor(ctx context.Context, tx *sqldb.Tx, householdID, entryID string, why Why) error {
	var w sqldb.Where
	w.Add("e.household_id = ?", householdID)
	w.Add("e.id = ?", entryID)
	list, err := allEntries(ctx, tx, w, "ORDER BY e.id", 1)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return noEntry()
	}
	return s.remove(ctx, tx, clock, &list[0], why)
}
