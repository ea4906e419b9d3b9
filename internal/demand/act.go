package demand

import (
	"context"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
)

// Accept takes a demand on: from now on it is with the actor's unit.
func (s *Service) Accept(ctx context.Context, actor auth.Actor, number string, cmd Command) (Outcome, error) {
	return s.handle(ctx, actor, number, "demand.accept", cmd, func(d *Demand, by By, now time.Time) error {
		if err := d.Accept(by, now); err != nil {
			return err
		}
		if cmd.Note == "" {
			return nil
		}
		return d.Answer(by, cmd.Note, now)
	})
}

// Answer says a word to the resident without changing the state.
func (s *Service) Answer(ctx context.Context, actor auth.Actor, number string, cmd Command) (Outcome, error) {
	return s.handle(ctx, actor, number, "demand.answer", cmd, func(d *Demand, by By, now time.Time) error {
		return d.Answer(by, cmd.Note, now)
	})
}

// Resolve says what was done. The demand stays open until the resident confirms.
// Whoever resolves what was re-opened has thereby taken it on again: a volunteer
// needn't press two buttons for it.
func (s *Service) Resolve(ctx context.Context, actor auth.Actor, number string, cmd Command) (Outcome, error) {
	return s.handle(ctx, actor, number, "demand.resolve", cmd, func(d *Demand, by By, now time.Time) error {
		if d.State == Reopened {
			if err := d.Accept(by, now); err != nil {
				return err
			}
		}
		return d.Resolve(by, cmd.Note, now)
	})
}

const actContact = "demand.contact"

// Contact opens the resident's sealed contact for somebody who has the demand to
// handle. Each time is on record and on the timeline, where the resident sees it,
// so it takes no key: a repeat is another reading.
func (s *Service) Contact(ctx context.Context, actor auth.Actor, number string) (contact string, err error) {
	_, err = s.handle(ctx, actor, number, actContact, Command{}, func(d *Demand, by By, now time.Time) error {
		if !d.HasContact {
			return errs.E(errs.NotFound, "demand.no_contact")
		}
		if err := d.ContactRead(by, now); err != nil {
			return err
		}
		var err error
		contact, err = s.opt.Sealer.Open(d.contact, contactBinding(d.ID))
		return err
	})
	if err != nil {
		return "", err
	}
	return contact, nil
}

// handle is change for the network's side: only whoever may handle the demand.
func (s *Service) handle(ctx context.Context, actor auth.Actor, number, action string, cmd Command,
	rule func(d *Demand, by By, now time.Time) error) (Outcome, error) {
	if actor.Anonymous() {
		return Outcome{}, auth.Denied(actor)
	}
	decide := s.authority()
	return s.change(ctx, number, cmd, deed{
		action: action,
		actor:  actor,
		may:    func(d *Demand) error { return decide.handling(actor, d) },
		rule:   func(d *Demand, now time.Time) error { return rule(d, decide.by(actor, d), now) },
	})
}
