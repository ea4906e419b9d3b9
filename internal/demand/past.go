package demand

import (
	"context"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/sqldb"
)

// Past makes a demand that was raised at a moment of the past, for a city that
// moves in with its history and for the demo. Rules are applied to what it
// returns as they would have been then; Store keeps it. author is who entered
// it for somebody, or the zero Actor.
func (s *Service) Past(ctx context.Context, author auth.Actor, r Raise, at time.Time) (*Demand, error) {
	from, err := s.origin(ctx, r)
	if err != nil {
		return nil, err
	}
	d, _, err := s.draft(ctx, author, from, r, at.UTC().Truncate(time.Millisecond))
	return d, err
}

// By is how the timeline shows somebody who acts on a demand, as they serve today.
func (s *Service) By(actor auth.Actor, d *Demand) By { return s.authority().by(actor, d) }

// Above is the owner one level over the one that has a demand.
func (s *Service) Above(d *Demand) Stop { return s.above(d) }

// Over is who stands over a demand's owner, for its clock.
func (s *Service) Over(d *Demand) Over { return s.over(d) }

// StopOf is a unit or department as an owner, with whoever serves there.
func (s *Service) StopOf(unitID, departmentID string) (Stop, bool) {
	return stopOf(s.tree(), unitID, departmentID, "")
}

// Store keeps demands with all that was done to them, in one transaction and
// with one audit row: they are history that was recorded elsewhere. Observers
// don't hear of it.
func (s *Service) Store(ctx context.Context, list []*Demand) error {
	return s.opt.DB.Write(ctx, func(tx *sqldb.Tx) error {
		copies := make([]*Demand, len(list)) // the transaction may run again
		for i, d := range list {
			c := *d
			copies[i] = &c
		}
		if err := insert(ctx, tx, copies...); err != nil {
			return err
		}
		return s.opt.Audit.Append(ctx, tx, audit.Entry{ActorID: auth.System("past").ID(), Action: "demand.past", ObjectKind: "demand",
			Detail: map[string]int{"demands": len(list)}})
	})
}
