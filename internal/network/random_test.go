package network_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// TestRandomCommands does many things in random order and then holds the
// registry to what must always be true.
func TestRandomCommands(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		for seed := range uint64(2) {
			if seed > 0 {
				db = sqldbtest.Open(t, db.Engine())
			}
			w := newWorld(t, db, shape{2, 2, 2, 1, 2, 6})
			r := &roulette{world: w, Rand: rand.New(rand.NewPCG(seed, 7))}
			done := 0
			for i := range 200 {
				name, err := r.turn()
				switch {
				case err == nil:
					done++
				case errs.KindOf(err) == errs.Internal:
					t.Fatalf("seed %d, turn %d: %s: %v", seed, i, name, err)
				}
				if i%40 == 39 {
					holds(t, w)
				}
			}
			if done < 100 {
				t.Fatalf("only %d of 200 commands went through", done)
			}
		}
	})
}

type roulette struct {
	*world
	*rand.Rand
}

func (r *roulette) any(levels ...network.Level) *network.Unit {
	var all []*network.Unit
	for _, l := range levels {
		all = append(all, r.Tree().Units(l)...)
	}
	return all[r.IntN(len(all))]
}

func (r *roulette) someHouseholds(u *network.Unit) []string {
	var ids []string
	for _, h := range r.households(u.ID) {
		if r.IntN(2) == 0 {
			ids = append(ids, h.ID)
		}
	}
	return ids
}

func (r *roulette) turn() (string, error) {
	ctx := r.t.Context()
	switch r.IntN(14) {
	case 0:
		_, err := r.CreateUnit(ctx, sys, network.CreateUnit{ParentID: r.any(network.Village, network.Area, network.Group).ID, Name: "新"})
		return "create", err
	case 1:
		return "rename", r.RenameUnit(ctx, sys, network.RenameUnit{UnitID: r.any(network.Levels()...).ID, Name: fmt.Sprint("名", r.IntN(99))})
	case 2:
		levels := []network.Level{network.Village, network.Area, network.Group}
		l := levels[r.IntN(3)]
		return "move", r.MoveUnit(ctx, sys, network.MoveUnit{UnitID: r.any(l + 1).ID, ParentID: r.any(l).ID})
	case 3:
		u := r.any(network.Cell)
		_, err := r.SplitUnit(ctx, sys, network.SplitUnit{UnitID: u.ID, Name: "分", Households: r.someHouseholds(u)})
		return "split cell", err
	case 4:
		u := r.any(network.Area, network.Group)
		var children []string
		for _, c := range r.Tree().Children(u) {
			if r.IntN(2) == 0 {
				children = append(children, c.ID)
			}
		}
		_, err := r.SplitUnit(ctx, sys, network.SplitUnit{UnitID: u.ID, Name: "分", Children: children})
		return "split", err
	case 5:
		l := []network.Level{network.Village, network.Area, network.Group, network.Cell, network.Cell, network.Cell}[r.IntN(6)]
		if l == network.Village && r.IntN(8) > 0 {
			l = network.Cell
		}
		return "merge", r.MergeUnits(ctx, sys, network.MergeUnits{UnitID: r.any(l).ID, IntoID: r.any(l).ID})
	case 6:
		return "end", r.EndUnit(ctx, sys, network.EndUnit{UnitID: r.any(network.Cell, network.Group).ID})
	case 7:
		return "move households", r.MoveHouseholds(ctx, sys, network.MoveHouseholds{
			HouseholdIDs: r.someHouseholds(r.any(network.Cell)), ToUnitID: r.any(network.Cell, network.Village).ID})
	default:
		return r.turnHouseholds()
	}
}

func (r *roulette) turnHouseholds() (string, error) {
	ctx := r.t.Context()
	u := r.any(network.Cell)
	rows := r.households(u.ID)
	if len(rows) == 0 {
		_, err := r.CreateHousehold(ctx, sys, network.CreateHousehold{UnitID: u.ID, Address: fmt.Sprintf("花明路%d号", r.IntN(1e6)), Head: "张三", Size: 2})
		return "create household", err
	}
	h := rows[r.IntN(len(rows))]
	switch r.IntN(6) {
	case 0:
		return "left", r.HouseholdLeft(ctx, sys, network.OneHousehold{ID: h.ID, Version: h.Version})
	case 1:
		return "update", r.UpdateHousehold(ctx, sys, network.UpdateHousehold{ID: h.ID, Version: h.Version, Ref: h.Ref,
			Address: h.Address, Head: "李四", Size: r.IntN(8)})
	case 2, 3:
		return "claim", r.ImportChunk(ctx, sys, network.Chunk{Claims: []network.NewClaim{{HouseholdID: h.ID, UnitID: r.any(network.Cell).ID, Source: "r"}}})
	case 4:
		holes, _, err := r.Holes(ctx, sys, "", network.HoleTwoCells, "", 50)
		if err != nil || len(holes) == 0 {
			return "settle", err
		}
		x := holes[r.IntN(len(holes))]
		return "settle", r.SettleClaim(ctx, sys, network.SettleClaim{HouseholdID: x.Household.ID, UnitID: x.Claims[0].ID, Move: r.IntN(2) == 0})
	default:
		return r.turnPosts(u)
	}
}

