package rollcall

import (
	"context"

	"bilin/internal/auth"
	"bilin/internal/network"
)

// OfOrder returns an order's roll-call with its totals, the latest if there were
// several, and nil if there was none.
func (s *Service) OfOrder(ctx context.Context, orderID string) (*Call, Totals, error) {
	found, err := readCalls(ctx, s.o.DB.Reader(), `order_id = $1 AND order_id <> '' ORDER BY opened_at DESC, id DESC LIMIT 1`, orderID)
	if err != nil || len(found) == 0 {
		return nil, Totals{}, err
	}
	t, err := s.Totals(ctx, found[0].ID)
	return found[0], t, err
}

// Totals adds up a roll-call's villages.
func (s *Service) Totals(ctx context.Context, callID string) (sum Totals, err error) {
	all, err := s.ByVillage(ctx, callID)
	for _, t := range all {
		sum.add(t)
	}
	return sum, err
}

// ByVillage returns the totals of each village of a roll-call, by unit id.
func (s *Service) ByVillage(ctx context.Context, callID string) (map[string]Totals, error) {
	return readVillages(ctx, s.o.DB.Reader(), callID)
}

// Curve returns how many households had been reported by the end of each minute
// in which something was.
func (s *Service) Curve(ctx context.Context, callID string) ([]Point, error) {
	return s.curve(ctx, callID, nil)
}

func (s *Service) curve(ctx context.Context, callID string, villages []string) ([]Point, error) {
	points, err := readMinutes(ctx, s.o.DB.Reader(), callID, villages)
	for i := 1; i < len(points); i++ {
		points[i].Reported += points[i-1].Reported
	}
	return points, err
}

// Brief is how far an open roll-call is in one part of the city.
type Brief struct {
	Call *Call
	Unit *network.Unit
	Totals
}

// Briefs says how far each open roll-call is in what somebody stands over.
func (s *Service) Briefs(ctx context.Context, actor auth.Actor) (out []Brief, err error) {
	if !s.o.Policy.May(actor, ActView) {
		return nil, nil
	}
	open, err := readOpen(ctx, s.o.DB.Reader())
	if err != nil {
		return nil, err
	}
	for _, c := range realFirst(open) {
		for _, unit := range s.parts(actor, c) {
			t, err := s.totalsAt(ctx, c, unit)
			if err != nil {
				return nil, err
			}
			out = append(out, Brief{c, unit, t})
		}
	}
	return out, nil
}

func (s *Service) totalsAt(ctx context.Context, c *Call, unit *network.Unit) (sum Totals, err error) {
	tree := s.o.Network.Tree()
	if unit.Level <= network.Village {
		all, err := s.ByVillage(ctx, c.ID)
		for id, t := range all {
			if tree.Contains(unit.ID, id) {
				sum.add(t)
			}
		}
		return sum, err
	}
	units, err := s.units(ctx, c, unit)
	for id, t := range units {
		if tree.Contains(unit.ID, id) {
			sum.add(t)
		}
	}
	return sum, err
}
