package care

import (
	"context"
	"database/sql"
	"fmt"

	"bilin/internal/auth"
	"bilin/internal/errs"
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

// Ended is that an entry of a household ended, as the household sees it.
type Ended struct {
	Why      Why
	EndedOn  string
	ForgetOn string // the day on which it is forgotten
	byID     string
}

// remember keeps for a month that an entry ended, and not what it was for.
func (s *Service) remember(ctx context.Context, tx *sqldb.Tx, e *Entry, why Why) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO care_ended (id, household_id, by_id, why, ended_on) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING`,
		e.ID, e.HouseholdID, e.byID, string(why), s.today())
	if err != nil {
		return fmt.Errorf("care: remember: %w", err)
	}
	return nil
}

// EndedOf lists what ended of a household within a month, the latest first.
func (s *Service) EndedOf(ctx context.Context, q sqldb.Querier, householdID string) ([]Ended, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, e *Ended) error {
		err := r.Scan(&e.byID, &e.Why, &e.EndedOn)
		e.ForgetOn = addDays(e.EndedOn, AgainDays+1)
		return err
	}, `SELECT by_id, why, ended_on FROM care_ended WHERE household_id = $1 AND ended_on >= $2 ORDER BY ended_on DESC, id DESC`,
		householdID, addDays(s.today(), -AgainDays))
}

// anew says whether a household can be listed although an entry of it ended
// lately. That is a renewal: whoever listed or renewed it last can't; and where
// the household said no itself, it has to say yes on paper.
func (s *Service) anew(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, e *Entry, content Content) error {
	had, err := s.EndedOf(ctx, tx, e.HouseholdID)
	if err != nil {
		return err
	}
	for _, was := range had {
		if was.byID != "" && !actor.MaySecond(was.byID) {
			return errs.E(errs.Conflict, "care.anew_second_person", "days", AgainDays)
		}
		if was.Why.theirs() && (content.Basis != ByConsent || content.Agreed != OnPaper) {
			return errs.Refuse("agreed", "care.anew_on_paper", "days", AgainDays)
		}
	}
	return nil
}

// theirs reports whether the household itself wanted the end.
func (w Why) theirs() bool { return w == Withdrawn || w == Objected || w == Erased }

// forgetEnded forgets what ended more than a month ago.
func (s *Service) forgetEnded(ctx context.Context) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM care_ended WHERE ended_on < $1`, addDays(s.today(), -AgainDays))
		return err
	})
}
