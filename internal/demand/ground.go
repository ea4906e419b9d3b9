package demand

import (
	"context"
	"time"

	"bilin/internal/auth"
	"bilin/internal/purpose"
	"bilin/internal/sqldb"
)

// Ground is the kind of open work that a demand is to whoever has it.
const Ground = "demand"

const mostGrounds = 20

// grounds tells which demands of a household somebody has open.
type grounds struct{ *Service }

// Grounds tells which demands of a household somebody has to handle, or whose
// resident they may ask on paper: what its number may be read for. One that was
// entered for a household which hasn't said yet that it is its own is one to
// whoever handles it, and none to whoever entered it.
func (s *Service) Grounds() purpose.Source { return grounds{s} }

func (grounds) Kind() string { return Ground }

func (g grounds) OpenWork(ctx context.Context, q sqldb.Querier, actor auth.Actor, sub purpose.Subject) ([]purpose.Work, error) {
	list, err := many(ctx, q, `id IN (SELECT id FROM demand WHERE household_id = $1 UNION ALL SELECT id FROM demand WHERE claim_id <> '' AND claim_id = $1)
		AND stage < $2 ORDER BY raised_at DESC, id DESC LIMIT $3`, sub.HouseholdID, int(Closed), mostGrounds)
	if err != nil {
		return nil, err
	}
	var out []purpose.Work
	for _, d := range list {
		if d.HouseholdID == "" && d.AuthorID != "" && d.AuthorID == actor.PersonID {
			continue
		}
		if d.State != Merged && g.reaches(actor, d) {
			out = append(out, purpose.Work{Ground: purpose.Ground{Kind: Ground, ID: d.ID}, Title: d.Number, Due: d.DueAt})
		}
	}
	return out, nil
}

// reaches reports whether the actor may reach whoever raised the demand.
func (s *Service) reaches(actor auth.Actor, d *Demand) bool {
	decide := s.authority()
	return decide.handles(actor, d) || d.State.Stage() == Waiting && decide.vouches(actor, d)
}

// noted writes down for the household that its contact was opened.
func (s *Service) noted(actor auth.Actor) func(context.Context, *sqldb.Tx, *Demand, time.Time) error {
	return func(ctx context.Context, tx *sqldb.Tx, d *Demand, _ time.Time) error {
		if s.opt.Purpose == nil || d.HouseholdID == "" {
			return nil // the timeline says it to whoever raised it
		}
		sub := purpose.Subject{HouseholdID: d.HouseholdID, UnitID: d.UnitID}
		return s.opt.Purpose.Open(ctx, tx, actor, sub, purpose.Ground{Kind: Ground, ID: d.ID}, purpose.Contact)
	}
}
