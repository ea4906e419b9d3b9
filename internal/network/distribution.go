package network

import (
	"context"
	"maps"
	"slices"

	"bilin/internal/auth"
)

// Distribution is how many households the neighbour leads of a subtree have.
type Distribution struct {
	Bars   []Bar // in order, without gaps
	Leads  int
	Median float64
	Mean   float64
}

// Bar is how many leads have that many households.
type Bar struct {
	Households int
	Leads      int
}

// Distribution counts, for each neighbour lead in a unit's subtree, the
// households of all cells they lead there.
func (s *Service) Distribution(_ context.Context, actor auth.Actor, unitID string) (Distribution, error) {
	if err := s.policy.Can(actor, ActView, auth.Object{UnitID: unitID}); err != nil {
		return Distribution{}, err
	}
	return s.Tree().Distribution(unitID), nil
}

// Distribution is Service.Distribution without the question who asks.
func (t *Tree) Distribution(unitID string) Distribution {
	perLead := map[string]int{}
	for _, u := range t.Subtree(t.ByID(or(unitID, t.RootID()))) {
		if u.Level != Cell {
			continue
		}
		if lead := t.serving(u, auth.Lead); lead != nil {
			perLead[lead.PersonID] += u.Households
		}
	}
	loads := slices.Sorted(maps.Values(perLead))
	d := Distribution{Leads: len(loads)}
	if d.Leads == 0 {
		return d
	}
	d.Bars = make([]Bar, loads[len(loads)-1]-loads[0]+1)
	total := 0
	for i := range d.Bars {
		d.Bars[i].Households = loads[0] + i
	}
	for _, n := range loads {
		d.Bars[n-loads[0]].Leads++
		total += n
	}
	d.Mean = float64(total) / float64(d.Leads)
	d.Median = float64(loads[(d.Leads-1)/2]+loads[d.Leads/2]) / 2
	return d
}
