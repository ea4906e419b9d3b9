package wish

import (
	"context"
	"database/sql"
	"slices"
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
	_, err = s.inBatches(ctx, s.follow, `SELECT w.id `+adrift)
	if err == nil {
		moved, err = s.inBatches(ctx, s.pass, `SELECT w.id FROM wish w WHERE `+timesUp, s.today(), sqldb.Millis(s.now()))
	}
	for _, end := range []func(ctx context.Context, tx *sqldb.Tx) error{s.endOffers, s.forget} {
		if err == nil {
			err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error { return end(ctx, tx) })
		}
	}
	return moved, err
}

// inBatches moves the wishes that a query finds, which looks outside the
// transactions: nobody else's waits for the search. Each looks at its own again.
func (s *Service) inBatches(ctx context.Context, move func(ctx context.Context, tx *sqldb.Tx, ids []string) (int, error), query string, args ...any) (moved int, err error) {
	ids, err := sqldb.Collect(ctx, s.o.DB.Reader(), func(r *sql.Rows, id *string) error { return r.Scan(id) }, query, args...)
	for batch := range slices.Chunk(ids, tickRows) {
		n := 0
		if err == nil {
			err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
				n, err = move(ctx, tx, batch)
				return err
			})
		}
		moved += n
	}
	return moved, err
}

func (s *Service) pass(ctx context.Context, tx *sqldb.Tx, ids []string) (int, error) {
	today, now, where := s.today(), s.now(), sqldb.Where{}
	where.In("id", ids)
	list, err := wishes(ctx, tx, where.Text()+` ORDER BY id`, where.Args...)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, w := range list {
		helper := w.HelperID
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
		if err := s.passed(ctx, tx, w, helper); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// passed tells both sides that time moved a wish on.
func (s *Service) passed(ctx context.Context, tx *sqldb.Tx, w *Wish, helper string) error {
	if helper != "" {
		if err := s.tellHelper(ctx, tx, CalledOff, w, helper); err != nil {
			return err
		}
	}
	switch {
	case w.State == Lapsed:
		return s.tellLead(ctx, tx, NobodyTook, w)
	case helper != "":
		return s.tellPoster(ctx, tx, WaitsAgain, w)
	}
	return nil
}

// timesUp are the wishes whose time may be over.
const timesUp = `w.ended_at = 0 AND (w.state <> 'taken' AND w.until_on < $1 OR w.state = 'asked' AND w.asked_until <= $2 OR w.state = 'taken' AND w.due_on < $1)`

// adrift are the wishes that aren't over and aren't where their household is now,
// or whose household left.
const adrift = `FROM wish w JOIN household h ON h.id = w.household_id
	WHERE w.state IN ('open', 'asked', 'taken', 'lapsed') AND (h.unit_id <> w.cell_id OR h.state <> 'active')`

// follow takes along the wishes of households that are in another cell now, and
// takes back those of households that left.
func (s *Service) follow(ctx context.Context, tx *sqldb.Tx, ids []string) (int, error) {
	type at struct{ id, was, unit, state string }
	where := sqldb.Where{}
	where.In("w.id", ids)
	list, err := sqldb.Collect(ctx, tx, func(r *sql.Rows, x *at) error { return r.Scan(&x.id, &x.was, &x.unit, &x.state) },
		`SELECT w.id, w.cell_id, h.unit_id, h.state `+adrift+` AND `+where.Text()+` ORDER BY w.id`, where.Args...)
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
