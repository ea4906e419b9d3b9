package wish

import (
	"context"
	"database/sql"
	"time"

	"bilin/internal/auth"
	"bilin/internal/network"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

// tickRows is how many one transaction moves.
const tickRows = 200

// clock is who acts when time does.
var clock = auth.System("wish.clock")

func dayOf(at time.Time) string { return at.In(workday.City).Format(time.DateOnly) }

// Tick moves wishes whose time is over, ends offers, and erases what was over
// long enough. It returns how many wishes moved.
func (s *Service) Tick(ctx context.Context) (moved int, err error) {
	for n := tickRows; n == tickRows && err == nil; {
		err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
			n, err = s.follow(ctx, tx)
			return err
		})
	}
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
		if err := s.finish(ctx, tx, clock, "wish.pass", w); err != nil {
			return 0, err
		}
		if w.State == Lapsed {
			if err := s.tellLead(ctx, tx, NobodyTook, w); err != nil {
				return 0, err
			}
		}
	}
	return n, nil
}

// follow takes along the wishes of households that are in another cell now, and
// takes back those of households that left.
func (s *Service) follow(ctx context.Context, tx *sqldb.Tx) (int, error) {
	type at struct{ id, was, unit, state string }
	list, err := sqldb.Collect(ctx, tx, func(r *sql.Rows, x *at) error { return r.Scan(&x.id, &x.was, &x.unit, &x.state) },
		`SELECT w.id, w.cell_id, h.unit_id, h.state FROM wish w JOIN household h ON h.id = w.household_id
		WHERE h.unit_id <> w.cell_id OR h.state <> 'active' AND w.state IN ('open', 'asked', 'taken', 'lapsed') ORDER BY w.id LIMIT $1`, tickRows)
	for _, x := range list {
		if err != nil {
			return 0, err
		}
		if x.state != "active" {
			err = s.left(ctx, tx, x.id)
		}
		if err == nil && x.unit != x.was {
			err = s.moved(ctx, tx, x.id, x.was, x.unit)
		}
	}
	return len(list), err
}

// left takes back a wish whose household left.
func (s *Service) left(ctx context.Context, tx *sqldb.Tx, id string) error {
	w, err := wishByID(ctx, tx, id)
	if err != nil || w.State.Over() {
		return err
	}
	if err := s.withdraw(ctx, tx, w); err != nil {
		return err
	}
	if err := update(ctx, tx, w); err != nil {
		return err
	}
	return s.finish(ctx, tx, clock, "wish.withdraw", w)
}

func (s *Service) moved(ctx context.Context, tx *sqldb.Tx, id, was, cell string) error {
	village := cell
	if v := s.tree().At(s.tree().Current(s.tree().ByID(cell)), network.Village); v != nil {
		village = v.ID
	}
	if _, err := tx.ExecContext(ctx, `UPDATE wish SET cell_id = $1, village_id = $2 WHERE id = $3`, cell, village, id); err != nil {
		return err
	}
	if s.o.Live == nil {
		return nil
	}
	for _, unit := range []string{was, cell} {
		if err := s.o.Live.Publish(ctx, tx, Topic(unit), ""); err != nil {
			return err
		}
	}
	return nil
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
