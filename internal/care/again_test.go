package care_test

import (
	"testing"

	"bilin/internal/care"
	"bilin/internal/care/caretest"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// Ending an entry, or letting it lapse, and listing the household anew is a
// renewal: it takes a second person as well.
func TestListingAnewIsRenewing(t *testing.T) {
	each(t, func(t *testing.T, c *caretest.City) {
		ctx := t.Context()
		second := c.Village()
		second.AccountID, second.PersonID = "village-2", "p-village-2"
		id := c.Listed1(0, 0, "alone80")
		c.OK(c.End(ctx, c.Village(), care.End{Key: "a", ID: id, Why: care.Over}))
		if _, err := c.List(ctx, c.Village(), c.Enter(0, 0, "alone80")); errs.CodeOf(err) != "care.anew_second_person" {
			t.Errorf("the same person, the same day: %v", err)
		}
		again, err := c.List(ctx, second, c.Enter(0, 0, "alone80"))
		c.OK(err)
		c.OK(c.End(ctx, c.Village(), care.End{Key: "b", ID: again, Why: care.Withdrawn}))
		third := second
		third.AccountID, third.PersonID = "village-3", "p-village-3"
		if _, err := c.List(ctx, third, c.Enter(0, 0, "alone80")); errs.CodeOf(err) != "care.anew_on_paper" {
			t.Errorf("by word of mouth after consent was withdrawn: %v", err)
		}
		paper := c.Enter(0, 0, "alone80")
		paper.Agreed = care.OnPaper
		if _, err := c.List(ctx, second, paper); errs.CodeOf(err) != "care.anew_second_person" {
			t.Errorf("who listed it before consent was withdrawn: %v", err)
		}
		_, err = c.List(ctx, third, paper)
		c.OK(err)
		if list, err := c.EndedOf(ctx, c.DB.Reader(), c.Homes[0][0]); err != nil || len(list) != 2 || list[0].EndedOn != c.Today() {
			t.Errorf("the household sees: %+v, %v", list, err)
		}
		short := c.Enter(0, 1, "alone80")
		short.Days = 5
		_, err = c.List(ctx, c.Village(), short)
		c.OK(err)
		c.Days(6)
		c.OK(c.Tick(ctx))
		if _, err := c.List(ctx, c.Village(), c.Enter(0, 1, "alone80")); errs.CodeOf(err) != "care.anew_second_person" {
			t.Errorf("after it lapsed: %v", err)
		}
		c.Days(care.AgainDays + 1)
		c.OK(c.Tick(ctx))
		if rows, err := dump(ctx, c.DB.Reader(), "care_ended"); err != nil || rows != "" {
			t.Errorf("kept after a month: %s, %v", rows, err)
		}
		cmd := c.Enter(0, 1, "alone80")
		cmd.Key = sqldb.NewID()
		_, err = c.List(ctx, c.Village(), cmd)
		c.OK(err)
	})
}
