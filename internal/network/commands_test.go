package network_test

import (
	"context"
	"slices"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/network"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

const (
	townA, townB    = "430182001000", "430182002000"
	villageA        = "430182001001"
	villageB        = "430182001002"
	cellA, cellNext = "430182001001010101", "430182001001010102"
	groupA          = "4301820010010101"
	groupNext       = "4301820010010102"
	areaA           = "43018200100101"
)

func TestMove(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db, small)
		area, to := w.unit(areaA), w.unit(villageB)
		ok(t, w.MoveUnit(t.Context(), sys, network.MoveUnit{UnitID: area.ID, ParentID: to.ID}))
		moved := w.unit(areaA) // the former code
		if moved.ID != area.ID || moved.Code != "43018200100203" || moved.ParentID != to.ID {
			t.Fatalf("moved to %+v", moved)
		}
		if cell := w.unit(cellA); cell.Code != "430182001002030101" || cell.Households != 6 {
			t.Errorf("its cell is %+v", cell)
		}
		rows := w.households(w.unit(cellA).ID)
		if !slices.ContainsFunc(rows, func(h network.Household) bool { return h.RosterKey[:13] == villageB+"/" }) {
			t.Errorf("no household is known to the new village: %+v", rows[0])
		}
		// A village brings its code, and its households' keys follow.
		v := w.unit(villageB)
		refused(t, w.MoveUnit(t.Context(), sys, network.MoveUnit{UnitID: v.ID, ParentID: w.unit(townB).ID}), "bad_code")
		ok(t, w.MoveUnit(t.Context(), sys, network.MoveUnit{UnitID: v.ID, ParentID: w.unit(townB).ID, Code: "430182002009"}))
		if c := w.unit(cellA).Code; c != "430182002009030101" {
			t.Errorf("cell is now %s", c)
		}
		refused(t, w.MoveUnit(t.Context(), sys, network.MoveUnit{UnitID: area.ID, ParentID: w.unit(townA).ID}), "wrong_level")
		holds(t, w)
	})
}

func TestMerge(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db, small)
		opened := &openWork{}
		w.Wire(opened, opened)
		a, b := w.unit(cellA), w.unit(cellNext)
		from, to := w.Tree().LeadOf(a.ID), w.Tree().LeadOf(b.ID)
		ok(t, w.MergeUnits(t.Context(), sys, network.MergeUnits{UnitID: a.ID, IntoID: b.ID}))
		old := w.unit(cellA)
		if old.Active() || w.Tree().Current(old).ID != b.ID || w.Tree().Current(old).Households != 12 {
			t.Errorf("after: %+v, %+v", old, w.Tree().Current(old))
		}
		if !w.Contains(b.ID, a.ID) || !w.Contains(w.unit(groupA).ID, a.ID) || len(w.Tree().Grants(from.PersonID)) != 0 {
			t.Error("what concerns the old cell lies with the new one, and its lead has no rights left")
		}
		if opened.from != from.PersonID || opened.to != to.PersonID || !slices.Contains(opened.ended, from.PersonID) {
			t.Errorf("open work: %+v", opened)
		}
		history, err := w.History(t.Context(), sys, a.ID)
		ok(t, err)
		if len(history) != 1 || history[0].Kind != network.ChangeMerge || history[0].Detail.ToCode != cellNext || history[0].Detail.Households != 6 {
			t.Errorf("history %+v", history)
		}
		refused(t, w.RenameUnit(t.Context(), sys, network.RenameUnit{UnitID: a.ID, Name: "x"}), "unit_ended")
		refused(t, w.EndUnit(t.Context(), sys, network.EndUnit{UnitID: b.ID}), "unit_has_households")
		// A village goes up in its neighbour, with all that is under it.
		ok(t, w.MergeUnits(t.Context(), sys, network.MergeUnits{UnitID: w.unit(villageA).ID, IntoID: w.unit(villageB).ID}))
		if c := w.Tree().Coverage(w.unit(villageB).ID); c.Households != 96 || c.Units[network.Area] != 4 {
			t.Errorf("merged village %+v", c)
		}
		holds(t, w)
	})
}

func TestSplit(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db, small)
		cell := w.unit(cellA)
		rows := w.households(cell.ID)
		ids := []string{rows[0].ID, rows[3].ID}
		c := network.SplitUnit{Key: "k", UnitID: cell.ID, Name: "新邻", Households: ids}
		id, err := w.SplitUnit(t.Context(), sys, c)
		ok(t, err)
		again, err := w.SplitUnit(t.Context(), sys, c)
		ok(t, err)
		if id != again {
			t.Error("the same key split twice")
		}
		n := w.Tree().ByID(id)
		if n.Households != 2 || n.ParentID != cell.ParentID || n.Code != "430182001001010103" || w.unit(cellA).Households != 4 {
			t.Errorf("split off %+v", n)
		}
		if c := w.Tree().Coverage(w.RootID()); c.Uncovered != 2 || c.Hole(network.HoleNoLead) != 1 || c.Hole(network.HoleSmallCell) != 2 {
			t.Errorf("coverage %+v", c)
		}
		_, err = w.SplitUnit(t.Context(), sys, network.SplitUnit{UnitID: cell.ID, Name: "x", Households: ids})
		refused(t, err, "household_elsewhere")
		group := w.unit(groupA)
		_, err = w.SplitUnit(t.Context(), sys, network.SplitUnit{UnitID: group.ID, Name: "新组", Children: []string{cell.ID}})
		ok(t, err)
		_, err = w.SplitUnit(t.Context(), sys, network.SplitUnit{UnitID: group.ID, Name: "x", Children: []string{w.unit(townA).ID}})
		refused(t, err, "not_its_child")
		holds(t, w)
	})
}

