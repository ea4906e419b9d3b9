package demand

import (
	"context"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// judges refuses whoever can't decide on a suggestion: it takes an office, a
// village's at least.
func (d *Demand) judges(by By) error {
	switch {
	case d.Kind != Suggestion:
		return errs.E(errs.Conflict, "demand.no_suggestion")
	case by.Rung < Village:
		return errs.E(errs.Forbidden, "demand.suggestion_office")
	}
	return nil
}

// Adopt says that a suggestion is adopted, and by when it will be done: until
// then the owner's clock runs, and after that it climbs like whatever is late.
func (d *Demand) Adopt(by By, why string, until, now time.Time) error {
	now = d.clamp(now)
	if err := d.judges(by); err != nil {
		return err
	}
	limit := d.terms.Calendar.Between(now, until)
	if limit <= 0 {
		return errs.E(errs.Invalid, "demand.check").WithField("due", "demand.due_past")
	}
	if err := d.take(StepAdopted, by, Event{Text: why, To: by.stop()}, now); err != nil {
		return err
	}
	d.HandlerID = by.PersonID
	if to := by.stop(); by.UnitID != "" && !to.Is(d.Owner()) {
		d.Handovers++
		d.assign(to, ReasonTaken, now)
		d.HandlerID = by.PersonID
	}
	d.clearPending()
	d.Clock = Clock{Limit: limit, Since: now}
	d.set()
	return nil
}

// Conclude ends the handling of a suggestion: it was declined for these
// reasons, or what was adopted is done. The author has the last word, as ever.
func (d *Demand) Conclude(by By, words string, now time.Time) error {
	if err := d.judges(by); err != nil {
		return err
	}
	if d.State == Open || d.State == Reopened {
		if err := d.Accept(by, now); err != nil {
			return err
		}
	}
	return d.Resolve(by, words, now)
}

// Along is what changes beside a demand, in its transaction. The demand is as
// the command left it.
type Along func(ctx context.Context, tx *sqldb.Tx, d *Demand, now time.Time) error

// AdoptSuggestion is Adopt for whoever has it.
func (s *Service) AdoptSuggestion(ctx context.Context, actor auth.Actor, number string, until time.Time, cmd Command, along Along) (Outcome, error) {
	cmd.Extra += until.UTC().Format(time.RFC3339)
	return s.judge(ctx, actor, number, "demand.adopt", cmd, along, func(d *Demand, by By, now time.Time) error { return d.Adopt(by, cmd.Note, until, now) })
}

// ConcludeSuggestion is Conclude for whoever has it.
func (s *Service) ConcludeSuggestion(ctx context.Context, actor auth.Actor, number string, cmd Command, along Along) (Outcome, error) {
	return s.judge(ctx, actor, number, "demand.conclude", cmd, along, func(d *Demand, by By, now time.Time) error { return d.Conclude(by, cmd.Note, now) })
}

func (s *Service) judge(ctx context.Context, actor auth.Actor, number, action string, cmd Command, along Along, do rule) (Outcome, error) {
	deed := s.deed(actor, action, s.authority().handles, do)
	deed.after = func(ctx context.Context, tx *sqldb.Tx, d *Demand, now time.Time) error {
		if d.State == Resolved {
			decide := s.authority()
			if err := s.eachMerged(ctx, tx, d.ID, func(m *Demand) error {
				if err := m.Share(d, decide.by(actor, d), cmd.Note, now); err != nil {
					return err
				}
				_, err := s.store(ctx, tx, actor, m, action)
				return err
			}); err != nil {
				return err
			}
		}
		return along(ctx, tx, d, now)
	}
	return s.byNetwork(ctx, actor, number, cmd, deed)
}
