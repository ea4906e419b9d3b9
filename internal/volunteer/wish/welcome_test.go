package wish_test

import (
	"slices"
	"testing"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
	"bilin/internal/volunteer"
	"bilin/internal/volunteer/wish"
	"bilin/internal/volunteer/wish/wishtest"
)

// taken is the one wish that a volunteer has taken.
func taken(c *wishtest.City, r volunteer.Receipt) wish.TakenOne {
	c.Helper()
	own, err := c.Wishes.Own(c.Context(), r.ID, r.Key)
	if err != nil || len(own.Taken) != 1 {
		c.Fatalf("%+v, %v", own, err)
	}
	return own.Taken[0]
}

// Nobody collects addresses by taking and giving back: where it is opens once the
// household or its lead agreed, and the household sees that it did.
func TestWhereItIsOpensWithAYes(t *testing.T) {
	each(t, func(c *wishtest.City) {
		ctx, lead, r := c.Context(), c.Lead(), c.Able("龙志愿", one, volunteer.Handy)
		ids := []string{c.Posted("bulb"), c.Posted("letter"), c.Posted("snow")}
		for i, id := range ids {
			c.OK(c.Wishes.Take(ctx, r.ID, r.Key, step(id, 0)))
			if x := taken(c, r); x.Address != "" || x.Head != "" || x.Words != "楼梯间的灯不亮了" {
				t.Errorf("%d: without a yes: %+v", i, x)
			}
			c.OK(c.Wishes.Come(ctx, r.ID, r.Key, wish.Time{Step: step(id, 2), Day: "2026-12-05", At: 9 * 60}))
			if x := taken(c, r); x.Address != "" {
				t.Errorf("%d: a time of their own is no yes", i)
			}
			c.OK(c.Wishes.GiveBack(ctx, r.ID, r.Key, step(id, 3)))
		}
		if n := c.Count(`SELECT count(*) FROM audit_pending WHERE action = 'wish.read'`) + c.Count(`SELECT count(*) FROM purpose_reading`); n != 0 {
			t.Errorf("%d readings of nothing", n)
		}
		c.OK(c.Wishes.Take(ctx, r.ID, r.Key, step(ids[0], 0)))
		c.OK(c.Wishes.Come(ctx, r.ID, r.Key, wish.Time{Step: step(ids[0], 5), Day: "2026-12-05", At: 9 * 60}))
		c.OK(c.Wishes.Agree(ctx, lead, step(ids[0], 6)))
		for range 2 {
			if x := taken(c, r); x.Address != "一号" {
				t.Errorf("after a yes: %+v", x)
			}
		}
		c.OK(c.Wishes.Come(ctx, r.ID, r.Key, wish.Time{Step: step(ids[0], 7), Day: "2026-12-12", At: 9 * 60}))
		if x := taken(c, r); x.Address != "一号" {
			t.Error("another time takes the yes back")
		}
		seen, _, err := c.Reads.Readings(ctx, wishtest.House, "", 9)
		if err != nil || len(seen) != 1 || seen[0].Ground.ID != "wish" || seen[0].What != "home" {
			t.Errorf("the household sees %+v, %v", seen, err)
		}
		c.OK(c.Wishes.GiveBack(ctx, r.ID, r.Key, step(ids[0], 8)))
		c.OK(c.Wishes.Take(ctx, r.ID, r.Key, step(ids[0], 0)))
		if x := taken(c, r); x.Address != "" {
			t.Error("the yes outlives the taking")
		}
		c.OK(c.Wishes.Say(ctx, lead, wish.Time{Step: step(ids[0], 10), Day: "2026-12-05", At: 9 * 60}))
		if x := taken(c, r); x.Address != "一号" {
			t.Error("naming a time is a yes")
		}
	})
}

// moveHome moves the household to the second village's cell.
func moveHome(c *wishtest.City) {
	c.Helper()
	c.OK(c.DB.Write(c.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(c.Context(), `UPDATE household SET unit_id = $1 WHERE id = $2`, c.Cells[1], wishtest.House)
		return err
	}))
}

// A wish is with whoever leads where its household lives now.
func TestItFollowsItsHousehold(t *testing.T) {
	each(t, func(c *wishtest.City) {
		ctx, id := c.Context(), c.Posted("bulb")
		moveHome(c)
		after, before := wish.By{Actor: c.Actor("邻长2")}, c.Lead()
		listed := func(by wish.By) int {
			list, _, err := c.Wishes.List(ctx, by.Actor, wish.Filter{}, "", 10)
			c.OK(err)
			return len(list)
		}
		if err := seen(c, before, id); errs.KindOf(err) != errs.Forbidden || listed(before) != 0 {
			t.Errorf("the old lead: %v, %d", err, listed(before))
		}
		c.OK(seen(c, after, id))
		_, err := c.Wishes.Tick(ctx)
		c.OK(err)
		if listed(after) != 1 || listed(before) != 0 || c.Count(`SELECT count(*) FROM wish WHERE village_id = $1`, c.Villages[1]) != 1 {
			t.Errorf("listed %d, %d", listed(after), listed(before))
		}
		c.OK(c.Wishes.Withdraw(ctx, after, step(id, 1)))
	})
}

