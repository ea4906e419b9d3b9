package wish_test

import (
	"testing"

	"bilin/internal/sqldb"
	"bilin/internal/volunteer"
	"bilin/internal/volunteer/wish"
	"bilin/internal/volunteer/wish/wishtest"
)

// heard is how often somebody was told of something, and whether it stands each time.
func heard(c *wishtest.City, what wish.What, person, household string) (n int) {
	c.Helper()
	for _, x := range c.Told {
		if x.What == what && x.PersonID == person && x.HouseholdID == household {
			stands(c, x, true)
			n++
		}
	}
	return n
}

// agreed has a volunteer take a wish, and its lead agree to a time; it is of version 4 then.
func agreed(c *wishtest.City, r volunteer.Receipt, id string, by wish.By) {
	c.Helper()
	c.OK(c.Wishes.Take(c.Context(), r.ID, r.Key, step(id, 0)))
	c.OK(c.Wishes.Come(c.Context(), r.ID, r.Key, wish.Time{Step: step(id, 2), Day: "2026-12-05", At: 9 * 60}))
	c.OK(c.Wishes.Agree(c.Context(), by, step(id, 3)))
	c.Told = nil
}

// whoIs is a volunteer's person.
func whoIs(c *wishtest.City, r volunteer.Receipt) string {
	v, err := c.Reports.ByKey(c.Context(), r.ID, r.Key)
	c.OK(err)
	return v.PersonID
}

// A household whose volunteer reports out doesn't wait in vain.
func TestTheHouseholdHearsThatNobodyComes(t *testing.T) {
	each(t, func(c *wishtest.City) {
		ctx, home, r := c.Context(), wish.By{HouseholdID: wishtest.House}, c.Able("龙志愿", one, volunteer.Handy)
		id, err := c.Wishes.Post(ctx, home, wish.Post{HouseholdID: wishtest.House, Kind: "bulb"})
		c.OK(err)
		agreed(c, r, id, home)
		c.OK(c.Reports.Withdraw(ctx, r.ID, r.Key, ""))
		if n := heard(c, wish.WaitsAgain, "", wishtest.House); n != 1 || len(c.Told) != 1 {
			t.Errorf("the volunteer left: %+v", c.Told)
		}
		b := c.Able("虎志愿", two, volunteer.Handy)
		c.OK(c.Wishes.Ask(ctx, c.Lead(), step(id, 5), b.ID))
		stands(c, wish.News{What: wish.WaitsAgain, WishID: id, HouseholdID: wishtest.House}, true)
	})
}

// A volunteer whose wish is erased doesn't go in vain; one that only waited is nobody's.
func TestTheVolunteerHearsThatItIsErased(t *testing.T) {
	each(t, func(c *wishtest.City) {
		ctx, r := c.Context(), c.Able("龙志愿", one, volunteer.Handy)
		person := whoIs(c, r)
		for name, erase := range map[string]func(tx *sqldb.Tx, id string) error{
			"one":       func(tx *sqldb.Tx, id string) error { return c.Wishes.EraseOne(ctx, tx, wishtest.House, id) },
			"household": func(tx *sqldb.Tx, _ string) error { return c.Wishes.EraseHousehold(ctx, tx, wishtest.House) },
		} {
			id := c.Posted("bulb")
			c.Posted("snow")
			agreed(c, r, id, c.Lead())
			c.OK(c.DB.Write(ctx, func(tx *sqldb.Tx) error { return erase(tx, id) }))
			if n := heard(c, wish.CalledOff, person, ""); n != 1 || len(c.Told) != 1 || c.Count(`SELECT count(*) FROM wish WHERE id = $1`, id) != 0 {
				t.Errorf("%s: %+v", name, c.Told)
			}
			c.OK(c.DB.Write(ctx, func(tx *sqldb.Tx) error { return c.Wishes.EraseHousehold(ctx, tx, wishtest.House) }))
		}
	})
}

