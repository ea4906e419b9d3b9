package network_test

import (
	"testing"

	"bilin/internal/auth"
	"bilin/internal/network"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

func TestTree(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db, small)
		tree := w.Tree()
		if got, want := tree.Len(), 1+2+4+8+16+32; got != want {
			t.Fatalf("%d units, want %d", got, want)
		}
		cell := w.unit("430182001001010101")
		if got := tree.PathName(cell, "/"); got != "第1镇/第1村/area1/group1/cell1" {
			t.Errorf("path %s", got)
		}
		if len(tree.Children(tree.Root())) != 2 || tree.Parent(tree.Root()) != nil {
			t.Error("the city has two towns and nothing above it")
		}
		if got := len(tree.BackersOf(cell.ID)); got != 4 {
			t.Errorf("%d backers, want group lead, area lead and two officials", got)
		}
		lead := tree.LeadOf(cell.ID)
		if lead == nil || len(tree.PostsOf(lead.PersonID)) != 1 {
			t.Fatalf("lead %+v", lead)
		}
		if g := tree.Grants(lead.PersonID); len(g) != 1 || g[0].Role != auth.Lead || g[0].UnitID != cell.ID {
			t.Errorf("grants %+v", g)
		}
		containsLikeNaive(t, tree)
		addsUp(t, w)
	})
}

// containsLikeNaive compares the interval test with a walk up the parents.
func containsLikeNaive(t *testing.T, tree *network.Tree) {
	t.Helper()
	all := tree.Subtree(tree.Root())
	for _, root := range all {
		for _, u := range all {
			naive := false
			for p := u; p != nil; p = tree.ByID(p.ParentID) {
				naive = naive || p == root
			}
			if got := tree.Contains(root.ID, u.ID); got != naive {
				t.Fatalf("Contains(%s, %s) = %v", root.Code, u.Code, got)
			}
		}
	}
}

// addsUp asserts that every unit's totals are its own and its children's, and
// that the counters are what the households count.
func addsUp(t *testing.T, w *world) {
	t.Helper()
	tree := w.Tree()
	for _, u := range tree.Subtree(tree.Root()) {
		c := tree.Coverage(u.ID)
		if c.Covered+c.Uncovered != c.Households {
			t.Fatalf("%s: %d covered + %d not = %d?", u.Code, c.Covered, c.Uncovered, c.Households)
		}
		households, residents := u.Households, u.Residents
		holes := map[network.HoleKind]int{}
		for _, child := range tree.Children(u) {
			cc := tree.Coverage(child.ID)
			households, residents = households+cc.Households, residents+cc.Residents
			for _, h := range cc.Holes {
				holes[h.Kind] += h.N
			}
		}
		if households != c.Households || residents != c.Residents {
			t.Fatalf("%s: children and own make %d/%d, coverage says %d/%d", u.Code, households, residents, c.Households, c.Residents)
		}
		own, people, claimed := w.counted(u.ID)
		if u.Households != own || u.Residents != people || u.Overlaps != claimed {
			t.Fatalf("%s: counters %d/%d/%d, counted %d/%d/%d", u.Code, u.Households, u.Residents, u.Overlaps, own, people, claimed)
		}
		listsItsHoles(t, w, u, c)
		for _, h := range c.Holes {
			if h.N < holes[h.Kind] {
				t.Fatalf("%s: fewer %s than its children", u.Code, h.Kind)
			}
		}
	}
}

func (w *world) counted(unitID string) (households, residents, claimed int) {
	w.t.Helper()
	err := w.db.Reader().QueryRowContext(w.t.Context(), `SELECT count(*), COALESCE(sum(size), 0),
		count(*) FILTER (WHERE EXISTS (SELECT 1 FROM household_claim c WHERE c.household_id = household.id))
		FROM household WHERE unit_id = $1 AND state = 'active'`, unitID).Scan(&households, &residents, &claimed)
	ok(w.t, err)
	return households, residents, claimed
}

