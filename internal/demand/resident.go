package demand

import (
	"context"
	"time"

	"bilin/internal/auth"
)

// Confirm closes a demand, with the resident's key.
func (s *Service) Confirm(ctx context.Context, number, track string, cmd Command) (Outcome, error) {
	return s.byKey(ctx, number, track, "demand.confirm", cmd, func(d *Demand, by By, now time.Time) error {
		return d.Confirm(by, cmd.Note, now)
	})
}

// Reopen says that it is not done, and why, with the resident's key.
func (s *Service) Reopen(ctx context.Context, number, track string, cmd Command) (Outcome, error) {
	return s.byKey(ctx, number, track, "demand.reopen", cmd, func(d *Demand, by By, now time.Time) error {
		return d.Reopen(by, cmd.Note, now)
	})
}

// Say adds a word of the resident.
func (s *Service) Say(ctx context.Context, number, track string, cmd Command) (Outcome, error) {
	return s.byKey(ctx, number, track, "demand.say", cmd, func(d *Demand, by By, now time.Time) error {
		return d.Say(by, cmd.Note, now)
	})
}

// byKey is change for the resident's side. Whoever holds the key is the
// resident, logged in or not; the record names no account, for the key is often
// in the hands of a son or a neighbour's phone.
func (s *Service) byKey(ctx context.Context, number, track, action string, cmd Command,
	rule func(d *Demand, by By, now time.Time) error) (Outcome, error) {
	nobody := auth.Actor{}
	return s.change(ctx, number, cmd, deed{
		action: action,
		actor:  nobody,
		may: func(d *Demand) error {
			if !d.opens(track) {
				return notHere()
			}
			return nil
		},
		rule: func(d *Demand, now time.Time) error {
			return rule(d, By{Side: Resident, ActorID: nobody.ID()}, now)
		},
	})
}
