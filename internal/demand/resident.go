package demand

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/once"
	"bilin/internal/sqldb"
	"bilin/internal/ticket"
)

// Confirm closes a demand, with the resident's key.
func (s *Service) Confirm(ctx context.Context, number, track string, r Rating, cmd Command) (Outcome, error) {
	return s.byKey(ctx, number, track, "demand.confirm", fmt.Sprint(r), cmd, func(d *Demand, by By, now time.Time) error {
		if err := notTheirs(ctx, d); err != nil {
			return err
		}
		return d.Confirm(by, cmd.Note, r, now)
	})
}

// notTheirs refuses somebody of the network who is logged in and speaks with a
// resident's key for what they handle, or entered for that resident.
func notTheirs(ctx context.Context, d *Demand) error {
	actor := auth.From(ctx)
	if d.handledBy(actor) || !d.Own && d.AuthorID != "" && d.AuthorID == actor.PersonID {
		return errs.E(errs.Forbidden, "demand.not_the_handler")
	}
	return nil
}

// Reopen says that it is not done, and why, with the resident's key.
func (s *Service) Reopen(ctx context.Context, number, track string, cmd Command) (Outcome, error) {
	return s.byKey(ctx, number, track, "demand.reopen", "", cmd, func(d *Demand, by By, now time.Time) error {
		return d.Reopen(by, cmd.Note, s.above(d), now)
	})
}

// Say adds a word of the resident.
func (s *Service) Say(ctx context.Context, number, track string, cmd Command) (Outcome, error) {
	return s.byKey(ctx, number, track, "demand.say", "", cmd, func(d *Demand, by By, now time.Time) error {
		return d.Say(by, cmd.Note, now)
	})
}

// Withdraw says that the resident no longer asks for it. What followed it stands
// for itself again.
func (s *Service) Withdraw(ctx context.Context, number, track string, cmd Command) (Outcome, error) {
	do := s.keyed(track, "demand.withdraw", "", func(d *Demand, by By, now time.Time) error {
		return d.Withdraw(by, cmd.Note, now)
	})
	do.after = func(ctx context.Context, tx *sqldb.Tx, d *Demand, now time.Time) error {
		return s.eachMerged(ctx, tx, d.ID, func(m *Demand) error {
			if err := m.Free(s.ownerOf(d), now); err != nil {
				return err
			}
			_, err := s.store(ctx, tx, do.actor, m, "demand.split")
			return err
		})
	}
	return s.change(ctx, number, cmd, do)
}

// Split says that a merged demand is another matter after all.
func (s *Service) Split(ctx context.Context, number, track string, cmd Command) (Outcome, error) {
	return s.byKey(ctx, number, track, "demand.split", "", cmd, func(d *Demand, by By, now time.Time) error {
		return d.Split(by, s.ownerOf(d), now)
	})
}

// StillFixed answers the question that comes a month after.
func (s *Service) StillFixed(ctx context.Context, number, track string, cmd Command) (Outcome, error) {
	return s.byKey(ctx, number, track, "demand.still_fixed", "", cmd, func(d *Demand, by By, now time.Time) error {
		return d.StillFixed(by, now)
	})
}

// Claim is the household's answer about an entry that was made for it.
func (s *Service) Claim(ctx context.Context, number, track string, ours bool, cmd Command) (Outcome, error) {
	return s.byKey(ctx, number, track, "demand.claim", strconv.FormatBool(ours), cmd, func(d *Demand, by By, now time.Time) error {
		if err := notTheirs(ctx, d); err != nil {
			return err
		}
		return d.Claim(by, ours, now)
	})
}

// SetPublish lets the answer be shown to everybody, or no longer.
func (s *Service) SetPublish(ctx context.Context, number, track string, yes bool, cmd Command) (Outcome, error) {
	return s.byKey(ctx, number, track, "demand.publish", strconv.FormatBool(yes), cmd, func(d *Demand, by By, now time.Time) error {
		return d.SetPublish(by, yes, now)
	})
}

// Seen notes that the resident opened the page on which the resolution or the
// question stands; from then on their silence counts. A repeat does nothing.
func (s *Service) Seen(ctx context.Context, number, track string) error {
	d, err := s.byKeyOf(ctx, number, track)
	if err != nil || !d.ToldAt.IsZero() || d.State != Resolved && d.State != Asked {
		return err
	}
	return s.Told(ctx, d.ID, d.Seq, s.now())
}

