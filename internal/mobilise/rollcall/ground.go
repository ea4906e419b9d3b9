package rollcall

import (
	"context"

	"bilin/internal/auth"
	"bilin/internal/purpose"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

// Ground is the kind of open work that a roll-call is to whoever reports in it.
const Ground = "rollcall"

// grounds tells in which roll-calls somebody has to reach a household.
type grounds struct{ *Service }

// Grounds tells in which roll-calls a household is still to be reached by the
// actor, or still needs help: what its number may be read for.
func (s *Service) Grounds() purpose.Source { return grounds{s} }

func (grounds) Kind() string { return Ground }

// recentCalls bounds the ended roll-calls that are looked through for help still owed.
const recentCalls = 50

func (g grounds) OpenWork(ctx context.Context, q sqldb.Querier, actor auth.Actor, sub purpose.Subject) ([]purpose.Work, error) {
	if g.o.Policy.Can(actor, ActReport, auth.Object{UnitID: sub.UnitID}) != nil {
		return nil, nil
	}
	open, err := readOpen(ctx, q)
	if err != nil {
		return nil, err
	}
	ended, err := readCalls(ctx, q, `state = 'closed' ORDER BY opened_at DESC, id LIMIT $1`, recentCalls)
	if err != nil {
		return nil, err
	}
	tree := g.o.Network.Tree()
	var out []purpose.Work
	for _, c := range append(open, ended...) {
		if c.IsDrill() || !tree.Contains(c.UnitID, sub.UnitID) { // a rehearsal opens nothing
			continue
		}
		rows, err := rowsOf(ctx, q, c.ID, []string{sub.HouseholdID})
		if err != nil {
			return nil, err
		}
		if rows[sub.HouseholdID].toReach(c) {
			out = append(out, purpose.Work{Ground: purpose.Ground{Kind: Ground, ID: c.ID}, Title: g.titleOf(c)})
		}
	}
	return out, nil
}

func (s *Service) titleOf(c *Call) string {
	return s.placeOf(c.UnitID) + " " + c.OpenedAt.In(workday.City).Format("2006-01-02 15:04")
}

// toReach reports whether a household is still to be asked, or to be helped.
func (r *Row) toReach(c *Call) bool {
	if r != nil && r.Answer == Help {
		return r.Aid != Helped
	}
	return c.IsOpen() && (r == nil || r.Answer == NotReached)
}
