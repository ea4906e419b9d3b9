package mobilisetest

import (
	"context"

	"bilin/internal/mobilise"
	"bilin/internal/sqldb"
)

// Knock puts some of an order's people on the list of doors to knock at.
func (c *City) Knock(o *mobilise.Order, ns ...int) {
	c.Helper()
	ctx := context.Background()
	c.ok(c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		for _, n := range ns {
			found, err := mobilise.ReadReceipts(ctx, tx, `order_id = $1 AND n = $2`, o.ID, n)
			if err != nil {
				return err
			}
			found[0].Knock(c.Now())
			if err := mobilise.SaveReceipts(ctx, tx, found); err != nil {
				return err
			}
		}
		return nil
	}))
}
