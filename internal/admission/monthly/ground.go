package monthly

import (
	"context"
	"slices"
	"time"

	"bilin/internal/admission"
	"bilin/internal/auth"
	"bilin/internal/network"
	"bilin/internal/purpose"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

// Ground is the kind of open work that a task is to its lead.
const Ground = "task"

// grounds tells which tasks lead somebody to a household.
type grounds struct{ *Service }

// Grounds tells which of a lead's own open tasks of the month lead to a
// household that has its turn: what its number may be read for.
func (s *Service) Grounds() purpose.Source { return grounds{s} }

func (grounds) Kind() string { return Ground }

func (g grounds) OpenWork(ctx context.Context, q sqldb.Querier, actor auth.Actor, sub purpose.Subject) ([]purpose.Work, error) {
	if !slices.ContainsFunc(g.MyUnits(actor), func(u *network.Unit) bool { return u.ID == sub.UnitID }) {
		return nil, nil
	}
	list, err := g.VisitsOf(ctx, q, sub)
	var out []purpose.Work
	for _, t := range list {
		if !t.Bypass && g.opt.Paused(t.UnitID) {
			continue
		}
		due, err := time.ParseInLocation(time.DateOnly, t.LastDay, workday.City)
		if err != nil {
			return nil, err
		}
		out = append(out, purpose.Work{Ground: purpose.Ground{Kind: Ground, ID: t.ID}, Title: t.Title, Due: due})
	}
	return out, err
}

// VisitsOf lists this month's open tasks that lead to a household which has its turn.
func (s *Service) VisitsOf(ctx context.Context, q sqldb.Querier, sub purpose.Subject) ([]Task, error) {
	month := s.ThisMonth()
	list, err := tasks(ctx, q, `t.unit_id = $1 AND t.month = $2 AND t.state = 'open' AND t.homes > 0 ORDER BY t.last_day, t.id`, sub.UnitID, string(month))
	if err != nil || len(list) == 0 {
		return nil, err
	}
	var place int
	err = q.QueryRowContext(ctx, `SELECT COUNT(*) FROM household WHERE unit_id = $1 AND state = 'active' AND id < $2`, sub.UnitID, sub.HouseholdID).Scan(&place)
	var out []Task
	for _, t := range list {
		c := admission.Content{Way: t.Way, Rotation: t.Rotation}
		if c.Turn(place, month) {
			out = append(out, t)
		}
	}
	return out, err
}
