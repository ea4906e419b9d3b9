package wish_test

import (
	"strings"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
	"bilin/internal/volunteer"
	"bilin/internal/volunteer/wish"
	"bilin/internal/volunteer/wish/wishtest"
)

func step(id string, version int) wish.Step { return wish.Step{ID: id, Version: version} }

// state is how a wish stands.
func state(c *wishtest.City, id string) (s string) {
	c.OK(c.DB.Reader().QueryRowContext(c.Context(), `SELECT state FROM wish WHERE id = $1`, id).Scan(&s))
	return s
}

// While one is asked the others wait; declined, given back, not come, lapsed:
// it opens again, or goes to the lead, and knows nothing of anybody.
func TestItOpensAgain(t *testing.T) {
	each(t, func(c *wishtest.City) {
		ctx, lead := c.Context(), c.Lead()
		a, b := c.Able("龙志愿", one, volunteer.Handy), c.Able("虎志愿", two, volunteer.Handy)
		id := c.Posted("bulb")
		c.OK(c.Wishes.Ask(ctx, lead, step(id, 1), a.ID))
		if own, err := c.Wishes.Own(ctx, b.ID, b.Key); err != nil || len(own.Seen) != 0 {
			t.Errorf("the other sees it: %+v, %v", own, err)
		}
		if err := c.Wishes.Take(ctx, b.ID, b.Key, step(id, 0)); errs.CodeOf(err) != "wish.gone" {
			t.Errorf("the other takes it: %v", err)
		}
		c.OK(c.Wishes.Decline(ctx, a.ID, a.Key, step(id, 0)))
		if _, offers, err := c.Wishes.Get(ctx, lead, id); err != nil || len(offers) != 2 || offers[0].ID != b.ID {
			t.Errorf("who was asked comes last: %+v, %v", offers, err)
		}
		c.OK(c.Wishes.Take(ctx, b.ID, b.Key, step(id, 0)))
		c.OK(c.Wishes.GiveBack(ctx, b.ID, b.Key, step(id, 4)))
		c.OK(c.Wishes.Take(ctx, a.ID, a.Key, step(id, 0)))
		c.OK(c.Wishes.Reopen(ctx, lead, step(id, 6)))
		if n := c.Count(`SELECT count(*) FROM wish WHERE state = 'open' AND helper_id = '' AND asked_id = ''`); n != 1 {
			t.Error("it knows with whom it was")
		}
		c.OK(c.Wishes.Ask(ctx, lead, step(id, 7), a.ID))
		c.Clock = c.Clock.Add(wish.AskedFor)
		if n, err := c.Wishes.Tick(ctx); err != nil || n != 1 || state(c, id) != "open" {
			t.Errorf("two days after: %d, %v, %s", n, err, state(c, id))
		}
		c.OK(c.Wishes.Take(ctx, a.ID, a.Key, step(id, 0)))
		c.Clock = c.Clock.AddDate(0, 0, wish.TakenDays+1)
		if n, err := c.Wishes.Tick(ctx); err != nil || n != 1 || state(c, id) != "open" {
			t.Errorf("taken and not done: %d, %v, %s", n, err, state(c, id))
		}
		c.Clock = c.Clock.AddDate(0, 0, 10)
		if n, err := c.Wishes.Tick(ctx); err != nil || n != 1 || state(c, id) != "lapsed" {
			t.Errorf("nobody: %d, %v, %s", n, err, state(c, id))
		}
		if todo, err := c.Wishes.Todo(ctx, lead.Actor); err != nil || todo != (wish.Todo{Now: 1, Waits: 1}) {
			t.Errorf("%+v, %v", todo, err)
		}
		c.OK(c.Wishes.Again(ctx, lead, step(id, 12)))
		c.OK(c.Wishes.Withdraw(ctx, lead, step(id, 13)))
		c.Clock = c.Clock.AddDate(0, 0, wish.KeepDays)
		_, err := c.Wishes.Tick(ctx)
		c.OK(err)
		if n := c.Count(`SELECT count(*) FROM wish`); n != 0 {
			t.Error("it is kept")
		}
	})
}