// A household that left wishes for nothing here any more.
func TestItGoesWithItsHousehold(t *testing.T) {
	each(t, func(c *wishtest.City) {
		ctx, r := c.Context(), c.Able("龙志愿", one, volunteer.Handy)
		id := c.Posted("bulb")
		c.OK(c.Wishes.Take(ctx, r.ID, r.Key, step(id, 0)))
		c.OK(c.DB.Write(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE household SET state = 'left' WHERE id = $1`, wishtest.House)
			return err
		}))
		_, err := c.Wishes.Tick(ctx)
		c.OK(err)
		if state(c, id) != "withdrawn" || c.Told[len(c.Told)-1].What != wish.CalledOff {
			t.Errorf("%s, %+v", state(c, id), c.Told)
		}
	})
}

// Posting again keeps to what posting keeps to.
func TestAgainKeepsTheLimits(t *testing.T) {
	each(t, func(c *wishtest.City) {
		ctx, lead := c.Context(), c.Lead()
		ids := []string{c.Posted("bulb"), c.Posted("letter")}
		c.Clock = c.Clock.AddDate(0, 0, wish.TermDays+1)
		_, err := c.Wishes.Tick(ctx)
		c.OK(err)
		c.Posted("bulb")
		if err := c.Wishes.Again(ctx, lead, step(ids[0], 2)); errs.As(err) == nil || len(errs.As(err).Fields) != 1 || state(c, ids[0]) != "lapsed" {
			t.Errorf("twice the same: %v, %s", err, state(c, ids[0]))
		}
		c.Posted("snow")
		c.Posted("chat")
		if err := c.Wishes.Again(ctx, lead, step(ids[1], 2)); errs.CodeOf(err) != "wish.many" {
			t.Errorf("a fourth: %v", err)
		}
		list, _, err := c.Wishes.List(ctx, lead.Actor, wish.Filter{}, "", 10)
		c.OK(err)
		i := slices.IndexFunc(list, func(l wish.Line) bool { return l.Kind == "chat" })
		c.OK(c.Wishes.Withdraw(ctx, lead, step(list[i].ID, 1)))
		c.OK(c.Wishes.SetKind(ctx, c.Actor("市办"), "", wish.Kind{Code: "letter", Name: "读信", Off: true}))
		if err := c.Wishes.Again(ctx, lead, step(ids[1], 2)); err == nil || state(c, ids[1]) != "lapsed" {
			t.Errorf("of a kind out of use: %v", err)
		}
	})
}

// Whoever has to know is told; the other side of a step, and nobody of their own.
func TestWhoIsTold(t *testing.T) {
	each(t, func(c *wishtest.City) {
		ctx, lead, r := c.Context(), c.Lead(), c.Able("龙志愿", one, volunteer.Handy)
		v, err := c.Reports.ByKey(ctx, r.ID, r.Key)
		c.OK(err)
		expect := func(what wish.What, person, household string) {
			t.Helper()
			if n := len(c.Told); n == 0 || c.Told[n-1].What != what || c.Told[n-1].PersonID != person || c.Told[n-1].HouseholdID != household || c.Told[n-1].UnitID != c.Cells[0] {
				t.Fatalf("not %s to %q %q: %+v", what, person, household, c.Told)
			}
			stands(c, c.Told[len(c.Told)-1], true)
		}
		id := c.Posted("bulb")
		c.OK(c.Wishes.Ask(ctx, lead, step(id, 1), r.ID))
		expect(wish.AskedYou, v.PersonID, "")
		c.OK(c.Wishes.Take(ctx, r.ID, r.Key, step(id, 0)))
		stands(c, c.Told[len(c.Told)-2], false)
		expect(wish.TakenUp, "", wishtest.House)
		c.OK(c.Wishes.Come(ctx, r.ID, r.Key, wish.Time{Step: step(id, 3), Day: "2026-12-05", At: 9 * 60}))
		expect(wish.Timed, "p-邻长1", "")
		c.OK(c.Wishes.Agree(ctx, lead, step(id, 4)))
		expect(wish.Timed, v.PersonID, "")
		c.OK(c.Wishes.GiveBack(ctx, r.ID, r.Key, step(id, 5)))
		expect(wish.WaitsAgain, "p-邻长1", "")
		c.OK(c.Wishes.Take(ctx, r.ID, r.Key, step(id, 0)))
		c.OK(c.Wishes.Done(ctx, lead, wish.Answer{Step: step(id, 7)}))
		expect(wish.Fulfilled, "", wishtest.House)
		home := wish.By{HouseholdID: wishtest.House}
		own, err := c.Wishes.Post(ctx, home, wish.Post{HouseholdID: wishtest.House, Kind: "letter"})
		c.OK(err)
		c.OK(c.Wishes.Take(ctx, r.ID, r.Key, step(own, 0)))
		c.OK(c.Wishes.Come(ctx, r.ID, r.Key, wish.Time{Step: step(own, 2), Day: "2026-12-05", At: 9 * 60}))
		expect(wish.Timed, "", wishtest.House)
		c.OK(c.Wishes.Withdraw(ctx, home, step(own, 3)))
		expect(wish.CalledOff, v.PersonID, "")
		if c.Count(`SELECT count(*) FROM wish WHERE posted_by = 'anonymous'`) != 0 {
			t.Error("it is kept who of the household posted")
		}
		c.Posted("snow")
		c.Clock = c.Clock.AddDate(0, 0, wish.TermDays+1)
		_, err = c.Wishes.Tick(ctx)
		c.OK(err)
		expect(wish.NobodyTook, "p-邻长1", "")
	})
}

func stands(c *wishtest.City, n wish.News, want bool) {
	c.Helper()
	if ok, err := c.Wishes.Stands(c.Context(), n); err != nil || ok != want {
		c.Errorf("%+v stands: %v, %v", n, ok, err)
	}
}
