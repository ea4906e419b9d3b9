package mobilise

import (
	"context"
	"errors"
	"time"

	"bilin/internal/auth"
	"bilin/internal/sqldb"
)

// overdueFor is how long after its time an order is closed by itself, if nobody
// ended it. Nobody is told or sent to after its time; until then people can
// still answer.
const overdueFor = 24 * time.Hour

// Expire closes the orders whose time has long been over.
func (s *Service) Expire(ctx context.Context) error {
	now := s.o.Now()
	over, err := readOrders(ctx, s.o.DB.Reader(), `state = 'active' AND until_at <= $1 ORDER BY until_at LIMIT 100`, sqldb.Millis(now.Add(-overdueFor)))
	for _, o := range over {
		err = errors.Join(err, Alone(ctx, s.o.DB, o.ID, func(tx *sqldb.Tx, o *Order) error { return s.expire(ctx, tx, o, now) }))
	}
	return err
}

func (s *Service) expire(ctx context.Context, tx *sqldb.Tx, o *Order, now time.Time) error {
	if !o.Live() || o.Until.After(now.Add(-overdueFor)) {
		return nil
	}
	if err := s.close(ctx, tx, o, ""); err != nil {
		return err
	}
	if err := updateOrder(ctx, tx, o); err != nil {
		return err
	}
	return s.finish(ctx, tx, auth.System("order.clock"), "order.expire", o, EventClosed, "")
}
