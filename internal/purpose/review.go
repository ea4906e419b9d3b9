package purpose

import (
	"context"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/once"
	"bilin/internal/sqldb"
)

// ToReview lists the broken glass whose review is open, the oldest first.
// cursor is "" or what the page before returned.
func (s *Service) ToReview(ctx context.Context, actor auth.Actor, cursor string, limit int) ([]Break, string, error) {
	if err := s.o.Policy.Can(actor, ActReview, auth.Object{}); err != nil {
		return nil, "", err
	}
	return page(ctx, s.o.DB.Reader(), `verdict = '' AND (opened_at, id) > ($1, $2) ORDER BY opened_at, id LIMIT $3`, cursor, 0, limit)
}

// Reviewed lists what was reviewed, what was opened last first.
func (s *Service) Reviewed(ctx context.Context, actor auth.Actor, cursor string, limit int) ([]Break, string, error) {
	if err := s.o.Policy.Can(actor, ActReview, auth.Object{}); err != nil {
		return nil, "", err
	}
	return page(ctx, s.o.DB.Reader(), `verdict <> '' AND (opened_at, id) < ($1, $2) ORDER BY opened_at DESC, id DESC LIMIT $3`, cursor, farAhead, limit)
}

// Break returns one, for whoever reviews.
func (s *Service) Break(ctx context.Context, actor auth.Actor, id string) (Break, error) {
	if err := s.o.Policy.Can(actor, ActReview, auth.Object{}); err != nil {
		return Break{}, err
	}
	return oneBreak(ctx, s.o.DB.Reader(), id)
}

// Waiting is how many reviews are open, and how many of them are overdue.
type Waiting struct{ Open, Overdue int }

// Waiting counts the open reviews, for those who review or hear of it.
func (s *Service) Waiting(ctx context.Context, actor auth.Actor) (w Waiting, err error) {
	if err := s.o.Policy.Can(actor, ActOverdue, auth.Object{}); err != nil {
		return w, err
	}
	err = s.o.DB.Reader().QueryRowContext(ctx, `SELECT COUNT(*), COUNT(*) FILTER (WHERE due_at < $1) FROM purpose_glass WHERE verdict = ''`,
		sqldb.Millis(s.o.Now())).Scan(&w.Open, &w.Overdue)
	return w, err
}

// Review gives a verdict.
func (s *Service) Review(ctx context.Context, actor auth.Actor, c Review) error {
	if err := s.o.Policy.Can(actor, ActReview, auth.Object{}); err != nil {
		return err
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, "purpose.review/"+actor.ID(), c.Key, c, s.o.Now(), func() (bool, error) {
			b, err := oneBreak(ctx, tx, c.ID)
			if err != nil {
				return false, err
			}
			if err := b.review(actor, c, s.o.Now()); err != nil {
				return false, err
			}
			if err := updateReview(ctx, tx, b, actor.ID()); err != nil {
				return false, err
			}
			return true, s.finish(ctx, tx, actor, "purpose.review", b, map[string]any{"verdict": b.Verdict})
		})
		return err
	})
}

const perTick = 200

// Tick notes which reviews have become overdue, so that the city office hears
// of each once, and forgets what was kept long enough.
func (s *Service) Tick(ctx context.Context) error {
	now := s.o.Now()
	late, err := breaks(ctx, s.o.DB.Reader(), `verdict = '' AND told_at = 0 AND due_at < $1 ORDER BY due_at, id LIMIT $2`, sqldb.Millis(now), perTick)
	if err != nil {
		return err
	}
	for _, b := range late {
		err := s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
			told, err := markTold(ctx, tx, b.ID, now)
			if err != nil || !told {
				return err
			}
			return s.finish(ctx, tx, auth.System("purpose"), "purpose.overdue", b, nil)
		})
		if err != nil {
			return err
		}
	}
	return s.forget(ctx, now.Add(-Kept))
}

func (s *Service) forget(ctx context.Context, before time.Time) error {
	for {
		var n int64
		err := s.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
			n, err = forget(ctx, tx, before)
			return err
		})
		if err != nil || n == 0 {
			return err
		}
	}
}

// Erase takes out of the record of a household what its readers wrote in words,
// and which work they read for: a demand that was parted from the household must
// not be found by it. Who read what, when, and for what kind of work, stays.
func Erase(ctx context.Context, tx *sqldb.Tx, householdID string) error {
	_, err := tx.ExecContext(ctx, `UPDATE purpose_glass SET words = '', note = '' WHERE household_id = $1`, householdID)
	if err == nil {
		_, err = tx.ExecContext(ctx, `UPDATE purpose_reading SET ground_id = '', title = '' WHERE household_id = $1 AND ground_kind <> $2 AND ground_kind <> $3`,
			householdID, Glass, System)
	}
	return err
}

var errNone = errs.E(errs.NotFound, "purpose.none")

// Remember stores readings that were: for the demo city, whose past is made up.
func (s *Service) Remember(ctx context.Context, actor auth.Actor, unitID, actorID string, list []Reading) error {
	if !actor.System {
		return auth.Denied(actor)
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		for _, r := range list {
			r.ID = sqldb.NewID()
			if err := insertReading(ctx, tx, unitID, actorID, r); err != nil {
				return err
			}
		}
		return nil
	})
}