// Whoever leaves takes everything of theirs along: hours, what they took, their thanks.
func TestWhoLeavesLeavesNothing(t *testing.T) {
	each(t, func(c *wishtest.City) {
		ctx, lead := c.Context(), c.Lead()
		r := c.Able("龙志愿", one, volunteer.Handy)
		done, taken := c.Posted("bulb"), c.Posted("letter")
		for _, id := range []string{done, taken} {
			c.OK(c.Wishes.Take(ctx, r.ID, r.Key, step(id, 0)))
		}
		c.OK(c.Wishes.Done(ctx, lead, wish.Answer{Step: step(done, 2), Thanks: wish.Warm, Words: "谢谢"}))
		c.OK(c.Reports.Withdraw(ctx, r.ID, r.Key, ""))
		if n := c.Count(`SELECT (SELECT count(*) FROM wish_hours) + (SELECT count(*) FROM wish_slot) + (SELECT count(*) FROM wish WHERE helper_id <> '' OR asked_id <> '' OR thanks <> '' OR thanks_words <> '')`); n != 0 {
			t.Errorf("%d rows are kept", n)
		}
		if state(c, taken) != "open" || state(c, done) != "done" {
			t.Errorf("%s, %s", state(c, taken), state(c, done))
		}
	})
}

func TestStopKeepsWhatWasTaken(t *testing.T) {
	each(t, func(c *wishtest.City) {
		ctx := c.Context()
		r := c.Able("龙志愿", one, volunteer.Handy)
		taken, asked := c.Posted("bulb"), c.Posted("letter")
		c.OK(c.Wishes.Take(ctx, r.ID, r.Key, step(taken, 0)))
		c.OK(c.Wishes.Ask(ctx, c.Lead(), step(asked, 1), r.ID))
		c.OK(c.Wishes.Stop(ctx, r.ID, r.Key, "s"))
		if state(c, taken) != "taken" || state(c, asked) != "open" {
			t.Errorf("%s, %s", state(c, taken), state(c, asked))
		}
		if own, err := c.Wishes.Own(ctx, r.ID, r.Key); err != nil || own.Hours != nil || len(own.Taken) != 1 || len(own.Seen) != 0 {
			t.Errorf("%+v, %v", own, err)
		}
	})
}

// Nobody collects addresses, and no household more than three hands.
func TestBounds(t *testing.T) {
	each(t, func(c *wishtest.City) {
		ctx := c.Context()
		r := c.Able("龙志愿", one, volunteer.Handy)
		ids := []string{c.Posted("bulb"), c.Posted("letter"), c.Posted("snow")}
		if _, err := c.Wishes.Post(ctx, c.Lead(), wish.Post{HouseholdID: wishtest.House, Kind: "bulb"}); errs.CodeOf(err) != "wish.same" {
			t.Errorf("twice the same: %v", err)
		}
		if _, err := c.Wishes.Post(ctx, c.Lead(), wish.Post{HouseholdID: wishtest.House, Kind: "chat"}); errs.CodeOf(err) != "wish.many" {
			t.Errorf("a fourth: %v", err)
		}
		for i, id := range ids {
			err := c.Wishes.Take(ctx, r.ID, r.Key, step(id, 0))
			if i < wish.MaxTaken && err != nil || i >= wish.MaxTaken && errs.CodeOf(err) != "wish.enough" {
				t.Errorf("taking %d: %v", i+1, err)
			}
		}
		own, err := c.Wishes.Own(ctx, r.ID, r.Key)
		if err != nil || len(own.Taken) != wish.MaxTaken {
			t.Errorf("%+v, %v", own, err)
		}
	})
}

