package volunteer_test

import (
	"testing"

	"bilin/internal/errs"
	"bilin/internal/volunteer"
	"bilin/internal/volunteer/volunteertest"
)

// A village doesn't end what somebody reported in another: theirs waits until the
// person, or that village, ends it.
func TestAnotherVillageDoesntEndIt(t *testing.T) {
	each(t, func(c *volunteertest.City) {
		ctx, second := c.Context(), c.Actor("村干部2")
		first := c.Confirmed("龙志愿", number)
		entry := c.Report("龙志愿", number)
		entry.Key, entry.UnitCode, entry.For = "e", c.Codes[1], true
		r, err := c.Reports.Report(ctx, second, entry)
		c.OK(err)
		if v, err := c.Reports.ByKey(ctx, r.ID, r.Key); err != nil || v.State != volunteer.Pending {
			t.Errorf("%+v, %v", v, err)
		}
		if err := c.Reports.Confirm(ctx, second, volunteer.Step{ID: r.ID, Version: 1}); errs.CodeOf(err) != "volunteer.elsewhere" {
			t.Errorf("confirmed: %v", err)
		}
		if v, err := c.Reports.ByKey(ctx, first.ID, first.Key); err != nil || v.State != volunteer.Active {
			t.Errorf("the first: %+v, %v", v, err)
		}
		c.OK(c.Reports.Withdraw(ctx, first.ID, first.Key, "w"))
		c.OK(c.Reports.Confirm(ctx, second, volunteer.Step{ID: r.ID, Version: 1}))
	})
}
