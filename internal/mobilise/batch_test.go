package mobilise_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"bilin/internal/errs"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/mobilisetest"
	"bilin/internal/sqldb"
)

// One answer that the database refuses doesn't take those beside it with it.
func TestABadOneInABatch(t *testing.T) {
	each(t, 40, func(t *testing.T, c *mobilisetest.City) {
		o := issue(c, c.Command, nil)
		odd := errors.New("odd")
		var wait sync.WaitGroup
		for n := 1; n <= 40; n++ {
			wait.Go(func() {
				if err := c.Orders.AnswerByToken(t.Context(), c.Orders.Token(o, n), yes); err != nil {
					t.Errorf("answer %d: %v", n, err)
				}
			})
			wait.Go(func() { // of an order that isn't there: the whole transaction fails
				err := c.Orders.Change(t.Context(), sqldb.NewID(), n, func(*mobilise.Order, *mobilise.Receipt, time.Time) error { return nil })
				if errs.KindOf(err) != errs.NotFound {
					t.Errorf("no order: %v", err)
				}
			})
			wait.Go(func() { // one that a rule refuses, after it changed what it was given
				err := c.Orders.Change(t.Context(), o.ID, n, func(_ *mobilise.Order, r *mobilise.Receipt, _ time.Time) error {
					r.Standing = mobilise.Released
					return odd
				})
				if !errors.Is(err, odd) {
					t.Errorf("refused: %v", err)
				}
			})
		}
		wait.Wait()
		for _, r := range c.Receipts(o) {
			if r.Standing != mobilise.Coming {
				t.Errorf("receipt %d: %v", r.N, r.Standing)
			}
		}
	})
}