func (r *roulette) turnPosts(u *network.Unit) (string, error) {
	ctx := r.t.Context()
	p := r.Tree().Posts(u.ID)[0]
	somebody := r.Tree().LeadOf(r.any(network.Cell).ID)
	switch {
	case p.Holder != nil && r.IntN(2) == 0:
		return "unseat", r.EndAppointment(ctx, sys, network.EndAppointment{PostID: p.ID, AppointmentID: p.Holder.AppointmentID, Reason: "r"})
	case somebody == nil:
		return "nobody", nil
	case p.Holder == nil:
		_, err := r.Appoint(ctx, sys, network.Appoint{PostID: p.ID, PersonID: somebody.PersonID})
		return "appoint", err
	}
	return "hand over", r.HandOver(ctx, sys, network.HandOver{PostID: p.ID, ToPersonID: somebody.PersonID, Reason: "r"})
}

// holds asserts what must be true of every registry.
func holds(t *testing.T, w *world) {
	t.Helper()
	ok(t, w.Refresh(t.Context()))
	tree := w.Tree()
	addsUp(t, w)
	containsLikeNaive(t, tree)
	codes := map[string]bool{}
	for _, u := range tree.Subtree(tree.Root()) {
		lo, hi := "", "~"
		if p := tree.Parent(u); p != nil {
			lo, hi = p.CodeRange()
		}
		if codes[u.Code] || u.Code < lo || u.Code >= hi {
			t.Fatalf("code %s is not the unit's own under %s", u.Code, lo)
		}
		codes[u.Code] = true
	}
	everyCodeLeadsSomewhere(t, w)
	likeFreshlyLoaded(t, w)
}

func everyCodeLeadsSomewhere(t *testing.T, w *world) {
	t.Helper()
	rows, err := w.db.Reader().QueryContext(t.Context(), `SELECT c.code, c.unit_id FROM unit_code c`)
	ok(t, err)
	defer rows.Close()
	for rows.Next() {
		var code, id string
		ok(t, rows.Scan(&code, &id))
		u := w.Tree().ByCode(code)
		if u == nil || u.ID != id {
			t.Fatalf("former code %s leads to %v, not to %s", code, u, id)
		}
		if w.Tree().Current(u) == nil && u.SuccessorID != "" {
			t.Fatalf("%s has a successor that leads nowhere", u.Code)
		}
		history, err := w.History(t.Context(), sys, id)
		ok(t, err)
		if len(history) == 0 {
			t.Fatalf("%s changed its code without a trace", code)
		}
	}
	ok(t, rows.Err())
}

// likeFreshlyLoaded compares the tree that grew command by command with one
// loaded at once.
func likeFreshlyLoaded(t *testing.T, w *world) {
	t.Helper()
	other, err := network.Open(t.Context(), w.db, network.Options{Now: w.clock})
	ok(t, err)
	a, b := w.Tree(), other.Tree()
	all := a.Subtree(a.Root())
	if len(all) != b.Len() {
		t.Fatalf("%d units grown, %d loaded", len(all), b.Len())
	}
	for i, u := range b.Subtree(b.Root()) {
		if !reflect.DeepEqual(u, all[i]) {
			t.Fatalf("grown %+v\nloaded %+v", all[i], u)
		}
		if !reflect.DeepEqual(a.Posts(u.ID), b.Posts(u.ID)) {
			t.Fatalf("posts of %s differ", u.Code)
		}
		if !reflect.DeepEqual(a.Coverage(u.ID), b.Coverage(u.ID)) {
			t.Fatalf("coverage of %s: grown %+v, loaded %+v", u.Code, a.Coverage(u.ID), b.Coverage(u.ID))
		}
	}
	lead := func(p *network.Post) bool { return p.Role == auth.Lead }
	for _, u := range all {
		for _, p := range a.Posts(u.ID) {
			if lead(p) && p.Holder != nil && !reflect.DeepEqual(a.Grants(p.Holder.PersonID), b.Grants(p.Holder.PersonID)) {
				t.Fatalf("grants of %s differ", p.Holder.Name)
			}
		}
	}
}
