package network_test

import (
	"strings"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/network"
	"bilin/internal/purpose"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

func TestRights(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db, small)
		ctx := t.Context()
		village, other := actor(auth.VillageOfficial, w.unit(villageA).ID), actor(auth.VillageOfficial, w.unit(villageB).ID)
		town, lead := actor(auth.TownOfficial, w.unit(townA).ID), actor(auth.Lead, w.unit(cellA).ID)
		office, admin := actor(auth.CityOffice, w.RootID()), actor(auth.Admin, w.RootID())
		rename := func(a auth.Actor, code string) error {
			return w.RenameUnit(ctx, a, network.RenameUnit{UnitID: w.unit(code).ID, Name: "新名"})
		}
		ok(t, rename(village, cellA))
		ok(t, rename(village, areaA))
		refused(t, rename(village, villageA), "auth.forbidden") // nobody arranges their own unit
		ok(t, rename(town, villageA))
		refused(t, rename(other, cellA), "auth.forbidden")
		refused(t, rename(lead, cellA), "auth.forbidden")
		refused(t, rename(auth.Actor{}, cellA), "auth.login_needed")
		ok(t, rename(office, townA))

		_, err := w.CreatePost(ctx, office, network.CreatePost{UnitID: w.RootID(), Role: auth.Admin})
		refused(t, err, "auth.forbidden") // the city office makes no administrators
		_, err = w.CreatePost(ctx, admin, network.CreatePost{UnitID: w.RootID(), Role: auth.Auditor})
		ok(t, err)
		_, err = w.CreatePost(ctx, admin, network.CreatePost{UnitID: w.unit(cellA).ID, Role: auth.Admin})
		refused(t, err, "role_misplaced")
		_, err = w.CreatePost(ctx, village, network.CreatePost{UnitID: w.unit(villageA).ID, Role: auth.VillageOfficial})
		refused(t, err, "auth.forbidden")
		_, err = w.CreatePost(ctx, village, network.CreatePost{UnitID: w.unit(cellA).ID, Role: auth.Lead})
		refused(t, err, "one_lead")

		refused(t, w.ImportChunk(ctx, other, network.Chunk{UnitID: w.unit(villageB).ID, Households: []network.NewHousehold{
			{UnitID: w.unit(cellA).ID, Address: "x", RosterKey: "x"}}}), "outside_unit")
		refused(t, w.ImportChunk(ctx, other, network.Chunk{UnitID: w.unit(villageA).ID}), "auth.forbidden")
		refused(t, w.ImportChunk(ctx, other, network.Chunk{UnitID: w.unit(villageB).ID, Persons: []network.NewPerson{{Name: "x"}}}), "auth.forbidden")
	})
}

func TestNamesAndNumbers(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db, small)
		ctx, cell := t.Context(), w.unit(cellA)
		lead, next := actor(auth.Lead, cell.ID), actor(auth.Lead, w.unit(cellNext).ID)
		town := actor(auth.TownOfficial, w.unit(townA).ID)
		head := func(a auth.Actor) string {
			rows, _, err := w.HouseholdsOf(ctx, a, cell.ID, "", 1)
			ok(t, err)
			return rows[0].Head
		}
		if head(lead) != "李建国" || head(town) != "李*国" {
			t.Errorf("lead sees %s, town sees %s", head(lead), head(town))
		}
		_, _, err := w.HouseholdsOf(ctx, next, cell.ID, "", 1)
		refused(t, err, "auth.forbidden")
		_, _, err = w.HouseholdsOf(ctx, actor(auth.Command, w.RootID()), cell.ID, "", 1)
		refused(t, err, "auth.forbidden")

		h := w.households(cell.ID)[0]
		_, err = w.ReadPhone(ctx, lead, network.PhoneOfHousehold, h.ID, "走访")
		refused(t, err, "needs_ground")
		_, err = w.ReadHousePhone(ctx, lead, h.ID, purpose.Ground{Kind: "task", ID: "t"})
		refused(t, err, "purpose.no_ground")
		glass, err := w.purposes.BreakGlass(ctx, lead, purpose.BreakGlass{Subject: purpose.Subject{HouseholdID: h.ID}, Reason: purpose.Danger})
		ok(t, err)
		_, err = w.ReadHousePhone(ctx, next, h.ID, glass)
		refused(t, err, "auth.forbidden")
		phone, err := w.ReadHousePhone(ctx, lead, h.ID, glass)
		ok(t, err)
		if phone != "00012345678" {
			t.Errorf("number %s", phone)
		}
		// A lead reaches who stands behind them, and not another group's.
		behind, elsewhere := w.post(groupA, auth.GroupLead).Holder, w.post(groupNext, auth.GroupLead).Holder
		_, err = w.ReadPhone(ctx, lead, network.PhoneOfPerson, behind.PersonID, "请示")
		ok(t, err)
		_, err = w.ReadPhone(ctx, lead, network.PhoneOfPerson, elsewhere.PersonID, "请示")
		refused(t, err, "auth.forbidden")
		w.readsAreLogged("purpose.read", 1)
		w.readsAreLogged(string(network.ActReadPhone), 1)

		ok(t, w.ShowPhone(ctx, auth.Actor{AccountID: "a", PersonID: behind.PersonID}, network.ShowPhone{Show: true}))
		shown, err := w.ShownPhones(ctx, []string{behind.PersonID, elsewhere.PersonID})
		ok(t, err)
		if len(shown) != 1 || !strings.HasPrefix(shown[behind.PersonID], "000") {
			t.Errorf("shown %v", shown)
		}
	})
}

