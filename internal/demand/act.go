package demand

import (
	"context"
	"fmt"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// rule is what one of the network's commands does to a demand.
type rule func(d *Demand, by By, now time.Time) error

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

// Answer says a word to the resident without changing the state. Who helps may too.
func (s *Service) Answer(ctx context.Context, actor auth.Actor, number string, cmd Command) (Outcome, error) {
	return s.aid(ctx, actor, number, "demand.answer", cmd, func(d *Demand, by By, now time.Time) error {
		return d.Answer(by, cmd.Note, now)
	})
}

// Note is a word within the network; the resident reads it once it is resolved.
func (s *Service) Note(ctx context.Context, actor auth.Actor, number string, cmd Command) (Outcome, error) {
	return s.aid(ctx, actor, number, "demand.note", cmd, func(d *Demand, by By, now time.Time) error {
		return d.Note(by, cmd.Note, now)
	})
}

// Ask wants a word from the resident; until it comes the clock stands still.
func (s *Service) Ask(ctx context.Context, actor auth.Actor, number string, cmd Command) (Outcome, error) {
	return s.handle(ctx, actor, number, "demand.ask", cmd, func(d *Demand, by By, now time.Time) error {
		return d.Ask(by, cmd.Note, now)
	})
}

// Resume goes on without the resident's word.
func (s *Service) Resume(ctx context.Context, actor auth.Actor, number string, cmd Command) (Outcome, error) {
	return s.handle(ctx, actor, number, "demand.resume", cmd, func(d *Demand, by By, now time.Time) error {
		return d.Resume(by, cmd.Note, now)
	})
}

// Resolve says what was done. The demand stays open until the resident confirms.
// Whoever resolves what was re-opened has thereby taken it on again: a volunteer
// needn't press two buttons for it. What was merged into it is resolved with it.
func (s *Service) Resolve(ctx context.Context, actor auth.Actor, number string, cmd Command) (Outcome, error) {
	decide := s.authority()
	do := s.deed(actor, "demand.resolve", decide.handles, func(d *Demand, by By, now time.Time) error {
		if d.Kind == Suggestion {
			return errs.E(errs.Conflict, "demand.suggestion_decide")
		}
		if d.State == Reopened {
			if err := d.Accept(by, now); err != nil {
				return err
			}
		}
		return d.Resolve(by, cmd.Note, now)
	})
	do.after = func(ctx context.Context, tx *sqldb.Tx, d *Demand, now time.Time) error {
		return s.eachMerged(ctx, tx, d.ID, func(m *Demand) error {
			if err := m.Share(d, decide.by(actor, d), cmd.Note, now); err != nil {
				return err
			}
			_, err := s.store(ctx, tx, actor, m, "demand.resolve")
			return err
		})
	}
	return s.byNetwork(ctx, actor, number, cmd, do)
}

// Categorise says what a demand is about and how urgent it is; its limit follows.
func (s *Service) Categorise(ctx context.Context, actor auth.Actor, number, category string, urgency int, cmd Command) (Outcome, error) {
	c, ok := s.category(category)
	if !ok {
		return Outcome{}, errs.E(errs.Invalid, "demand.check").WithField("category", "demand.category_wrong")
	}
	do := s.deed(actor, "demand.categorise", s.authority().handles, func(d *Demand, by By, now time.Time) error {
		return d.Categorise(by, c.ID, urgency, now)
	})
	do.extra = c.ID + "/" + string(rune('0'+urgency))
	return s.byNetwork(ctx, actor, number, cmd, do)
}

const actContact = "demand.contact"

// Contact opens the resident's sealed contact for somebody who has the demand to
// handle, or who may pass on their word. Each time is on record and on the
// timeline, where the resident sees it, and in their household's record, so it
// takes no key: a repeat is another reading.
func (s *Service) Contact(ctx context.Context, actor auth.Actor, number string) (contact string, err error) {
	do := s.deed(actor, actContact, s.reaches, func(d *Demand, by By, now time.Time) error {
		if !d.HasContact {
			return errs.E(errs.NotFound, "demand.no_contact")
		}
		if err := d.ContactRead(by, now); err != nil {
			return err
		}
		var err error
		contact, err = OpenContact(ctx, s.opt.Sealer, s.opt.Vault, d.HouseholdID, d.contact, ContactBinding(d.ID))
		return err
	})
	do.after = s.noted(actor)
	_, err = s.byNetwork(ctx, actor, number, Command{}, do)
	if err != nil {
		return "", err
	}
	return contact, nil
}

// TellInPerson notes that somebody other than the handler told a resident
// without a telephone; from then on their silence counts.
func (s *Service) TellInPerson(ctx context.Context, actor auth.Actor, number string, cmd Command) (Outcome, error) {
	return s.byNetwork(ctx, actor, number, cmd, s.deed(actor, "demand.tell", s.authority().vouches, func(d *Demand, by By, now time.Time) error {
		return d.TellInPerson(by, cmd.Note, now)
	}))
}

// Vouch confirms or re-opens on the word of a resident who has no telephone, or
// gave it to the hotline. It must not be the handler.
func (s *Service) Vouch(ctx context.Context, actor auth.Actor, number string, solved bool, r Rating, cmd Command) (Outcome, error) {
	action := "demand.vouch_reopen"
	if solved {
		action = "demand.vouch_confirm"
	}
	cmd.Extra += fmt.Sprint(r)
	return s.byNetwork(ctx, actor, number, cmd, s.deed(actor, action, s.authority().vouches, func(d *Demand, by By, now time.Time) error {
		if solved && Clean(cmd.Note) == "" && d.Source != FromHotline {
			return errs.E(errs.Invalid, "demand.check").WithField("note", "demand.say_how_told")
		}
		by, err := d.onWord(by)
		if err != nil {
			return err
		}
		if solved {
			return d.Confirm(by, cmd.Note, r, now)
		}
		return d.Reopen(by, cmd.Note, s.above(d), now)
	}))
}

// Record notes what happened on the spot: a call, an answer to it, an agreement.
// It is for whoever has the demand or helps on it; an agreement is for who may
// read it, and after says who called.
func (s *Service) Record(ctx context.Context, actor auth.Actor, number string, step Step, to Stop, cmd Command,
	after func(ctx context.Context, tx *sqldb.Tx, d *Demand, now time.Time) error) (Outcome, error) {
	decide := s.authority()
	may := func(actor auth.Actor, d *Demand) bool {
		return decide.handles(actor, d) || decide.helps(actor, d) || step == StepAgreed && decide.sees(actor, d)
	}
	do := s.deed(actor, "demand."+string(step), may, func(d *Demand, by By, now time.Time) error {
		return d.Record(step, by, cmd.Note, to, now)
	})
	do.extra, do.after = to.UnitID+to.DepartmentID, after
	return s.byNetwork(ctx, actor, number, cmd, do)
}

// handle is for whoever has the demand.
func (s *Service) handle(ctx context.Context, actor auth.Actor, number, action string, cmd Command, do rule) (Outcome, error) {
	return s.byNetwork(ctx, actor, number, cmd, s.deed(actor, action, s.authority().handles, do))
}

// aid is for whoever has the demand or helps on it.
func (s *Service) aid(ctx context.Context, actor auth.Actor, number, action string, cmd Command, do rule) (Outcome, error) {
	decide := s.authority()
	may := func(actor auth.Actor, d *Demand) bool { return decide.handles(actor, d) || decide.helps(actor, d) }
	return s.byNetwork(ctx, actor, number, cmd, s.deed(actor, action, may, do))
}

// deed is one of the network's: who may, and what it does.
func (s *Service) deed(actor auth.Actor, action string, may func(auth.Actor, *Demand) bool, do rule) deed {
	decide := s.authority()
	return deed{
		action: action,
		actor:  actor,
		may:    func(d *Demand) error { return decide.may(actor, d, may(actor, d)) },
		rule:   func(d *Demand, now time.Time) error { return do(d, decide.by(actor, d), now) },
	}
}

func (s *Service) byNetwork(ctx context.Context, actor auth.Actor, number string, cmd Command, do deed) (Outcome, error) {
	if actor.Anonymous() {
		return Outcome{}, auth.Denied(actor)
	}
	return s.change(ctx, number, cmd, do)
}

// over is who stands over the demand's owner.
func (s *Service) over(d *Demand) Over {
	return Over{
		Above:  func() Stop { return s.above(d) },
		Senior: func(after Stop) Stop { return senior(s.tree(), d, after) },
	}
}

// AnswerOwed is the answer of the senior official who owes one for a demand
// that the city failed; nobody else can give it.
func (s *Service) AnswerOwed(ctx context.Context, actor auth.Actor, number string, cmd Command) (Outcome, error) {
	return s.byNetwork(ctx, actor, number, cmd, s.deed(actor, "demand.answer_owed", s.authority().owes, func(d *Demand, by By, now time.Time) error {
		return d.AnswerOwed(by, cmd.Note, now)
	}))
}

// above is the owner one level over the one that has the demand.
func (s *Service) above(d *Demand) Stop { return above(s.tree(), s.opt.Catalog(), d) }

// eachMerged does something with every demand that follows one. That it follows
// any is said twice: the index knows only those that do.
func (s *Service) eachMerged(ctx context.Context, tx *sqldb.Tx, id string, do func(m *Demand) error) error {
	list, err := many(ctx, tx, `merged_into <> '' AND merged_into = $1 AND state = 'merged' ORDER BY raised_at, id`, id)
	if err != nil {
		return err
	}
	for _, m := range list {
		if err := do(m.Under(s.Terms())); err != nil {
			return err
		}
	}
	return nil
}
