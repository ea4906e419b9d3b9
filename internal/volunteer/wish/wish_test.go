package wish_test

import (
	"testing"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/volunteer"
	"bilin/internal/volunteer/wish"
	"bilin/internal/volunteer/wish/wishtest"
)

func each(t *testing.T, test func(c *wishtest.City)) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) { test(wishtest.New(t, db)) })
}

const (
	one = "12955550001"
	two = "12955550002"
)

// A wish is posted for a household, asked of one, taken, agreed, fulfilled and thanked for.
func TestAWishIsFulfilled(t *testing.T) {
	each(t, func(c *wishtest.City) {
		ctx, lead := c.Context(), c.Lead()
		r := c.Able("龙志愿", one, volunteer.Handy)
		id := c.Posted("bulb")
		line, offers, err := c.Wishes.Get(ctx, lead, id)
		if err != nil || line.Address != "一号" || len(offers) != 1 || offers[0].Name != "龙志愿" || offers[0].Day != "2026-12-05" {
			t.Fatalf("%+v, %+v, %v", line, offers, err)
		}
		own, err := c.Wishes.Own(ctx, r.ID, r.Key)
		if err != nil || len(own.Seen) != 1 || len(own.Taken) != 0 || own.Seen[0].Kind.Code != "bulb" || own.Seen[0].Asked {
			t.Fatalf("%+v, %v", own, err)
		}
		c.OK(c.Wishes.Ask(ctx, lead, wish.Step{ID: id, Version: 1}, r.ID))
		c.OK(c.Wishes.Take(ctx, r.ID, r.Key, wish.Step{ID: id}))
		own, err = c.Wishes.Own(ctx, r.ID, r.Key)
		if err != nil || len(own.Seen) != 0 || len(own.Taken) != 1 || own.Taken[0].Address != "一号" || own.Taken[0].Words != "楼梯间的灯不亮了" {
			t.Fatalf("%+v, %v", own, err)
		}
		if n := c.Count(`SELECT count(*) FROM audit_pending WHERE action = 'wish.read' AND object_id = 'h-1'`); n != 1 {
			t.Errorf("the reading is written down %d times", n)
		}
		c.OK(c.Wishes.Come(ctx, r.ID, r.Key, wish.Time{Step: wish.Step{ID: id, Version: 3}, Day: "2026-12-05", At: 9*60 + 30}))
		c.OK(c.Wishes.Agree(ctx, lead, wish.Step{ID: id, Version: 4}))
		line, _, err = c.Wishes.Get(ctx, lead, id)
		if err != nil || line.Helper != "龙志愿" || !line.Meet.Agreed || line.Meet.Day != "2026-12-05" {
			t.Fatalf("%+v, %v", line, err)
		}
		c.OK(c.Wishes.Done(ctx, lead, wish.Answer{Step: wish.Step{ID: id, Version: 5}, Thanks: wish.Great, Words: "灯亮堂多了"}))
		own, err = c.Wishes.Own(ctx, r.ID, r.Key)
		if err != nil || len(own.Taken) != 0 || len(own.Thanks) != 1 || own.Thanks[0].Words != "灯亮堂多了" || own.Thanks[0].Thanks != wish.Great {
			t.Fatalf("%+v, %v", own, err)
		}
		if err := c.Wishes.Withdraw(ctx, lead, wish.Step{ID: id, Version: 6}); errs.CodeOf(err) != "wish.is_done" {
			t.Errorf("withdrawn after: %v", err)
		}
	})
}
