package wish

import (
	"context"
	"time"

	"bilin/internal/auth"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

// tickRows is how many one transaction moves.
const tickRows = 200

func dayOf(at time.Time) string { return at.In(workday.City).Format(time.DateOnly) }

// Tick moves wishes whose time is over, ends offers, and erases what was over
// long enough. It returns how many wishes moved.
func (s *Service) Tick(ctx context.Context) (moved int, err error) {
	for n := tickRows; n == tickRows && err == nil; {
		err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
			n, err = s.pass(ctx, tx)
			return err
		})
		moved += n
	}
	for _, end := range []func(ctx context.Context, tx *sqldb.Tx) error{s.endOffers, s.forget} {
		if err == nil {
			err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error { return end(ctx, tx) })
		}
	}
	return moved, err
}

func (s *Service) pass(ctx context.Context, tx *sqldb.Tx) (int, error) {
	today, now := s.today(), s.now()
	list, err := wishes(ctx, tx, `ended_at = 0 AND (state <> 'taken' AND until_on < $1 OR state = 'asked' AND asked_until <= $2 OR state = 'taken' AND due_on < $1) ORDER BY id LIMIT $3`,
		today, sqldb.Millis(now), tickRows)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, w := range list {
		if !w.Pass(today, now) {
			continue
		}
		n++
		if err := update(ctx, tx, w); err != nil {
			return 0, err
		}
		if err := s.finish(ctx, tx, auth.System("wish.clock"), "wish.pass", w); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// endOffers drops hours whose last day is over, and single hours that were.
func (s *Service) endOffers(ctx context.Context, tx *sqldb.Tx) error {
	today := s.today()
	for _, query := range []string{
		`DELETE FROM wish_slot WHERE on_day <> '' AND on_day < $1 OR volunteer_id IN (SELECT volunteer_id FROM wish_hours WHERE until_on < $1)`,
		`DELETE FROM wish_hours WHERE until_on < $1`,
	} {
		if _, err := tx.ExecContext(ctx, query, today); err != nil {
			return err
		}
	}
	return nil
}

// forget erases what is over for KeepDays.
func (s *Service) forget(ctx context.Context, tx *sqldb.Tx) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM wish WHERE ended_at > 0 AND ended_at <= $1`, sqldb.Millis(s.now().AddDate(0, 0, -KeepDays)))
	return err
}

// EraseHousehold takes a household's wishes out, on its request.
func (s *Service) EraseHousehold(ctx context.Context, tx *sqldb.Tx, householdID string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM wish WHERE household_id = $1`, householdID)
	return err
}