// listsItsHoles pages through every kind and expects as many as are counted.
func listsItsHoles(t *testing.T, w *world, u *network.Unit, c network.Coverage) {
	t.Helper()
	for _, h := range c.Holes {
		n, cursor := 0, ""
		for {
			page, next, err := w.Holes(t.Context(), sys, u.ID, h.Kind, cursor, 3)
			ok(t, err)
			n += len(page)
			if next == "" {
				break
			}
			cursor = next
		}
		if n != h.N {
			t.Fatalf("%s: %s counts %d, lists %d", u.Code, h.Kind, h.N, n)
		}
	}
}

func TestCoverage(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db, small)
		c := w.Tree().Coverage(w.RootID())
		if c.Households != 192 || c.Covered != 192 || c.Residents != 576 || c.Leads != 32 || c.LinkedOfficials != 24 || c.VacantPosts != 0 {
			t.Errorf("coverage %+v", c)
		}
		post := w.post("430182001001010101", auth.Lead)
		ok(t, w.EndAppointment(t.Context(), sys, network.EndAppointment{PostID: post.ID, AppointmentID: post.Holder.AppointmentID, Reason: "搬家"}))
		c = w.Tree().Coverage(w.RootID())
		if c.Covered != 186 || c.Uncovered != 6 || c.Leads != 31 || c.VacantPosts != 1 || c.Hole(network.HoleNoLead) != 1 {
			t.Errorf("after a lead left: %+v", c)
		}
		// The neighbour stands in: covered again, and a lead of two.
		neighbour := w.Tree().LeadOf(w.unit("430182001001010102").ID)
		_, err := w.StandIn(t.Context(), sys, network.Appoint{PostID: post.ID, PersonID: neighbour.PersonID, Until: "2026-06-30"})
		ok(t, err)
		c = w.Tree().Coverage(w.RootID())
		if c.Uncovered != 0 || c.Leads != 31 || c.Hole(network.HoleLeadOfTwo) != 2 {
			t.Errorf("with a stand-in: %+v", c)
		}
		if d := w.Tree().Distribution(w.RootID()); d.Leads != 31 || d.Bars[len(d.Bars)-1].Households != 12 || d.Median != 6 {
			t.Errorf("distribution %+v", d)
		}
		addsUp(t, w)
		ended, err := w.PostHistory(t.Context(), sys, post.ID)
		ok(t, err)
		if len(ended) != 2 || ended[1].EndReason != "搬家" {
			t.Errorf("history %+v", ended)
		}
	})
}

func TestClaims(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db, small)
		a, b := w.unit("430182001001010101"), w.unit("430182001001010102")
		rows := w.households(a.ID)
		ok(t, w.ImportChunk(t.Context(), sys, network.Chunk{Claims: []network.NewClaim{
			{HouseholdID: rows[0].ID, UnitID: b.ID, Source: "r"}, {HouseholdID: rows[1].ID, UnitID: b.ID, Source: "r"},
			{HouseholdID: rows[2].ID, UnitID: a.ID, Source: "r"}}}))
		ok(t, w.Refresh(t.Context()))
		if c := w.Tree().Coverage(w.RootID()); c.Overlaps != 2 || c.Households != 192 {
			t.Fatalf("overlaps %d of %d", c.Overlaps, c.Households)
		}
		addsUp(t, w)
		ok(t, w.SettleClaim(t.Context(), sys, network.SettleClaim{HouseholdID: rows[0].ID, UnitID: b.ID, Move: true}))
		ok(t, w.SettleClaim(t.Context(), sys, network.SettleClaim{HouseholdID: rows[1].ID, UnitID: b.ID}))
		refused(t, w.SettleClaim(t.Context(), sys, network.SettleClaim{HouseholdID: rows[1].ID, UnitID: b.ID}), "no_claim")
		if c := w.Tree().Coverage(b.ID); c.Overlaps != 0 || c.Households != 7 {
			t.Errorf("settled: %+v", c)
		}
		addsUp(t, w)
	})
}
