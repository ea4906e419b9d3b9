package mobilise_test

import (
	"testing"
	"time"

	"bilin/internal/mobilise"
	"bilin/internal/mobilise/mobilisetest"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// An order that nobody ends is closed a day after its time, and not before.
func TestExpire(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := mobilisetest.New(t, db, 3)
		o, err := c.Order(c.Command, nil)
		if err != nil {
			t.Fatal(err)
		}
		state := func() mobilise.State {
			t.Helper()
			if err := c.Orders.Expire(t.Context()); err != nil {
				t.Fatal(err)
			}
			now, err := c.Orders.ByID(t.Context(), o.ID)
			if err != nil {
				t.Fatal(err)
			}
			return now.State
		}
		c.Pass(48*time.Hour + 23*time.Hour)
		if s := state(); s != mobilise.Active {
			t.Errorf("%s an hour too early", s)
		}
		c.Pass(2 * time.Hour)
		if s := state(); s != mobilise.Closed {
			t.Errorf("%s a day after its time", s)
		}
	})
}
