package mobilise

import (
	"context"
	"errors"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/once"
	"bilin/internal/sqldb"
)

// Command is a step on an order.
type Command struct {
	Key, Number string
	Version     int // at which it was shown; 0 is any
	Note        string
}

// Approve lets an order that somebody else proposed go out. Whom it calls is
// found out anew: posts may have changed hands since.
func (s *Service) Approve(ctx context.Context, actor auth.Actor, c Command) (*Order, error) {
	o, err := s.order(ctx, actor, c.Number, ActApprove)
	if err != nil {
		return nil, err
	}
	proposer := auth.System("order.audience") // the rights were asked for when it was proposed
	who, err := s.resolve(ctx, proposer, o.Audience)
	if err == nil {
		who, err = who.only(o.Rehearsal)
	}
	if err != nil {
		return nil, err
	}
	return s.step(ctx, actor, "order.approve", c, c, o, func(tx *sqldb.Tx, o *Order) (string, error) {
		if err := o.Approve(decider(actor, o), actor.Name, s.o.Now()); err != nil {
			return "", err
		}
		if who.People == 0 {
			return "", errs.E(errs.Conflict, "order.nobody")
		}
		if err := s.o.Policy.Can(actor, ActApprove, auth.Object{UnitID: who.UnitID}); err != nil {
			return "", err
		}
		o.People, o.UnitID = who.People, who.UnitID
		if err := s.useAlert(ctx, tx, actor, o, false); err != nil {
			return "", err
		}
		return EventApproved, s.send(ctx, tx, o, who)
	})
}

// decider names who decides by what the order knows its proposer by, if that is
// the same person.
func decider(actor auth.Actor, o *Order) string {
	if actor.Is(o.ProposedBy) {
		return o.ProposedBy
	}
	return actor.Human()
}

// Refuse says no to one, with a reason.
func (s *Service) Refuse(ctx context.Context, actor auth.Actor, c Command) (*Order, error) {
	return s.end(ctx, actor, ActApprove, "order.refuse", c, func(_ *sqldb.Tx, o *Order, note string) (string, error) {
		return EventRefused, o.Refuse(decider(actor, o), actor.Name, note, s.o.Now())
	})
}

// Correct gives an order new words. Everybody who was told gets them by the
// channels that told them.
func (s *Service) Correct(ctx context.Context, actor auth.Actor, c Command, words Words) (*Order, error) {
	o, err := s.order(ctx, actor, c.Number, ActIssue)
	if err != nil {
		return nil, err
	}
	if words, err = words.check(s.o.Now()); err != nil {
		return nil, err
	}
	if words.aboutSomebody(o.Hazard) {
		return nil, errs.Refuse("what", "order.names_person")
	}
	if err := o.Missing.check(o.Hazard, words.Until, o.IssuedAt); err != nil {
		return nil, err
	}
	asked := struct {
		Command
		Words Words
	}{c, words}
	return s.step(ctx, actor, "order.correct", c, asked, o, func(tx *sqldb.Tx, o *Order) (string, error) {
		if err := o.Correct(words); err != nil {
			return "", err
		}
		return EventCorrected, s.again(ctx, tx, o)
	})
}

// Cancel takes an order back and tells everybody whom it reached.
func (s *Service) Cancel(ctx context.Context, actor auth.Actor, c Command) (*Order, error) {
	return s.end(ctx, actor, ActIssue, "order.cancel", c, func(tx *sqldb.Tx, o *Order, note string) (string, error) {
		if err := o.Cancel(note, s.o.Now()); err != nil {
			return "", err
		}
		return EventCancelled, s.again(ctx, tx, o)
	})
}

// Close ends an order whose work is done: who came is released and thanked.
func (s *Service) Close(ctx context.Context, actor auth.Actor, c Command) (*Order, error) {
	return s.end(ctx, actor, ActIssue, "order.close", c, func(tx *sqldb.Tx, o *Order, note string) (string, error) {
		return EventClosed, s.close(ctx, tx, o, note)
	})
}

func (s *Service) close(ctx context.Context, tx *sqldb.Tx, o *Order, note string) error {
	if err := o.Close(note, s.o.Now()); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `UPDATE call_receipt SET standing = $1, released_at = $2 WHERE order_id = $3 AND standing IN ($4, $5)`,
		int(Released), sqldb.Millis(s.o.Now()), o.ID, int(Coming), int(Arrived))
	if err != nil {
		return err
	}
	return s.again(ctx, tx, o)
}

// again has every receipt looked at: who was told earlier words gets these.
func (s *Service) again(ctx context.Context, tx *sqldb.Tx, o *Order) error {
	_, err := tx.ExecContext(ctx, `UPDATE call_receipt SET due = $1, tried = 0 WHERE order_id = $2`, sqldb.Millis(s.o.Now()), o.ID)
	if err != nil {
		return err
	}
	return s.wake(ctx, tx, o)
}

