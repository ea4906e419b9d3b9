package volunteer_test

import (
	"fmt"
	"testing"
	"time"

	"bilin/internal/errs"
	"bilin/internal/volunteer"
	"bilin/internal/volunteer/volunteertest"
)

// What nobody decides on in ninety days is erased; what stands stays.
func TestWhatNobodyDecidesOnLapses(t *testing.T) {
	each(t, func(c *volunteertest.City) {
		stands := c.Confirmed("虎志愿", "12955550002")
		var waits []volunteer.Receipt
		for n := range 105 { // more than one step
			waits = append(waits, c.ReportIn("龙志愿", fmt.Sprintf("1295556%04d", n)))
		}
		c.Clock = c.Clock.AddDate(0, 0, 1)
		late := c.ReportIn("蛇志愿", "12955550004")
		states := func() (out [3]volunteer.State) {
			for i, r := range []volunteer.Receipt{stands, waits[104], late} {
				v, err := c.Reports.ByKey(c.Context(), r.ID, r.Key)
				c.OK(err)
				out[i] = v.State
			}
			return out
		}
		c.Clock = c.Clock.AddDate(0, 0, 88)
		c.OK(c.Reports.Lapse(c.Context()))
		if got := states(); got != [3]volunteer.State{volunteer.Active, volunteer.Pending, volunteer.Pending} {
			t.Errorf("after 89 days: %v", got)
		}
		c.Clock = c.Clock.Add(24 * time.Hour)
		c.OK(c.Reports.Lapse(c.Context()))
		if got := states(); got != [3]volunteer.State{volunteer.Active, volunteer.Refused, volunteer.Pending} {
			t.Errorf("after 90 days: %v", got)
		}
		if n := c.Count(`SELECT count(*) FROM volunteer WHERE reason = 'lapsed' AND name = '' AND phone = '' AND phone_index = '' AND pledge = '' AND skills = ''`); n != 105 {
			t.Errorf("%d are erased", n)
		}
		if err := c.Reports.Confirm(c.Context(), c.Actor("村干部1"), volunteer.Step{ID: waits[0].ID, Version: 2}); errs.CodeOf(err) != "volunteer.refused_already" {
			t.Errorf("confirmed after: %v", err)
		}
		if err := c.Reports.Refuse(c.Context(), c.Actor("村干部1"), volunteer.Step{ID: late.ID, Version: 1, Reason: volunteer.Lapsed}); errs.CodeOf(err) != "volunteer.no_reason" {
			t.Errorf("given by somebody: %v", err)
		}
	})
}
