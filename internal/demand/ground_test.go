package demand_test

import (
	"context"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/demandtest"
	"bilin/internal/purpose"
	"bilin/internal/sqldb"
)

// TestWhoHasWorkAboutAHousehold: its open demands are a ground for whoever has
// them, and end as one when they are closed or parted from it.
func TestWhoHasWorkAboutAHousehold(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		got, err := c.Demand.Raise(ctx, auth.Actor{}, demand.Raise{Kind: demand.Help, Text: "请帮忙抬一下煤气罐", DoorCode: demandtest.Door, Contact: "13900000000"})
		if err != nil {
			t.Fatal(err)
		}
		home := "h-" + demandtest.Door
		open := func(who auth.Actor, household string) int {
			t.Helper()
			works, err := c.Demand.Grounds().OpenWork(context.Background(), c.DB.Reader(), who, purpose.Subject{HouseholdID: household})
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range works {
				if w.Kind != demand.Ground || w.Title != got.Number || w.Due.IsZero() {
					t.Errorf("work: %+v", w)
				}
			}
			return len(works)
		}
		if open(c.Lead, home) != 1 || open(c.Lead, "h-another") != 0 || open(auth.Actor{AccountID: "x", PersonID: "x"}, home) != 0 {
			t.Error("open for others, or not for whoever has it")
		}
		if err := c.DB.Write(ctx, func(tx *sqldb.Tx) error { return c.Demand.EraseHousehold(ctx, tx, home) }); err != nil {
			t.Fatal(err)
		}
		if open(c.Lead, home) != 0 {
			t.Error("open after it was parted from the household")
		}
		if held, err := c.Demand.HeldOf(ctx, c.DB.Reader(), home); err != nil || len(held) != 0 {
			t.Errorf("held: %v, %v", held, err)
		}
	})
}
