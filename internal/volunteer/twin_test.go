package volunteer_test

import (
	"testing"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/volunteer"
	"bilin/internal/volunteer/volunteertest"
)

// Whoever knows a name and a number doesn't end what somebody reported: the second
// is marked while it waits, isn't confirmed, and is turned down.
func TestASecondReportInDoesntEndTheFirst(t *testing.T) {
	each(t, func(c *volunteertest.City) {
		ctx, village := c.Context(), c.Actor("村干部1")
		first := c.ReportIn("龙志愿", number)
		other := c.Report("龙志愿", number)
		other.Key = "other"
		second, err := c.Reports.Report(ctx, auth.Actor{}, other)
		c.OK(err)
		twin := func() *volunteer.Twin {
			v, err := c.Reports.Get(ctx, village, second.ID)
			c.OK(err)
			return v.Twin
		}
		list, err := c.Reports.List(ctx, village, volunteer.Filter{State: volunteer.Pending}, nil, 10)
		c.OK(err)
		if len(list) != 2 || list[0].Twin != nil || list[1].Twin == nil || list[1].Twin.Acts || twin().ID != first.ID {
			t.Fatalf("both wait: %+v", list)
		}
		c.OK(c.Reports.Confirm(ctx, village, volunteer.Step{ID: first.ID, Version: 1}))
		if x := twin(); x == nil || !x.Acts || x.ID != first.ID {
			t.Errorf("%+v", x)
		}
		if err := c.Reports.Confirm(ctx, village, volunteer.Step{ID: second.ID, Version: 1}); errs.CodeOf(err) != "volunteer.here_already" || errs.KindOf(err) != errs.Conflict {
			t.Errorf("confirmed: %v", err)
		}
		entry := c.Report("龙志愿", number)
		entry.Key, entry.For = "entry", true
		if _, err := c.Reports.Report(ctx, village, entry); errs.CodeOf(err) != "volunteer.here_already" {
			t.Errorf("entered: %v", err)
		}
		c.OK(c.Reports.Refuse(ctx, village, volunteer.Step{ID: second.ID, Version: 1, Reason: volunteer.Duplicate}))
		v, err := c.Reports.ByKey(ctx, first.ID, first.Key)
		if err != nil || v.State != volunteer.Active || !v.ActsFor(auth.Actor{}) || v.Twin != nil {
			t.Errorf("the first: %+v, %v", v, err)
		}
		if n := c.Count(`SELECT count(*) FROM volunteer`); n != 2 {
			t.Errorf("%d report-ins", n)
		}
		wife := c.ReportIn("龙志愿的妻子", number)
		if v, err := c.Reports.Get(ctx, village, wife.ID); err != nil || v.Twin != nil {
			t.Errorf("who shares the telephone: %+v, %v", v, err)
		}
		// who lost the receipt has the village end it, and the new key acts for them
		c.OK(c.Reports.End(ctx, village, volunteer.Step{ID: first.ID, Version: v.Version}))
		other.Key = "lost"
		anew, err := c.Reports.Report(ctx, auth.Actor{}, other)
		c.OK(err)
		c.OK(c.Reports.Confirm(ctx, village, volunteer.Step{ID: anew.ID, Version: 1}))
		if v, err := c.Reports.ByKey(ctx, anew.ID, anew.Key); err != nil || v.State != volunteer.Active || !v.ActsFor(auth.Actor{}) {
			t.Errorf("anew: %+v, %v", v, err)
		}
	})
}