// Told notes that the message of event seq reached the resident. Only the
// message of the last resolution or question counts.
func (s *Service) Told(ctx context.Context, demandID string, seq int, at time.Time) error {
	return s.opt.DB.Write(ctx, func(tx *sqldb.Tx) error {
		d, err := one(ctx, tx, "id", demandID)
		if err != nil {
			return err
		}
		var last int
		if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(seq), 0) FROM demand_event
			WHERE demand_id = $1 AND step IN ('resolved', 'asked')`, d.ID).Scan(&last); err != nil {
			return fmt.Errorf("demand: last message: %w", err)
		}
		told := d.ToldAt
		if d.Told(at); seq < last || d.ToldAt.Equal(told) {
			return nil
		}
		_, err = tx.ExecContext(ctx, `UPDATE demand SET told_at = $1, silent_at = $2, next_at = $3 WHERE id = $4 AND seq = $5`,
			sqldb.MillisOrZero(d.ToldAt), sqldb.MillisOrZero(d.SilentAt), sqldb.MillisOrZero(d.NextAt()), d.ID, d.Seq)
		return err
	})
}

// byKey is change for the resident's side.
func (s *Service) byKey(ctx context.Context, number, track, action, extra string, cmd Command, do rule) (Outcome, error) {
	return s.change(ctx, number, cmd, s.keyed(track, action, extra, do))
}

// keyed is a deed of whoever holds the key: they are the resident, logged in or
// not. The record names no account, for the key is often in the hands of a son
// or a neighbour's phone.
func (s *Service) keyed(track, action, extra string, do rule) deed {
	nobody := auth.Actor{}
	return deed{
		action: action,
		actor:  nobody,
		extra:  extra,
		opens: func(d *Demand) error {
			if !ticket.Opens(track, d.trackHash) {
				return notHere()
			}
			return nil
		},
		rule: func(d *Demand, now time.Time) error {
			return do(d, By{Side: Resident, ActorID: nobody.ID()}, now)
		},
	}
}

// ownerOf is who has a demand, with whoever serves there today.
func (s *Service) ownerOf(d *Demand) Stop {
	if stop, ok := stopOf(s.tree(), d.OwnerID, d.OwnerDept, d.AboutID); ok {
		return stop
	}
	return d.Owner()
}

// Follow says that a neighbour has the same trouble. contact may be empty; one
// who leaves a mobile number hears when it is resolved.
func (s *Service) Follow(ctx context.Context, demandID, contact, key string) error {
	contact = Clean(contact)
	if contact != "" && !Mobile(contact) {
		return errs.E(errs.Invalid, "demand.check").WithField("contact", "demand.mobile_needed")
	}
	id, now := sqldb.NewID(), s.now()
	sealed, person := "", ""
	if contact != "" {
		person = s.opt.Sealer.Index("demand/follow/"+demandID, fold(contact))
		var err error
		if sealed, err = s.opt.Sealer.Seal(contact, FollowBinding(id)); err != nil {
			return err
		}
	}
	return s.opt.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, "demand.follow", key, demandID+person, now, func() (string, error) {
			return id, s.follow(ctx, tx, demandID, id, sealed, person, now)
		})
		return err
	})
}

// maxFollows bounds how many follow one demand.
const maxFollows = 500

func (s *Service) follow(ctx context.Context, tx *sqldb.Tx, demandID, id, sealed, person string, now time.Time) error {
	d, err := one(ctx, tx, "id", demandID)
	if err != nil {
		return err
	}
	switch {
	case d.Confined || d.Kind == Help || d.State.Stage() > Waiting:
		return notHere()
	case d.Follows >= maxFollows:
		return errs.E(errs.Conflict, "demand.follows_enough")
	}
	res, err := tx.ExecContext(ctx, `INSERT INTO demand_follow (id, demand_id, contact, person, at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (demand_id, person) WHERE person <> '' DO NOTHING`, id, d.ID, orNull(sealed), person, sqldb.Millis(now))
	added := int64(0)
	if err == nil {
		added, err = res.RowsAffected()
	}
	if err == nil && added > 0 { // the same number twice is one neighbour
		_, err = tx.ExecContext(ctx, `UPDATE demand SET follows = follows + 1 WHERE id = $1`, d.ID)
	}
	if err != nil {
		return fmt.Errorf("demand: follow: %w", err)
	}
	return s.announce(ctx, tx, d)
}
