package wish_test

import (
	"context"
	"testing"
	"time"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/volunteer"
	"bilin/internal/volunteer/wish"
	"bilin/internal/volunteer/wish/wishtest"
)

// Other words under a form's key are refused, even when they are as long: they
// are never answered as done and lost.
func TestOtherWordsAreAnotherRequest(t *testing.T) {
	each(t, func(c *wishtest.City) {
		ctx, lead := c.Context(), c.Lead()
		post := wish.Post{Key: "p", HouseholdID: wishtest.House, Kind: "bulb", Words: "楼梯间的灯不亮了"}
		id, err := c.Wishes.Post(ctx, lead, post)
		c.OK(err)
		if again, err := c.Wishes.Post(ctx, lead, post); err != nil || again != id {
			t.Errorf("a repeat: %q, %v", again, err)
		}
		post.Words = "阳台上的灯不亮了"
		if _, err := c.Wishes.Post(ctx, lead, post); errs.CodeOf(err) != "once.key_reused" {
			t.Errorf("other words: %v", err)
		}
		r := c.Able("龙志愿", one, volunteer.Handy)
		c.OK(c.Wishes.Take(ctx, r.ID, r.Key, wish.Step{ID: id}))
		done := wish.Answer{Step: wish.Step{Key: "d", ID: id, Version: 2}, Words: "灯亮堂多了"}
		for range 2 {
			c.OK(c.Wishes.Done(ctx, lead, done))
		}
		done.Words = "多谢小伙子"
		if err := c.Wishes.Done(ctx, lead, done); errs.CodeOf(err) != "once.key_reused" {
			t.Errorf("other thanks: %v", err)
		}
	})
}

// Nothing in a transaction waits for a second connection: a city with one of
// them does it all. With more, twenty at once would stand still.
func TestOneConnectionIsEnough(t *testing.T) {
	t.Parallel()
	c := wishtest.New(t, sqldbtest.OpenConfig(t, sqldb.Config{URL: sqldbtest.Postgres(t), Readers: 1}))
	ctx, stop := context.WithTimeout(c.Context(), 20*time.Second)
	defer stop()
	lead, r := c.Lead(), c.Able("龙志愿", one, volunteer.Handy)
	id := c.Posted("bulb")
	step := func(version int) wish.Step { return wish.Step{ID: id, Version: version} }
	c.OK(c.Wishes.Ask(ctx, lead, step(1), r.ID))
	c.OK(c.Wishes.Decline(ctx, r.ID, r.Key, step(0)))
	c.OK(c.Wishes.Take(ctx, r.ID, r.Key, step(0)))
	if own, err := c.Wishes.Own(ctx, r.ID, r.Key); err != nil || len(own.Taken) != 1 {
		t.Fatalf("%+v, %v", own, err)
	}
	c.OK(c.Wishes.Come(ctx, r.ID, r.Key, wish.Time{Step: step(4), Day: "2026-12-05", At: 9 * 60}))
	c.OK(c.Wishes.Agree(ctx, lead, step(5)))
	c.OK(c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		held, err := c.Wishes.HeldOf(ctx, tx, wishtest.House, true)
		if err == nil && len(held) != 1 {
			t.Errorf("%+v", held)
		}
		return err
	}))
	c.OK(c.Wishes.Done(ctx, lead, wish.Answer{Step: step(6), Words: "多谢"}))
	c.OK(c.Wishes.SetKind(ctx, c.Actor("市办"), "k", wish.Kind{Name: "浇花"}))
	_, err := c.Wishes.Tick(ctx)
	c.OK(err)
	c.OK(c.Reports.End(ctx, c.Actor("村干部1"), volunteer.Step{ID: r.ID, Version: 2}))
	c.OK(c.DB.Write(ctx, func(tx *sqldb.Tx) error { return c.Wishes.EraseHousehold(ctx, tx, wishtest.House) }))
}
