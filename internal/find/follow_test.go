package find_test

import (
	"context"
	"testing"

	"bilin/internal/network"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// TestFollowsCommands: after the registry's own commands the kept index equals
// one made anew.
func TestFollowsCommands(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c, ctx := build(t, db), context.Background()
		c.net.Follow(c.index)
		a, b := c.cells["430182102202010101"], c.cells["430182102202010102"]
		id, err := c.net.CreateHousehold(ctx, system, network.CreateHousehold{UnitID: a, Address: "新屋场7号", Head: "李四", Size: 2})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.net.MoveHouseholds(ctx, system, network.MoveHouseholds{HouseholdIDs: []string{id}, ToUnitID: b}); err != nil {
			t.Fatal(err)
		}
		if err := c.net.MergeUnits(ctx, system, network.MergeUnits{UnitID: a, IntoID: b}); err != nil {
			t.Fatal(err)
		}
		got, err := c.find.PublicFind(ctx, "双桥村李家湾3号")
		if err != nil || len(got) == 0 || got[0].UnitID != b {
			t.Fatalf("%+v, %v", got, err)
		}
		before := dump(t, db)
		if err := c.index.Rebuild(ctx, db, nil); err != nil {
			t.Fatal(err)
		}
		if after := dump(t, db); after != before {
			t.Fatalf("kept\n%s\nmade anew\n%s", before, after)
		}
	})
}
