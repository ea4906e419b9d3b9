package mobilise_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"bilin/internal/errs"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/mobilisetest"
	"bilin/internal/sqldb"
)

// Names are there while an order goes on and thirty days after; an address only
// for whoever still has to knock.
func TestWhatIsReadable(t *testing.T) {
	now := time.Date(2026, 12, 1, 2, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		o := &mobilise.Order{State: rapid.SampledFrom([]mobilise.State{mobilise.Active, mobilise.Closed, mobilise.Cancelled}).Draw(t, "state")}
		ago := time.Duration(rapid.Int64Range(0, int64(90*24*time.Hour)).Draw(t, "ago"))
		if !o.Live() {
			o.EndedAt = now.Add(-ago)
		}
		r := &mobilise.Receipt{Standing: mobilise.Standing(rapid.IntRange(0, 7).Draw(t, "standing")), KnockAt: rapid.Int64Range(0, 1).Draw(t, "knock"),
			Way: rapid.SampledFrom([]mobilise.Way{"", mobilise.ByVisit}).Draw(t, "way")}
		if want := o.Live() || ago < 30*24*time.Hour; o.NamesOpen(now) != want {
			t.Errorf("names %v after %v in state %s", o.NamesOpen(now), ago, o.State)
		}
		if want := o.Live() && r.KnockAt > 0 && r.Standing < mobilise.Cant && r.Way == ""; o.HomeOpen(r) != want {
			t.Errorf("the address is open: %v of %+v", o.HomeOpen(r), r)
		}
	})
}

// The service gives an address for a door only, and no name a month after the end.
func TestNamesGoAfterAMonth(t *testing.T) {
	each(t, 4, func(t *testing.T, c *mobilisetest.City) {
		o := issue(c, c.Command, nil)
		live(t, c, 2)
		c.Knock(o, 2, 3)
		homes := func(want int) {
			t.Helper()
			o, _, err := c.Orders.Get(t.Context(), c.Hall, o.Number)
			if err != nil {
				t.Fatal(err)
			}
			list, err := c.Orders.People(t.Context(), c.Hall, o, mobilise.Filter{Standing: mobilise.Any}, 0, 10)
			n := 0
			for _, p := range list {
				if p.Home != "" {
					n++
				}
			}
			one, errOne := c.Orders.Receipt(t.Context(), c.Hall, o, 2)
			if err != nil || errOne != nil || len(list) != 4 || n != want || (one.Home != "") != (want > 0) {
				t.Errorf("%d addresses of %d people, want %d; %q %v %v", n, len(list), want, one.Home, err, errOne)
			}
		}
		homes(1) // of the two doors one's address is known
		if err := c.Orders.AnswerByToken(t.Context(), c.Orders.Token(o, 2), yes); err != nil {
			t.Fatal(err)
		}
		homes(0)
		c.Knock(o, 2)
		ended, err := c.Orders.Close(t.Context(), c.Command, mobilise.Command{Number: o.Number, Note: "好"})
		if err != nil {
			t.Fatal(err)
		}
		homes(0)
		c.Pass(31 * 24 * time.Hour)
		_, err = c.Orders.People(t.Context(), c.Hall, ended, mobilise.Filter{Standing: mobilise.Any}, 0, 10)
		wantCode(t, "the list", err, errs.Gone, "order.names_over")
		_, err = c.Orders.Receipt(t.Context(), c.Hall, ended, 2)
		wantCode(t, "one of them", err, errs.Gone, "order.names_over")
		if tally, err := c.Orders.Tally(t.Context(), ended.ID); err != nil || tally.People != 4 {
			t.Errorf("the counts: %+v %v", tally, err)
		}
	})
}

// live gives a lead, by their place in the order, a home.
func live(t *testing.T, c *mobilisetest.City, n int) {
	t.Helper()
	err := c.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(t.Context(), `INSERT INTO household (id, unit_id, door, address, address_key, roster_key) VALUES ('home', $1, 'DOOR', '花明北路1号', '花明北路1号', 'r')`, c.Group)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(t.Context(), `UPDATE person SET household_id = 'home' WHERE id = $1`, c.Leads[n-1])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
