package mobilise

import (
	"context"
	"database/sql"
	"slices"

	"bilin/internal/auth"
	"bilin/internal/sqldb"
)

// mostListed orders of one sort stand on a start page.
const mostListed = 50

// ToApprove lists the proposed orders that wait for somebody like the actor.
func (s *Service) ToApprove(ctx context.Context, actor auth.Actor) ([]*Order, error) {
	if !s.o.Policy.May(actor, ActApprove) {
		return nil, nil
	}
	found, err := readOrders(ctx, s.o.DB.Reader(), `state = 'proposed' ORDER BY proposed_at, id LIMIT 200`)
	return slices.DeleteFunc(found, func(o *Order) bool { return !s.may(actor, o).Approve }), err
}

// ToReview lists the orders about missing persons that the privacy officer has
// not looked at yet, the oldest first.
func (s *Service) ToReview(ctx context.Context, actor auth.Actor) ([]*Order, error) {
	if !s.o.Policy.May(actor, ActReview) {
		return nil, nil
	}
	return readOrders(ctx, s.o.DB.Reader(), `hazard = 'missing' AND issued_at > 0 AND reviewed_at = 0 ORDER BY issued_at, id LIMIT $1`, mostListed)
}

// Doors is how many doors of an order wait in somebody's part of the city.
type Doors struct {
	*Order
	N int
}

// ToKnock counts the doors to knock at in the actor's part of the city, by open
// order. It costs two queries, and one while no order is open.
func (s *Service) ToKnock(ctx context.Context, actor auth.Actor) ([]Doors, error) {
	if !s.o.Policy.May(actor, ActEnter) {
		return nil, nil
	}
	open, err := s.Active(ctx)
	if err != nil || len(open) == 0 {
		return nil, err
	}
	counts, err := s.knocksAt(ctx, open, s.o.Policy.Scope(actor, ActEnter))
	if err != nil {
		return nil, err
	}
	var out []Doors
	for _, o := range open {
		if n := counts[o.ID]; n > 0 && !o.IsRehearsal() {
			out = append(out, Doors{o, n})
		}
	}
	return out, nil
}

func (s *Service) knocksAt(ctx context.Context, open []*Order, units []string) (map[string]int, error) {
	tree := s.o.Network.Tree()
	whole := slices.Contains(units, tree.RootID())
	var w sqldb.Where
	w.Add(`knock_at > 0 AND standing < ? AND way = ''`, int(Cant))
	var ids []string
	for _, o := range open {
		ids = append(ids, o.ID)
	}
	w.In("order_id", ids)
	if !whole {
		w.In("village_id", villagesOf(tree, units))
	}
	type row struct {
		order, unit string
		n           int
	}
	rows, err := sqldb.Collect(ctx, s.o.DB.Reader(), func(r *sql.Rows, x *row) error { return r.Scan(&x.order, &x.unit, &x.n) },
		`SELECT order_id, unit_id, count(*) FROM call_receipt WHERE `+w.Text()+` GROUP BY order_id, unit_id`, w.Args...)
	out := map[string]int{}
	for _, x := range rows {
		if whole || slices.ContainsFunc(units, func(u string) bool { return tree.Contains(u, x.unit) }) {
			out[x.order] += x.n
		}
	}
	return out, err
}