// openWork stands for what capabilities and sessions do at a hand-over.
type openWork struct {
	from, to string
	ended    []string
}

func (o *openWork) EndFor(_ context.Context, _ *sqldb.Tx, personID string) error {
	o.ended = append(o.ended, personID)
	return nil
}

func (o *openWork) HandOver(_ context.Context, _ *sqldb.Tx, _ *network.Post, from, to string) ([]string, error) {
	o.from, o.to = from, to
	return []string{"demand 1"}, nil
}

func TestHandOver(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db, small)
		open := &openWork{}
		w.Wire(open, open)
		post := w.post(cellA, auth.Lead)
		village := actor(auth.VillageOfficial, w.unit(villageA).ID)
		next, err := w.CreatePerson(t.Context(), village, network.CreatePerson{Name: "赵新", Phone: "000 9999 0001"})
		ok(t, err)
		ok(t, w.HandOver(t.Context(), village, network.HandOver{PostID: post.ID, ToPersonID: next, Reason: "年事已高", Note: "三号屋怕狗"}))
		now := w.Tree().Post(post.ID).Serving()
		if now.PersonID != next || now.Name != "赵新" || now.From != "2026-03-02" || open.to != next || open.ended[0] != post.Holder.PersonID {
			t.Errorf("serving %+v, open work %+v", now, open)
		}
		done, err := w.HandOvers(t.Context(), village, post.ID)
		ok(t, err)
		if len(done) != 1 || done[0].Items[0] != "demand 1" || done[0].FromPerson != post.Holder.PersonID {
			t.Errorf("hand-overs %+v", done)
		}
		refused(t, w.HandOver(t.Context(), village, network.HandOver{PostID: post.ID, ToPersonID: next, Reason: "r"}), "holds_already")
		other := actor(auth.VillageOfficial, w.unit(villageB).ID)
		refused(t, w.HandOver(t.Context(), other, network.HandOver{PostID: post.ID, ToPersonID: post.Holder.PersonID, Reason: "r"}), "auth.forbidden")
		found, err := w.PersonsByPhone(t.Context(), "00099990001")
		ok(t, err)
		if !slices.Equal(found, []string{next}) {
			t.Errorf("by number: %v", found)
		}
		holds(t, w)
	})
}

func TestSelection(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db, small)
		post := w.post(cellA, auth.Lead)
		village, town := actor(auth.VillageOfficial, w.unit(villageA).ID), actor(auth.TownOfficial, w.unit(townA).ID)
		id, err := w.Nominate(t.Context(), auth.Actor{}, network.Nominate{PostID: post.ID, PersonName: "钱好", Phone: "00099990002", By: network.BySelf, Statement: "愿意服务邻里"})
		ok(t, err)
		version := 0
		step := func(fn func(context.Context, auth.Actor, network.SelectionStep) error, who auth.Actor) error {
			version++
			err := fn(t.Context(), who, network.SelectionStep{ID: id, Version: version})
			if err != nil {
				version--
			}
			return err
		}
		refused(t, step(w.FileSelection, town), "selection_not_now")
		refused(t, step(w.ReviewSelection, town), "auth.forbidden")
		ok(t, step(w.ReviewSelection, village))
		refused(t, step(w.FileSelection, village), "auth.forbidden")
		ok(t, step(w.FileSelection, town))
		ok(t, step(w.StartNotice, town))
		notices, err := w.PublicNotices(t.Context())
		ok(t, err)
		if len(notices) != 1 || notices[0].NoticeUntil != "2026-03-07" || notices[0].PersonName != "钱好" {
			t.Errorf("notices %+v", notices)
		}
		refused(t, step(w.AppointSelected, town), "notice_runs")
		w.now = w.now.AddDate(0, 0, 6)
		ok(t, step(w.AppointSelected, town))
		if h := w.Tree().LeadOf(w.unit(cellA).ID); h == nil || h.Name != "钱好" {
			t.Errorf("lead %+v", h)
		}
		x, err := w.Selection(t.Context(), town, id)
		ok(t, err)
		if len(x.Events) != 5 || x.State != network.Appointed || x.PersonID == "" {
			t.Errorf("selection %+v", x)
		}
		list, next, err := w.Selections(t.Context(), village, network.Appointed, w.unit(villageA).ID, "", 10)
		ok(t, err)
		if len(list) != 1 || next != "" {
			t.Errorf("list %+v", list)
		}
		refused(t, w.RejectSelection(t.Context(), town, network.SelectionStep{ID: id, Version: version + 1, Note: "晚了"}), "selection_not_now")
		phone, err := w.ReadPhone(t.Context(), village, network.PhoneOfPerson, x.PersonID, "通知上任")
		ok(t, err)
		if phone != "00099990002" {
			t.Errorf("number %s", phone)
		}
	})
}
