package demand_test

import (
	"testing"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/demandtest"
	"bilin/internal/errs"
	"bilin/internal/purpose"
	"bilin/internal/sqldb"
)

// TestWhoeverItClimbsToKnowsWhereToGo: a demand that a lead entered for a
// household carries it, for whoever handles it and nobody else; each look is
// recorded, and entering one makes no ground for oneself.
func TestWhoeverItClimbsToKnowsWhereToGo(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		home := "h-" + demandtest.Door
		got, err := c.Demand.Raise(ctx, c.Lead, demand.Raise{Kind: demand.Help, Text: "想找人陪着去换药", DoorCode: demandtest.Door, OnBehalf: true, Private: true})
		must(t, err)
		works := func(who auth.Actor) int {
			t.Helper()
			list, err := c.Demand.Grounds().OpenWork(ctx, c.DB.Reader(), who, purpose.Subject{HouseholdID: home})
			must(t, err)
			return len(list)
		}
		if works(c.Lead) != 0 {
			t.Error("a lead makes a ground to read about a household by entering a demand for it")
		}
		if _, err := c.Demand.Where(ctx, c.NextLead, got.Number); err == nil {
			t.Error("opened by somebody who doesn't have it")
		}
		if n := readings(t, c, home); n != 0 {
			t.Errorf("%d readings of what wasn't opened", n)
		}
		must(t, c.DB.Write(ctx, func(tx *sqldb.Tx) error { // as if it had climbed
			_, err := tx.ExecContext(ctx, `UPDATE demand SET owner_id = village_id, rung = 4, handler_id = '' WHERE number = $1`, got.Number)
			return err
		}))
		door, err := c.Demand.Where(ctx, c.Village, got.Number)
		must(t, err)
		if door.HouseholdID != home || door.Address == "" {
			t.Errorf("where: %+v", door)
		}
		if n := readings(t, c, home); n != 1 {
			t.Errorf("%d readings of one look", n)
		}
		if _, err := c.Demand.Where(ctx, c.Lead, got.Number); errs.KindOf(err) != errs.Forbidden && errs.KindOf(err) != errs.NotFound {
			t.Errorf("opened by whoever had it before: %v", err)
		}
		if _, err := c.Demand.Claim(ctx, got.Number, got.Track, false, demand.Command{}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Demand.Where(ctx, c.Village, got.Number); err == nil || works(c.Village) != 0 {
			t.Error("a household that said it isn't theirs is still shown")
		}
	})
}

func readings(t *testing.T, c *demandtest.City, home string) int {
	t.Helper()
	list, _, err := c.Reads.Readings(ctx, home, "", 9)
	must(t, err)
	return len(list)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestAHouseholdsOwnWordsAreProved: anybody who scans a card can raise a demand;
// that it is the household's own word is kept only of those who proved it.
func TestAHouseholdsOwnWordsAreProved(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		for _, r := range []demand.Raise{
			{Text: "楼下的路灯不亮", DoorCode: demandtest.Door}, {Text: "楼下的水管漏水", DoorCode: demandtest.Door, Proved: true},
			{Text: "屋顶漏雨请来看", DoorCode: demandtest.Door, Proved: true, Anonymous: true},
		} {
			r.Kind = demand.Report
			_, err := c.Demand.Raise(ctx, auth.Actor{}, r)
			must(t, err)
		}
		held, err := c.Demand.HeldOf(ctx, c.DB.Reader(), "h-"+demandtest.Door)
		must(t, err)
		if len(held) != 2 {
			t.Fatalf("%d are the household's", len(held))
		}
		for _, d := range held {
			if d.Proved != (d.Text == "楼下的水管漏水") {
				t.Errorf("%s: proved %v", d.Text, d.Proved)
			}
		}
	})
}
