package network_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

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

// A candidate for a post that went with its cell can only be withdrawn.
func TestASelectionStopsWithItsPost(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db, small)
		post := w.post(cellA, auth.Lead)
		village := actor(auth.VillageOfficial, w.unit(villageA).ID)
		id, err := w.Nominate(t.Context(), auth.Actor{}, network.Nominate{PostID: post.ID, PersonName: "钱好", By: network.BySelf, Statement: "愿意服务邻里"})
		ok(t, err)
		if h := post.Holder; h != nil {
			ok(t, w.EndAppointment(t.Context(), village, network.EndAppointment{PostID: post.ID, AppointmentID: h.AppointmentID, Reason: "搬家"}))
		}
		ok(t, w.EndPost(t.Context(), village, network.EndPost{PostID: post.ID}))
		refused(t, w.ReviewSelection(t.Context(), village, network.SelectionStep{ID: id, Version: 1}), "post_ended")
		ok(t, w.WithdrawSelection(t.Context(), village, network.SelectionStep{ID: id, Version: 1, Note: "邻已撤销"}))
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

// TestAtOnce has several people change the same village at the same time.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db, small)
		ok(t, w.Start(t.Context()))
		defer w.Stop()
		group := w.unit(groupA)
		var wg sync.WaitGroup
		ids := make([]string, 12)
		for i := range ids {
			wg.Go(func() {
				var err error
				ids[i], err = w.CreateUnit(context.Background(), sys, network.CreateUnit{Key: fmt.Sprint(i / 2), ParentID: group.ID, Name: fmt.Sprint("新", i/2)})
				if err != nil {
					t.Error(err)
				}
				if w.Tree().ByID(ids[i]) == nil {
					t.Error("the tree doesn't know what its own process made")
				}
			})
		}
		wg.Wait()
		for i := 0; i < len(ids); i += 2 {
			if ids[i] != ids[i+1] {
				t.Errorf("one key made %s and %s", ids[i], ids[i+1])
			}
		}
		if n := len(w.Tree().Children(w.unit(groupA))); n != 2+6 {
			t.Errorf("%d cells", n)
		}
		holds(t, w)
	})
}

// TestElsewhere: what another process did is seen.
func TestElsewhere(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db, small)
		other, err := network.Open(t.Context(), db, network.Options{Now: w.clock})
		ok(t, err)
		ok(t, other.Start(t.Context()))
		defer other.Stop()
		ok(t, w.RenameUnit(t.Context(), sys, network.RenameUnit{UnitID: w.unit(cellA).ID, Name: "樟树下"}))
		for range 100 {
			if other.Tree().ByCode(cellA).Name == "樟树下" {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
		t.Error("the other process didn't notice")
	})
}

func TestEndAndPlace(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db, small)
		ctx, group := t.Context(), w.unit(groupA)
		id, err := w.CreateUnit(ctx, sys, network.CreateUnit{ParentID: group.ID, Name: "空邻"})
		ok(t, err)
		refused(t, w.PlaceUnit(ctx, sys, network.PlaceUnit{UnitID: id, Lon: 200}), "bad_place")
		ok(t, w.PlaceUnit(ctx, sys, network.PlaceUnit{UnitID: id, Lon: 112.5, Lat: 28.2, Approx: true}))
		if u := w.Tree().ByID(id); !u.Placed || !u.Approx || u.Lon != 112.5 {
			t.Errorf("placed %+v", u)
		}
		refused(t, w.EndUnit(ctx, sys, network.EndUnit{UnitID: group.ID}), "unit_has_children")
		ok(t, w.EndUnit(ctx, sys, network.EndUnit{UnitID: id}))
		u := w.Tree().ByID(id)
		if u == nil || u.Active() || w.Tree().Current(u) != nil || w.Tree().Contains(w.RootID(), id) {
			t.Errorf("ended without a successor: %+v", u)
		}
		next, err := w.CreateUnit(ctx, sys, network.CreateUnit{ParentID: group.ID, Name: "又一邻"})
		ok(t, err)
		if w.Tree().ByID(next).Code == u.Code {
			t.Error("a code was used again")
		}
		refused(t, w.ImportChunk(ctx, sys, network.Chunk{Units: []network.NewUnit{
			{Code: u.Code, Name: "x", ParentID: group.ID, Level: network.Cell}}}), "code_taken")
		_, err = w.CreateUnit(ctx, sys, network.CreateUnit{ParentID: next, Name: "x"})
		refused(t, err, "cell_is_last")
		_, err = w.CreateUnit(ctx, sys, network.CreateUnit{Name: "x", Code: "430100000000"})
		refused(t, err, "one_city")
		holds(t, w)
	})
}

func TestTerms(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db, small)
		ctx, p := t.Context(), w.post(cellA, auth.Lead)
		w.now = w.now.AddDate(2, 0, 0)
		ok(t, w.Refresh(ctx))
		all := w.Tree().Coverage("").Hole(network.HoleTermOver)
		if all == 0 || w.Tree().Coverage("").Uncovered != 0 {
			t.Errorf("%d terms over", all)
		}
		c := network.ExtendTerm{PostID: p.ID, AppointmentID: p.Holder.AppointmentID, Until: "2020-01-01"}
		refused(t, w.ExtendTerm(ctx, sys, c), "term_backwards")
		c.Until = "2030-12-31"
		ok(t, w.ExtendTerm(ctx, sys, c))
		if n := w.Tree().Coverage("").Hole(network.HoleTermOver); n != all-1 {
			t.Errorf("%d of %d terms over", n, all)
		}
		_, err := w.StandIn(ctx, sys, network.Appoint{PostID: p.ID, PersonID: p.Holder.PersonID, Until: "2028-12-31"})
		refused(t, err, "stand_in_for_self")
		neighbour := w.Tree().LeadOf(w.unit(cellNext).ID).PersonID
		_, err = w.StandIn(ctx, sys, network.Appoint{PostID: p.ID, PersonID: neighbour})
		refused(t, err, "bad_date")
		_, err = w.StandIn(ctx, sys, network.Appoint{PostID: p.ID, PersonID: neighbour, From: "2028-06-01", Until: "2028-06-30"})
		ok(t, err)
		serving := func() string { return w.Tree().Post(p.ID).Serving().PersonID }
		if serving() != p.Holder.PersonID {
			t.Error("the stand-in's time hasn't come")
		}
		w.now = time.Date(2028, 6, 10, 1, 0, 0, 0, time.UTC)
		ok(t, w.Refresh(ctx)) // the turn of the day, nothing else
		if serving() != neighbour || len(w.Tree().Grants(neighbour)) != 2 || len(w.Tree().Grants(p.Holder.PersonID)) != 1 {
			t.Error("the stand-in serves, and the holder keeps their rights")
		}
		holds(t, w)
	})
}
