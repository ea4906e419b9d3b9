package rollcall_test

import (
	"testing"

	"bilin/internal/auth"
	"bilin/internal/mobilise/rollcall"
	"bilin/internal/mobilise/rollcall/rollcalltest"
	"bilin/internal/purpose"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// A household is a matter of a roll-call until it is safe, or was helped.
func TestWhoIsStillToBeReached(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := rollcalltest.New(t, db)
		id := c.Opened(c.Towns[0], false)
		open := func(who auth.Actor, cell, home int) int {
			works, err := c.Grounds().OpenWork(t.Context(), db.Reader(), who, purpose.Subject{HouseholdID: c.Homes[cell][home], UnitID: c.Cells[cell]})
			c.OK(err)
			return len(works)
		}
		say := func(home int, a rollcall.Answer, n rollcall.Need, shown int) {
			_, err := c.Report(t.Context(), c.Lead(0), c.Say(id, 0, home, a, n, shown))
			c.OK(err)
		}
		say(0, rollcall.Safe, "", 0)
		say(1, rollcall.Help, rollcall.Medical, 0)
		say(2, rollcall.NotReached, "", 0)
		for home, want := range []int{0, 1, 1, 1} {
			if got := open(c.Lead(0), 0, home); got != want {
				t.Errorf("household %d: %d", home, got)
			}
		}
		if open(c.Lead(0), 1, 0)+open(rollcalltest.Actor(auth.Department, c.Root), 0, 3)+open(c.Lead(4), 4, 0) != 0 {
			t.Error("open for somebody else's households, or where none is held")
		}
		c.OK(c.Close(t.Context(), c.Command(), rollcall.End{ID: id}))
		for home, want := range []int{0, 1, 0, 0} {
			if got := open(c.Lead(0), 0, home); got != want {
				t.Errorf("after the end, household %d: %d", home, got)
			}
		}
	})
}

func TestADrillOpensNoNumbers(t *testing.T) {
	t.Parallel()
	c := rollcalltest.New(t, sqldbtest.Open(t, sqldb.SQLite))
	c.Opened(c.Towns[0], true)
	works, err := c.Grounds().OpenWork(t.Context(), c.DB.Reader(), c.Lead(0), purpose.Subject{HouseholdID: c.Homes[0][3], UnitID: c.Cells[0]})
	if err != nil || len(works) != 0 {
		t.Errorf("%+v, %v", works, err)
	}
}