// Who is asked and takes their hours out keeps nobody waiting.
func TestErasedHoursKeepNobodyWaiting(t *testing.T) {
	each(t, func(c *wishtest.City) {
		r, id := c.Able("龙志愿", one, volunteer.Handy), c.Posted("bulb")
		c.OK(c.Wishes.Ask(c.Context(), c.Lead(), step(id, 1), r.ID))
		c.OK(c.DB.Write(c.Context(), func(tx *sqldb.Tx) error { return c.Wishes.EraseHours(c.Context(), tx, r.ID) }))
		if state(c, id) != "open" || c.Count(`SELECT count(*) FROM wish_hours`) != 0 {
			t.Errorf("it is %s", state(c, id))
		}
	})
}

// Opened again by the lead: the volunteer needn't come, and the household needn't wait.
func TestBothHearThatItIsOpenAgain(t *testing.T) {
	each(t, func(c *wishtest.City) {
		ctx, r, id := c.Context(), c.Able("龙志愿", one, volunteer.Handy), c.Posted("bulb")
		person := whoIs(c, r)
		agreed(c, r, id, c.Lead())
		c.OK(c.Wishes.Reopen(ctx, c.Lead(), step(id, 4)))
		if heard(c, wish.CalledOff, person, "") != 1 || heard(c, wish.WaitsAgain, "", wishtest.House) != 1 || len(c.Told) != 2 {
			t.Errorf("by the lead: %+v", c.Told)
		}
		c.Told = nil
		c.OK(c.Wishes.Take(ctx, r.ID, r.Key, step(id, 0)))
		stands(c, wish.News{What: wish.CalledOff, WishID: id, PersonID: person}, false)
		c.Clock = c.Clock.AddDate(0, 0, wish.TakenDays+1)
		_, err := c.Wishes.Tick(ctx)
		c.OK(err)
		if heard(c, wish.CalledOff, person, "") != 1 || heard(c, wish.WaitsAgain, "p-邻长1", "") != 1 {
			t.Errorf("its time went by: %+v", c.Told)
		}
	})
}

// Word of a time is for whoever has the wish, and not for who gave it back.
func TestATimeIsForWhoeverComes(t *testing.T) {
	each(t, func(c *wishtest.City) {
		ctx, a, b := c.Context(), c.Able("龙志愿", one, volunteer.Handy), c.Able("虎志愿", two, volunteer.Handy)
		id := c.Posted("bulb")
		said := func(r volunteer.Receipt, version int) wish.News {
			c.OK(c.Wishes.Take(ctx, r.ID, r.Key, step(id, 0)))
			c.OK(c.Wishes.Say(ctx, c.Lead(), wish.Time{Step: step(id, version), Day: "2026-12-05", At: 9 * 60}))
			return c.Told[len(c.Told)-1]
		}
		first := said(a, 2)
		stands(c, first, true)
		c.OK(c.Wishes.GiveBack(ctx, a.ID, a.Key, step(id, 3)))
		second := said(b, 5)
		if first.What != wish.Timed || first.PersonID != whoIs(c, a) || second.PersonID != whoIs(c, b) {
			t.Fatalf("%+v, %+v", first, second)
		}
		stands(c, first, false)
		stands(c, second, true)
	})
}

// What is over stays where it was; what can still be done goes along.
func TestOnlyWhatIsntOverFollows(t *testing.T) {
	each(t, func(c *wishtest.City) {
		ctx, over := c.Context(), c.Posted("bulb")
		c.OK(c.Wishes.Withdraw(ctx, c.Lead(), step(over, 1)))
		lapsed := c.Posted("snow")
		c.Clock = c.Clock.AddDate(0, 0, wish.TermDays+1)
		_, err := c.Wishes.Tick(ctx)
		c.OK(err)
		moveHome(c)
		_, err = c.Wishes.Tick(ctx)
		c.OK(err)
		for id, cell := range map[string]string{over: c.Cells[0], lapsed: c.Cells[1]} {
			if c.Count(`SELECT count(*) FROM wish WHERE id = $1 AND cell_id = $2`, id, cell) != 1 {
				t.Errorf("%s isn't in %s", id, cell)
			}
		}
	})
}
