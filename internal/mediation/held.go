package mediation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"bilin/internal/auth"
	"bilin/internal/sqldb"
)

// ErasedPrefix begins why a case's or a mediator's key was destroyed.
const ErasedPrefix = "mediation."

// Held is what is kept of a household, for the household: that there is a case,
// and where it stands. Not the other side, and not the words: only a key opens these.
type Held struct {
	ID       string
	Mediates bool // they offered to mediate; else they are a side
	State    State
	Since    time.Time
	Until    time.Time // when it goes by itself; zero: when they leave
}

const ofHousehold = `(a_household = $1 OR b_household = $1) AND $1 <> ''`

// HeldOf lists what is held about a household.
func (s *Service) HeldOf(ctx context.Context, q sqldb.Querier, householdID string) (list []Held, err error) {
	found, err := cases(ctx, q, ofHousehold+` ORDER BY id`, householdID)
	if err != nil {
		return nil, err
	}
	for _, c := range found {
		list = append(list, Held{ID: c.ID, State: c.State, Since: c.AskedAt, Until: c.DueAt})
	}
	offers, err := mediators(ctx, q, `household_id = $1 AND household_id <> '' ORDER BY id`, householdID)
	for _, m := range offers {
		list = append(list, Held{ID: m.ID, Mediates: true, Since: m.OfferedAt})
	}
	return list, err
}

// Erase ends a household's cases and destroys them, on its request. An agreement
// that both sides confirmed stays for the other side until its term, without the
// household; who mediates leaves.
func (s *Service) Erase(ctx context.Context, tx *sqldb.Tx, householdID string) error {
	found, err := cases(ctx, tx, ofHousehold, householdID)
	if err != nil {
		return err
	}
	for i := range found {
		if err := s.erase(ctx, tx, &found[i], householdID); err != nil {
			return err
		}
	}
	offers, err := mediators(ctx, tx, `household_id = $1 AND household_id <> ''`, householdID)
	for i := range offers {
		if err == nil {
			err = s.leave(ctx, tx, auth.System("erase"), &offers[i])
		}
	}
	return err
}

func (s *Service) erase(ctx context.Context, tx *sqldb.Tx, c *Case, householdID string) error {
	if c.State == Agreed || c.Outcome == Kept {
		nobody, err := s.forget(ctx, tx, c, householdID)
		if err != nil {
			return err
		}
		if !nobody {
			return s.store(ctx, tx, "mediation.erase", c, silent)
		}
	}
	by := A
	if c.Household[B] == householdID {
		by = B
	}
	switch c.State {
	case Ended:
		by = silent
	case Agreed:
		c.end(Kept, s.now())
	default:
		c.end(c.instead(Stopped), s.now())
	}
	c.destroy, c.DueAt = true, after(s.now(), tellDays)
	return s.store(ctx, tx, "mediation.erase", c, by)
}

// forget drops what the sides of a household said in what both agreed.
func (s *Service) forget(ctx context.Context, tx *sqldb.Tx, c *Case, householdID string) (nobody bool, err error) {
	for _, side := range []Side{A, B} {
		if c.Household[side] != householdID {
			continue
		}
		nobody = c.forget(side)
		if _, err := tx.ExecContext(ctx, `DELETE FROM mediation_line WHERE mediation_id = $1 AND side = $2`, c.ID, string(side)); err != nil {
			return false, fmt.Errorf("mediation: forget: %w", err)
		}
	}
	return nobody, nil
}

// EndAgain drops, in data that came from a backup, what belongs to a key that
// was destroyed since.
func (s *Service) EndAgain(ctx context.Context, tx *sqldb.Tx, subject string) error {
	found, err := cases(ctx, tx, `id = $1 AND a_name || b_name <> ''`, subject)
	if err != nil {
		return err
	}
	for i := range found {
		c := &found[i]
		if c.State != Ended {
			c.end(Stopped, s.now())
			c.endedNow = false // it was counted when it ended
		}
		c.destroy, c.DueAt = true, after(s.now(), tellDays)
		if err := s.store(ctx, tx, "mediation.erase", c, silent); err != nil {
			return err
		}
	}
	offers, err := mediators(ctx, tx, `id = $1 AND state <> 'left'`, subject)
	for i := range offers {
		if err == nil {
			err = s.leave(ctx, tx, auth.System("erase"), &offers[i])
		}
	}
	return err
}

// tickBatch bounds what one transaction ends.
const tickBatch = 100

// Tick ends what is due, destroys what was kept long enough, reminds of follow-up
// days, and makes the figures of a year that is over. It returns how many cases moved.
func (s *Service) Tick(ctx context.Context) (n int, err error) {
	for {
		var due []Case
		err := s.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
			if due, err = cases(ctx, tx, `due_at <= $1 ORDER BY due_at, id LIMIT $2`, sqldb.MillisOrZero(s.now()), tickBatch); err != nil {
				return err
			}
			for i := range due {
				if err := s.tickOne(ctx, tx, &due[i]); err != nil {
					return err
				}
			}
			return nil
		})
		if n += len(due); err != nil {
			return n, err
		}
		if len(due) < tickBatch {
			return n, errors.Join(s.remind(ctx), s.Close(ctx))
		}
	}
}

func (s *Service) tickOne(ctx context.Context, tx *sqldb.Tx, c *Case) error {
	if !c.tick(s.now()) {
		return s.store(ctx, tx, "mediation.lapse", c, "")
	}
	if !c.gone() {
		if err := s.destroy(ctx, tx, c); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM mediation WHERE id = $1`, c.ID); err != nil {
		return fmt.Errorf("mediation: tick: %w", err)
	}
	return s.note(ctx, tx, "mediation.destroy", c.ID)
}
