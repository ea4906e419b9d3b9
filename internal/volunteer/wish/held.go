package wish

import (
	"context"
	"time"

	"bilin/internal/sqldb"
)

// Held is what is kept of a household's wish, for the household.
type Held struct {
	ID, Kind string // the kind by its name
	State    State
	Words    string // only where the reading is written down
	PostedAt time.Time
}

// HeldOf lists a household's wishes, all that are kept: for itself, which the caller has
// made sure of. Words are opened where open is set, whose caller writes the reading down.
func (s *Service) HeldOf(ctx context.Context, q sqldb.Querier, householdID string, open bool) (out []Held, err error) {
	list, err := wishes(ctx, q, `household_id = $1 ORDER BY id DESC`, householdID)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	kinds, err := changed(ctx, q)
	if err != nil {
		return nil, err
	}
	catalog := merged(kinds)
	for _, w := range list {
		kind, _ := catalog.Kind(w.Kind)
		h := Held{ID: w.ID, Kind: kind.Name, State: w.State, PostedAt: w.PostedAt}
		if open {
			if h.Words, err = s.open(ctx, householdID, w.words, wordsBinding(w.ID)); err != nil {
				return nil, err
			}
		}
		out = append(out, h)
	}
	return out, nil
}

// HoursOf returns what a volunteer offers, nil for nothing: for their own household.
func (s *Service) HoursOf(ctx context.Context, q sqldb.Querier, volunteerID string) (*Hours, error) {
	return hoursOf(ctx, q, volunteerID)
}

// EraseOne takes one of a household's wishes out, on its request.
func (s *Service) EraseOne(ctx context.Context, tx *sqldb.Tx, householdID, id string) error {
	return s.erase(ctx, tx, `household_id = $1 AND id = $2`, householdID, id)
}

// EraseHousehold takes a household's wishes out, on its request.
func (s *Service) EraseHousehold(ctx context.Context, tx *sqldb.Tx, householdID string) error {
	return s.erase(ctx, tx, `household_id = $1`, householdID)
}

// erase takes wishes out, and tells whoever was going to come.
func (s *Service) erase(ctx context.Context, tx *sqldb.Tx, where string, args ...any) error {
	list, err := wishes(ctx, tx, where+` AND state = 'taken'`, args...)
	for _, w := range list {
		if err == nil {
			err = s.tellHelper(ctx, tx, CalledOff, w, w.HelperID)
		}
	}
	if err == nil {
		_, err = tx.ExecContext(ctx, `DELETE FROM wish WHERE `+where, args...)
	}
	return err
}

// EraseHours ends what a volunteer offers, on the household's request. What they
// were asked goes to others.
func (s *Service) EraseHours(ctx context.Context, tx *sqldb.Tx, volunteerID string) error {
	return s.stop(ctx, tx, volunteerID, false)
}
