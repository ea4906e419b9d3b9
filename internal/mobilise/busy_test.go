package mobilise_test

import (
	"testing"
	"time"

	"bilin/internal/mobilise"
	"bilin/internal/mobilise/mobilisetest"
)

// Who is called already is read once for all who look within five seconds.
func TestBusyIsReadOnceInAWhile(t *testing.T) {
	each(t, 3, func(t *testing.T, c *mobilisetest.City) {
		busy := func() int {
			t.Helper()
			count, err := c.Orders.Preview(t.Context(), c.Command, mobilise.Audience{UnitIDs: []string{c.Town}, Roles: draftOf(c).Audience.Roles})
			if err != nil {
				t.Fatal(err)
			}
			return count.Busy
		}
		if n := busy(); n != 0 {
			t.Errorf("%d are called before anybody is", n)
		}
		o := issue(c, c.Command, nil)
		if n := busy(); n != 0 {
			t.Errorf("read again at once: %d", n)
		}
		c.Pass(6 * time.Second)
		if n := busy(); n != 3 {
			t.Errorf("six seconds later %d of 3", n)
		}
		if _, err := c.Orders.Close(t.Context(), c.Command, mobilise.Command{Number: o.Number, Note: "好"}); err != nil {
			t.Fatal(err)
		}
		c.Pass(-time.Hour) // a clock that was set back doesn't keep what was known for an hour
		if n := busy(); n != 0 {
			t.Errorf("after the end %d", n)
		}
	})
}