func TestWhoMayWhat(t *testing.T) {
	each(t, func(c *wishtest.City) {
		ctx := c.Context()
		r := c.Able("龙志愿", one, volunteer.Handy)
		id := c.Posted("bulb")
		for _, who := range []auth.Actor{c.Actor("邻长2"), c.Actor("村干部2"), c.Actor("镇干部"), c.Actor("市办"), c.Actor("指挥"), {}} {
			by := wish.By{Actor: who}
			for name, err := range map[string]error{
				"post": second(c.Wishes.Post(ctx, by, wish.Post{HouseholdID: wishtest.House, Kind: "chat"})), "ask": c.Wishes.Ask(ctx, by, step(id, 1), r.ID),
				"withdraw": c.Wishes.Withdraw(ctx, by, step(id, 1)), "done": c.Wishes.Done(ctx, by, wish.Answer{Step: step(id, 1)}), "see": seen(c, by, id),
			} {
				if kind := errs.KindOf(err); kind != errs.Forbidden && kind != errs.Unauthenticated {
					t.Errorf("%s by %q: %v", name, who.Name, err)
				}
			}
		}
		other := wish.By{HouseholdID: "h-2"}
		for name, err := range map[string]error{"post": second(c.Wishes.Post(ctx, other, wish.Post{HouseholdID: wishtest.House, Kind: "chat"})), "withdraw": c.Wishes.Withdraw(ctx, other, step(id, 1)), "see": seen(c, other, id)} {
			if errs.KindOf(err) != errs.NotFound {
				t.Errorf("%s by another household: %v", name, err)
			}
		}
		for _, key := range []string{"", "wrong"} {
			if err := c.Wishes.Take(ctx, r.ID, key, step(id, 0)); errs.CodeOf(err) != "volunteer.none" {
				t.Errorf("taken with %q: %v", key, err)
			}
		}
		for who, n := range map[string]int{"邻长1": 1, "村干部1": 1, "邻长2": 0, "村干部2": 0} {
			if list, _, err := c.Wishes.List(ctx, c.Actor(who), wish.Filter{}, "", 10); err != nil || len(list) != n {
				t.Errorf("%s lists %d, %v", who, len(list), err)
			}
		}
		if err := c.Wishes.SetKind(ctx, c.Actor("邻长1"), "", wish.Kind{Name: "浇花"}); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("a lead edits the catalogue: %v", err)
		}
	})
}

func second[T any](_ T, err error) error { return err }

func seen(c *wishtest.City, by wish.By, id string) error {
	_, _, err := c.Wishes.Get(c.Context(), by, id)
	return err
}

// Place, skill, time and being away decide what a volunteer is shown.
func TestWhatAVolunteerIsShown(t *testing.T) {
	each(t, func(c *wishtest.City) {
		ctx := c.Context()
		r := c.Able("龙志愿", one, volunteer.Handy)
		c.Posted("bulb")
		c.Posted("tap") // wants a plumber
		shown := func() (n int) {
			own, err := c.Wishes.Own(ctx, r.ID, r.Key)
			c.OK(err)
			return len(own.Seen)
		}
		if n := shown(); n != 1 {
			t.Errorf("by skill: %d", n)
		}
		v, err := c.Reports.ByKey(ctx, r.ID, r.Key)
		c.OK(err)
		c.OK(c.Reports.Change(ctx, r.ID, r.Key, volunteer.Change{Offer: volunteer.Offer{Skills: []volunteer.Skill{volunteer.Handy, volunteer.Plumber}}, Version: v.Version}))
		if n := shown(); n != 2 {
			t.Errorf("with both skills: %d", n)
		}
		c.Away[v.PersonID] = []wish.Span{{From: "2026-12-01", To: "2026-12-31"}}
		if n := shown(); n != 0 {
			t.Errorf("while away: %d", n)
		}
		delete(c.Away, v.PersonID)
		c.Clock = time.Date(2027, 3, 2, 2, 0, 0, 0, time.UTC)
		_, err = c.Wishes.Tick(ctx)
		c.OK(err)
		if n := c.Count(`SELECT (SELECT count(*) FROM wish_hours) + (SELECT count(*) FROM wish_slot)`); n != 0 {
			t.Errorf("after their last day: %d", n)
		}
	})
}

// A household's wishes go with it, and its sentence is sealed.
func TestAHouseholdIsErased(t *testing.T) {
	each(t, func(c *wishtest.City) {
		ctx := c.Context()
		id := c.Posted("bulb")
		var sealed string
		c.OK(c.DB.Reader().QueryRowContext(ctx, `SELECT words FROM wish WHERE id = $1`, id).Scan(&sealed))
		if strings.Contains(sealed, "灯") || sealed == "" {
			t.Errorf("it is kept as %q", sealed)
		}
		c.OK(c.DB.Write(ctx, func(tx *sqldb.Tx) error {
			held, err := c.Wishes.HeldOf(ctx, tx, wishtest.House, true)
			if err != nil || len(held) != 1 || held[0].Words != "楼梯间的灯不亮了" {
				t.Errorf("%+v, %v", held, err)
			}
			return c.Wishes.EraseHousehold(ctx, tx, wishtest.House)
		}))
		if n := c.Count(`SELECT count(*) FROM wish`); n != 0 {
			t.Error("it is kept")
		}
	})
}
