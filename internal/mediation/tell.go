package mediation

import (
	"context"
	"fmt"
	"time"

	"bilin/internal/quiet"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

// Told is the kind of news that there is something new in a quarrel: whom it is
// for says not in which, nor what.
const Told = "mediation"

// What a piece of news is about: something to be read, or an end, of which
// nothing may be left that could be asked for.
const (
	newWords = "open"
	anEnd    = "over"
)

// Tell tells of news with the command that makes them.
type Tell func(ctx context.Context, tx *sqldb.Tx, list ...quiet.News) error

// Tells reports whether a household's number can be told.
func (s *Service) Tells() bool { return s.o.Tell != nil && s.o.Numbers }

// silent stands for who makes a change of which nobody is told.
const silent Side = "-"

// tell tells, tomorrow morning, whoever is of a case and didn't make the change: the sides who wish
// it, and the mediator.
func (s *Service) tell(ctx context.Context, tx *sqldb.Tx, c *Case, by Side) error {
	if s.o.Tell == nil || by == silent {
		return nil
	}
	about := newWords
	if c.State == Ended {
		about = anEnd
	}
	var list []quiet.News
	for _, side := range []Side{A, B} {
		if home := c.Household[side]; side != by && c.Tell[side] && home != "" && home != erased {
			list = append(list, quiet.News{What: Told, About: about, To: quiet.Whom{Household: home}, Unit: c.VillageID, Morning: true})
		}
	}
	if c.Mediator != "" && by != M {
		m, err := mediatorByID(ctx, tx, c.Mediator)
		if err != nil {
			return err
		}
		to := quiet.Whom{Person: m.personID}
		if to.Person == "" {
			to.Household = m.HouseholdID
		}
		list = append(list, quiet.News{What: Told, About: about, To: to, Unit: m.UnitID, Morning: true})
	}
	return s.o.Tell(ctx, tx, list...)
}

// Unread reports whether there still is something new that somebody hasn't opened.
func (s *Service) Unread(ctx context.Context, n quiet.News) (yes bool, err error) {
	if n.About == anEnd {
		return true, nil
	}
	const unseen = `m.moved_at > COALESCE((SELECT MAX(o.at) FROM mediation_opened o WHERE o.mediation_id = m.id AND o.side = `
	err = s.o.DB.Reader().QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM mediation m WHERE m.a_household = $1 AND $1 <> '' AND m.a_tell = 1 AND `+unseen+`'a'), 0))
		OR EXISTS (SELECT 1 FROM mediation m WHERE m.b_household = $1 AND $1 <> '' AND m.b_tell = 1 AND `+unseen+`'b'), 0))
		OR EXISTS (SELECT 1 FROM mediation m JOIN mediator d ON d.id = m.mediator_id WHERE (d.household_id = $1 AND $1 <> '' OR d.person_id = $2 AND $2 <> '') AND `+unseen+`'m' AND o.mediator_id = d.id), 0))`,
		n.To.Household, n.To.Person).Scan(&yes)
	if err != nil {
		return false, fmt.Errorf("mediation: unread: %w", err)
	}
	return yes, nil
}

// SetTell changes whether a side's household is told.
func (s *Service) SetTell(ctx context.Context, id, key, formKey string, on bool) error {
	f := form{id: id, key: key, action: "mediation.tell", formKey: formKey, content: on, silent: true}
	return s.change(ctx, f, func(_ *sqldb.Tx, c *Case, side Side) error {
		if side == M || c.State == Ended {
			return notNow()
		}
		c.Tell[side] = on
		return nil
	})
}

// remind tells both sides of an agreement on its follow-up day, once.
func (s *Service) remind(ctx context.Context) error {
	local := s.o.Now().In(workday.City)
	day := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, workday.City)
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		due, err := cases(ctx, tx, `state = 'agreed' AND follow_on = $1 AND moved_at < $2 ORDER BY id`, s.today(), sqldb.Millis(day))
		for i := range due {
			if err == nil {
				err = s.store(ctx, tx, "mediation.follow", &due[i], "")
			}
		}
		return err
	})
}