// Review is the privacy officer's look at an order about a missing person.
func (s *Service) Review(ctx context.Context, actor auth.Actor, c Command) (*Order, error) {
	return s.end(ctx, actor, ActReview, "order.review", c, func(_ *sqldb.Tx, o *Order, note string) (string, error) {
		if o.Hazard != Missing || o.IssuedAt.IsZero() || !o.Missing.ReviewedAt.IsZero() {
			return "", errs.E(errs.Conflict, "order.no_review")
		}
		o.Missing.ReviewedAt, o.Missing.ReviewedBy, o.Missing.ReviewNote = s.o.Now(), actor.Name, note
		o.Version++
		return EventReviewed, nil
	})
}

// end is a step that needs a reason.
func (s *Service) end(ctx context.Context, actor auth.Actor, action auth.Action, name string, c Command, fn func(tx *sqldb.Tx, o *Order, note string) (string, error)) (*Order, error) {
	o, err := s.order(ctx, actor, c.Number, action)
	if err != nil {
		return nil, err
	}
	if c.Note, err = note(c.Note); err != nil {
		return nil, err
	}
	return s.step(ctx, actor, name, c, c, o, func(tx *sqldb.Tx, o *Order) (string, error) { return fn(tx, o, c.Note) })
}

func note(text string) (string, error) {
	text = plain(text)
	switch n := len([]rune(text)); {
	case n == 0:
		return "", errs.Refuse("note", "order.missing")
	case n > MaxNote:
		return "", errs.Refuse("note", "order.too_long", "max", MaxNote)
	}
	return text, nil
}

// order returns an order on which the actor has a right.
func (s *Service) order(ctx context.Context, actor auth.Actor, number string, action auth.Action) (*Order, error) {
	o, err := s.byNumber(ctx, number)
	if err != nil {
		return nil, err
	}
	return o, s.can(actor, action, o)
}

// step carries out a command on an order, once for its key. asked is all that a
// repeat must ask again.
func (s *Service) step(ctx context.Context, actor auth.Actor, name string, c Command, asked any, o *Order, fn func(*sqldb.Tx, *Order) (event string, err error)) (*Order, error) {
	err := Alone(ctx, s.o.DB, o.ID, func(tx *sqldb.Tx, o *Order) error {
		_, err := once.Do(ctx, tx, name+"/"+actor.ID(), c.Key, asked, s.o.Now(), func() (bool, error) {
			return true, s.apply(ctx, tx, actor, name, c, o, fn)
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return orderBy(ctx, s.o.DB.Reader(), `id = $1`, o.ID)
}

func (s *Service) apply(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, name string, c Command, o *Order, fn func(*sqldb.Tx, *Order) (string, error)) error {
	if c.Version != 0 && c.Version != o.Version {
		return errs.E(errs.Stale, "order.changed_since")
	}
	event, err := fn(tx, o)
	if err != nil {
		return err
	}
	if err := updateOrder(ctx, tx, o); err != nil {
		return err
	}
	text := c.Note
	if event == EventCorrected || event == EventApproved {
		text = o.What
	}
	return s.finish(ctx, tx, actor, name, o, event, text)
}

// Tick ends orders about a missing person when their time is over, and erases
// what they said of that person.
func (s *Service) Tick(ctx context.Context) error {
	now := s.o.Now()
	over, err := readOrders(ctx, s.o.DB.Reader(), `hazard = 'missing' AND erased_at = 0 AND until_at <= $1 ORDER BY until_at LIMIT 100`, sqldb.Millis(now))
	for _, o := range over { // what can't be done with one doesn't keep another's words
		err = errors.Join(err, s.eraseOne(ctx, o.ID, now))
	}
	return err
}

// eraseOne erases an order, unless that was done meanwhile or it was corrected
// to last longer.
func (s *Service) eraseOne(ctx context.Context, id string, now time.Time) error {
	return Alone(ctx, s.o.DB, id, func(tx *sqldb.Tx, o *Order) error {
		if o.Hazard != Missing || !o.Missing.ErasedAt.IsZero() || o.Until.After(now) {
			return nil
		}
		return s.erase(ctx, tx, o, now)
	})
}

func (s *Service) erase(ctx context.Context, tx *sqldb.Tx, o *Order, now time.Time) error {
	clock := auth.System("order.clock")
	switch o.State {
	case Active:
		if err := s.close(ctx, tx, o, ""); err != nil {
			return err
		}
	case Proposed:
		if err := o.Cancel("", now); err != nil {
			return err
		}
	case Closed, Cancelled, Refused:
	}
	o.Words = Words{Until: o.Until}
	o.Missing.CaseNumber, o.Missing.AskedBy, o.Missing.ReviewNote, o.Missing.ErasedAt = "", "", "", now // who reviewed it, and when, stays
	o.EndNote = ""
	if err := updateOrder(ctx, tx, o); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE call_event SET text = '', detail = '' WHERE order_id = $1`, o.ID); err != nil {
		return err
	}
	return s.finish(ctx, tx, clock, "order.erase", o, EventErased, "")
}
