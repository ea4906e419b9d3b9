package care

import (
	"context"

	"bilin/internal/sqldb"
)

// EndAgain ends an entry that ended since the backup from which the data came;
// one that isn't there is no fault.
func (s *Service) EndAgain(ctx context.Context, tx *sqldb.Tx, entryID string) error {
	var w sqldb.Where
	w.Add("e.id = ?", entryID)
	list, err := allEntries(ctx, tx, w, "ORDER BY e.id", 1)
	for i := range list {
		if err := s.remove(ctx, tx, clock, &list[i], Erased); err != nil {
			return err
		}
	}
	return err
}
