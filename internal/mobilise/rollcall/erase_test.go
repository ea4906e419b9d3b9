package rollcall_test

import (
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/mobilise/rollcall"
	"bilin/internal/mobilise/rollcall/rollcalltest"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

func TestRowsAreErasedAndTotalsStay(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := rollcalltest.New(t, db)
		id := c.Opened(c.Root, false)
		_, err := c.Report(t.Context(), c.Lead(0), c.Say(id, 0, 0, rollcall.Help, rollcall.Medical, 0))
		c.OK(err)
		_, err = c.Report(t.Context(), c.Lead(4), c.Say(id, 4, 1, rollcall.Safe, "", 0))
		c.OK(err)
		c.OK(c.Close(t.Context(), c.Command(), rollcall.End{Key: "e", ID: id}))
		later := c.Opened(c.Villages[0], false)
		_, err = c.Report(t.Context(), c.Lead(0), c.Say(later, 0, 0, rollcall.Safe, "", 0))
		c.OK(err)

		c.Now = c.Now.Add(rollcall.Kept - time.Second)
		c.OK(c.Tick(t.Context()))
		if n := count(c, `SELECT COUNT(*) FROM rollcall_report WHERE call_id = $1`, id); n != 2 {
			t.Errorf("%d rows a second before", n)
		}
		other, err := c.Call(t.Context(), c.Command(), later)
		c.OK(err)
		if other.IsOpen() {
			t.Error("open for 30 days: time doesn't end it")
		}
		c.Now = c.Now.Add(time.Second)
		for range 2 {
			c.OK(c.Tick(t.Context()))
		}
		if n, m := count(c, `SELECT COUNT(*) FROM rollcall_report WHERE call_id = $1`, id), count(c, `SELECT COUNT(*) FROM rollcall_cells WHERE call_id = $1`, id); n+m != 0 {
			t.Errorf("%d rows, %d units", n, m)
		}
		if n := count(c, `SELECT COUNT(*) FROM rollcall_report WHERE call_id = $1`, later); n != 1 {
			t.Errorf("%d rows of another one", n)
		}
		totals, err := c.Totals(t.Context(), id)
		c.OK(err)
		if totals != (rollcall.Totals{Expected: 30, Safe: 1, Help: 1}) {
			t.Errorf("%+v", totals)
		}
		if curve, err := c.Curve(t.Context(), id); err != nil || curve[len(curve)-1].Reported != 2 {
			t.Errorf("%+v, %v", curve, err)
		}
		b, err := c.Board(t.Context(), c.Command(), id, c.Villages[0])
		c.OK(err)
		if b.Help != 1 || len(b.Parts) != 0 || b.Call.ErasedAt.IsZero() {
			t.Errorf("%+v", b)
		}
		if _, err := c.Help(t.Context(), c.Command(), id, false, ""); errs.KindOf(err) != errs.Gone {
			t.Errorf("who needed help: %v", err)
		}
		if _, err := c.Cell(t.Context(), c.Lead(0), id, c.Cells[0]); errs.KindOf(err) != errs.Gone {
			t.Errorf("a cell: %v", err)
		}
		if _, err := c.Phone(t.Context(), c.Command(), id, c.Homes[0][0]); errs.KindOf(err) != errs.NotFound {
			t.Errorf("a number: %v", err)
		}
	})
}

// A household sees what was said of it in every roll-call whose rows are kept,
// however many there were since.
func TestAHouseholdSeesTheOldestToo(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := rollcalltest.New(t, db)
		id := c.Opened(c.Root, false)
		_, err := c.Report(t.Context(), c.Lead(0), c.Say(id, 0, 0, rollcall.Safe, "", 0))
		c.OK(err)
		c.OK(db.Write(t.Context(), func(tx *sqldb.Tx) error {
			for range 60 {
				_, err := tx.ExecContext(t.Context(), `INSERT INTO rollcall SELECT $1, unit_id, kind, order_id, order_number, reason, 'closed', expected, opened_at + 1, opened_by, opened_at + 2, closed_by, 0, version
					FROM rollcall WHERE id = $2`, sqldb.NewID(), id)
				c.OK(err)
			}
			return nil
		}))
		if held, err := c.HeldOf(t.Context(), db.Reader(), c.Homes[0][0]); err != nil || len(held) != 1 || held[0].Call.ID != id {
			t.Errorf("%+v, %v", held, err)
		}
	})
}

func TestWhatNobodyEndsEndsByItself(t *testing.T) {
	c := rollcalltest.New(t, sqldbtest.Open(t, sqldb.SQLite))
	id := c.Opened(c.Root, true)
	c.Now = c.Now.Add(rollcall.Longest)
	c.OK(c.Tick(t.Context()))
	if call, err := c.Call(t.Context(), c.Command(), id); err != nil || call.State != rollcall.Closed {
		t.Errorf("%+v, %v", call, err)
	}
}

func TestAPastOneIsRemembered(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := rollcalltest.New(t, db)
		past := rollcall.Past{
			UnitID: c.Root, Reason: "去年冬天", OrderID: "o", OrderNumber: "L1", OpenedAt: c.Now.Add(-time.Hour), ClosedAt: c.Now, By: "指挥部",
			Villages: map[string]rollcall.Totals{c.Villages[0]: {Expected: 12, Safe: 10, Help: 1, Helped: 1}},
			Minutes:  map[string]map[time.Time]int{c.Villages[0]: {c.Now.Add(-time.Hour): 4, c.Now.Add(-30 * time.Minute): 6}},
		}
		if _, err := c.Remember(t.Context(), auth.System("test"), past); errs.CodeOf(err) != "rollcall.not_a_sum" {
			t.Errorf("minutes that don't add up: %v", err)
		}
		past.Minutes[c.Villages[0]][c.Now] = 1
		if _, err := c.Remember(t.Context(), c.Command(), past); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("by a person: %v", err)
		}
		id, err := c.Remember(t.Context(), auth.System("test"), past)
		c.OK(err)
		call, totals, err := c.OfOrder(t.Context(), "o")
		c.OK(err)
		if call.ID != id || call.State != rollcall.Erased || totals != past.Villages[c.Villages[0]] {
			t.Errorf("%+v, %+v", call, totals)
		}
		if curve, err := c.Curve(t.Context(), id); err != nil || len(curve) != 3 || curve[2].Reported != 11 {
			t.Errorf("%+v, %v", curve, err)
		}
	})
}
