package mobilise_test

import (
	"testing"

	"bilin/internal/mobilise/mobilisetest"
)

// Each of many orders stands with its own receipt, the latest first.
func TestMineOfManyOrders(t *testing.T) {
	each(t, 2, func(t *testing.T, c *mobilisetest.City) {
		for range 6 {
			issue(c, c.Command, nil)
		}
		list, err := c.Orders.Mine(t.Context(), c.Lead(1))
		if err != nil || len(list) != 6 {
			t.Fatalf("%d orders, %v", len(list), err)
		}
		for i, call := range list {
			if call.Order.ID != call.OrderID || call.PersonID != c.Leads[1] || i > 0 && call.OrderID >= list[i-1].OrderID {
				t.Errorf("%d: %+v", i, call)
			}
		}
	})
}
