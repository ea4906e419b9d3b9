package mobilise

import (
	"context"

	"bilin/internal/sqldb"
)

// Alone runs fn in a transaction in which nobody else changes the order, its
// receipts or what was sent to them. Whatever writes those goes through here.
//
// While an order goes out, batches of its receipts are written many times a
// second, and a command over all of them would collide with one after the other
// on PostgreSQL, however often it were repeated. So they queue on the order's row.
func Alone(ctx context.Context, db *sqldb.DB, orderID string, fn func(tx *sqldb.Tx, o *Order) error) error {
	return db.Claim(ctx, func(tx *sqldb.Tx) error {
		o, err := lockOrder(ctx, tx, orderID)
		if err != nil {
			return err
		}
		return fn(tx, o)
	})
}

// lockOrder reads an order and holds it until the end of the transaction, which
// began with it.
func lockOrder(ctx context.Context, tx *sqldb.Tx, orderID string) (*Order, error) {
	return orderBy(ctx, tx, `id = $1`+tx.ForUpdate(), orderID)
}