// TestHolesWithoutHouseholds holds that whoever sees the network but no
// households learns from a hole only where it is.
func TestHolesWithoutHouseholds(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db, small)
		ctx, cell := t.Context(), w.unit(cellA)
		claimed := w.households(cell.ID)[0]
		ok(t, w.ImportChunk(ctx, sys, network.Chunk{Claims: []network.NewClaim{{HouseholdID: claimed.ID, UnitID: w.unit(cellNext).ID, Source: "r"}}}))
		ok(t, w.Refresh(ctx))
		for _, role := range auth.Roles() {
			root := w.RootID()
			holes, _, err := w.Holes(ctx, actor(role, root), root, network.HoleTwoCells, "", 10)
			ok(t, err)
			lists := w.policyAllows(role)
			if len(holes) != 1 || holes[0].Unit.ID != cell.ID || (holes[0].Household != nil) != lists {
				t.Errorf("%s is shown %+v", role, holes)
			}
			if lists && holes[0].Household.Address != claimed.Address {
				t.Errorf("%s is shown %+v", role, holes[0].Household)
			}
		}
	})
}

// policyAllows reports whether a role may list households.
func (w *world) policyAllows(role auth.Role) bool {
	return auth.NewPolicy(w.Service, network.Rules).Can(actor(role, w.RootID()), network.ActHouseholds, auth.Object{}) == nil
}

// readsAreLogged counts the rows of what was opened: a refusal left none.
func (w *world) readsAreLogged(action string, reads int) {
	w.t.Helper()
	var n, withPurpose int
	err := w.db.Reader().QueryRowContext(w.t.Context(), `SELECT count(*), count(*) FILTER (WHERE purpose <> '') FROM audit_pending WHERE action = $1`, action).
		Scan(&n, &withPurpose)
	ok(w.t, err)
	if n != reads || withPurpose != n {
		w.t.Errorf("%s: %d reads in the log, %d with a purpose", action, n, withPurpose)
	}
}

func TestDoors(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db, small)
		ctx, village := t.Context(), actor(auth.VillageOfficial, w.unit(villageA).ID)
		h := w.households(w.unit(cellA).ID)[0]
		u, err := w.HouseholdByDoor(ctx, strings.ToLower(h.Door[:5])+" "+h.Door[5:])
		ok(t, err)
		if u.Code != cellA {
			t.Errorf("door leads to %s", u.Code)
		}
		door, err := w.RenewDoor(ctx, village, network.OneHousehold{ID: h.ID, Version: h.Version})
		ok(t, err)
		_, err = w.HouseholdByDoor(ctx, h.Door)
		refused(t, err, "no_door")
		refused(t, w.HouseholdLeft(ctx, village, network.OneHousehold{ID: h.ID, Version: h.Version}), "changed_since")
		ok(t, w.HouseholdLeft(ctx, village, network.OneHousehold{ID: h.ID, Version: h.Version + 1}))
		_, err = w.HouseholdByDoor(ctx, door)
		refused(t, err, "no_door")
		// Whoever moves in is new, at the same address.
		id, err := w.CreateHousehold(ctx, village, network.CreateHousehold{UnitID: h.UnitID, Ref: h.Ref, Address: h.Address, Head: "孙来", Size: 2, Phone: "00099990003"})
		ok(t, err)
		_, err = w.CreateHousehold(ctx, village, network.CreateHousehold{UnitID: h.UnitID, Ref: h.Ref, Address: h.Address, Head: "孙来", Size: 2})
		refused(t, err, "household_known")
		fresh, err := w.Household(ctx, village, id)
		ok(t, err)
		if fresh.Door == h.Door || fresh.Head != "孙来" || !fresh.HasPhone || w.unit(cellA).Residents != 17 {
			t.Errorf("moved in: %+v", fresh)
		}
		none := ""
		ok(t, w.UpdateHousehold(ctx, actor(auth.Lead, h.UnitID), network.UpdateHousehold{ID: id, Version: 1, Ref: h.Ref, Address: h.Address, Head: "孙来", Phone: &none, Size: 4}))
		addsUp(t, w)
	})
}
