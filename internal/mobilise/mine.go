package mobilise

import (
	"context"

	"bilin/internal/auth"
	"bilin/internal/sqldb"
)

// mostMine orders that call somebody stand on their start page.
const mostMine = 20

// Mine lists the open orders that call somebody, the latest first. It costs two
// queries, and one for those whom nothing calls.
func (s *Service) Mine(ctx context.Context, actor auth.Actor) ([]Call, error) {
	if actor.PersonID == "" {
		return nil, nil
	}
	receipts, err := ReadReceipts(ctx, s.o.DB.Reader(), `person_id = $1 AND order_id IN (SELECT id FROM call_order WHERE state = 'active') ORDER BY order_id DESC LIMIT $2`, actor.PersonID, mostMine)
	if err != nil || len(receipts) == 0 {
		return nil, err
	}
	orders, err := s.ordersOf(ctx, receipts)
	if err != nil {
		return nil, err
	}
	var out []Call
	for _, r := range receipts {
		o := orders[r.OrderID]
		if o == nil || !o.Live() || o.IsRehearsal() { // it ended just now; nobody is told of a rehearsal
			continue
		}
		out = append(out, Call{o, r, s.Token(o, r.N)})
	}
	return out, nil
}

// ordersOf returns the orders of some receipts, by id.
func (s *Service) ordersOf(ctx context.Context, receipts []Receipt) (map[string]*Order, error) {
	var w sqldb.Where
	ids := make([]string, len(receipts))
	for i, r := range receipts {
		ids[i] = r.OrderID
	}
	w.In("id", ids)
	found, err := readOrders(ctx, s.o.DB.Reader(), w.Text(), w.Args...)
	out := make(map[string]*Order, len(found))
	for _, o := range found {
		out[o.ID] = o
	}
	return out, err
}
