package volunteer_test

import (
	"fmt"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/sqldb"
	"bilin/internal/volunteer"
	"bilin/internal/volunteer/volunteertest"
)

// What is erased is everybody, however many reported in from one door, and the
// household sees them all before.
func TestAHouseholdIsErasedToTheLast(t *testing.T) {
	each(t, func(c *volunteertest.City) {
		const many = 27
		ctx := c.Context()
		for i := range many {
			report := c.Report("龙志愿", fmt.Sprintf("129555500%02d", i))
			report.Key, report.UnitCode, report.DoorCode = fmt.Sprint("k", i), "", volunteertest.Door
			r, err := c.Reports.Report(ctx, auth.Actor{}, report)
			c.OK(err)
			if i%3 == 0 {
				c.OK(c.Reports.Confirm(ctx, c.Actor("村干部1"), volunteer.Step{ID: r.ID, Version: 1}))
			}
		}
		held, err := c.Reports.HeldOf(ctx, c.DB.Reader(), "h-1")
		if err != nil || len(held) != many {
			t.Errorf("%d are shown, %v", len(held), err)
		}
		c.OK(c.DB.Write(ctx, func(tx *sqldb.Tx) error { return c.Reports.EraseHousehold(ctx, tx, "h-1") }))
		if n := c.Count(`SELECT count(*) FROM volunteer WHERE name <> '' OR phone <> '' OR phone_index <> '' OR household_id <> '' OR state <> 'left'`); n != 0 {
			t.Errorf("%d are left", n)
		}
		if n := c.Count(`SELECT count(*) FROM person WHERE phone IS NOT NULL AND household_id = 'h-1'`); n != 0 {
			t.Errorf("%d numbers are left in the registry", n)
		}
	})
}
