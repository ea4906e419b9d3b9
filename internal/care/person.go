package care

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

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

// MarkOf returns what tells whether a household's entries, or one of them, were
// changed: its contacts, which go on by themselves, aren't in it.
func (s *Service) MarkOf(ctx context.Context, q sqldb.Querier, householdID, entryID string) (string, error) {
	list, err := sqldb.Collect(ctx, q, func(r *sql.Rows, mark *string) error {
		var id, unit, who, way, act, standIn, sealed string
		var every int
		err := r.Scan(&id, &unit, &every, &who, &way, &act, &standIn, &sealed)
		*mark = fmt.Sprintf("%q %q %d %q %q %q %q %q", id, unit, every, who, way, act, standIn, sealed)
		return err
	}, `SELECT id, unit_id, every_days, who, way, act, stand_in, sealed FROM care_entry WHERE household_id = $1 AND ($2 = '' OR id = $2) ORDER BY id`, householdID, entryID)
	return strings.Join(list, "\n"), err
}

// ListedOf lists a household's entries, sealed as they are.
func (s *Service) ListedOf(ctx context.Context, q sqldb.Querier, householdID string) ([]Entry, error) {
	return entriesOf(ctx, q, s.today(), householdID)
}
