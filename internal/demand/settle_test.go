package demand_test

import (
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/demandtest"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// change runs a statement on the registry, as a command of it would, and
// refreshes the tree.
func change(t *testing.T, c *demandtest.City, statement string) {
	t.Helper()
	err := c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		for _, q := range []string{`UPDATE tree_rev SET rev = rev + 1 WHERE id = 1`, statement} {
			if _, err := tx.ExecContext(ctx, q); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = c.Net.Refresh(ctx)
	}
	if err != nil {
		t.Fatal(err)
	}
}

const thisRev = `(SELECT rev FROM tree_rev WHERE id = 1)`

func vacate(t *testing.T, c *demandtest.City, person string) {
	t.Helper()
	change(t, c, `UPDATE appointment SET ended_on = '2026-03-31', rev = `+thisRev+` WHERE id = 'app-`+person+`'`)
}

func settle(t *testing.T, c *demandtest.City, want int) {
	t.Helper()
	for _, n := range []int{want, 0} {
		if got, err := c.Demand.Settle(ctx); err != nil || got != n {
			t.Errorf("settled %d, %v; want %d", got, err, n)
		}
	}
}

func TestDemandClimbsWhenNobodyServes(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		r := c.Raise(t, demand.Help, demandtest.CellCode, "请帮忙")
		done := c.Raise(t, demand.Help, demandtest.CellCode, "办好的")
		ok(t)(c.Demand.Accept(ctx, c.Lead, done.Number, note("")))
		ok(t)(c.Demand.Resolve(ctx, c.Lead, done.Number, note("好了")))
		settle(t, c, 0)
		vacate(t, c, "周桂英")
		c.Clock.Add(time.Hour)
		settle(t, c, 1)
		f, err := c.Demand.ByTrack(ctx, r.Number, r.Track)
		if err != nil || f.OwnerID != demandtest.ID(demandtest.GroupCode) || f.Keeper.Name != "刘建国" || !f.OwnerSince.Equal(c.Clock.Now()) {
			t.Errorf("with %+v since %s, %v", f.Keeper, f.OwnerSince, err)
		}
		if last := f.Events[len(f.Events)-1]; last.Reason != demand.ReasonNoLead || last.To.Name != "刘建国" {
			t.Errorf("the timeline says %+v", last)
		}
		vacate(t, c, "刘建国") // the linked official still serves in the group
		settle(t, c, 0)
		vacate(t, c, "姜涛")
		settle(t, c, 1)
		if f, err = c.Demand.ByTrack(ctx, r.Number, r.Track); err != nil || f.Keeper.Name != "何勇" {
			t.Errorf("with %+v, %v", f.Keeper, err)
		}
	})
}

func TestSuccessorInherits(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		r := c.Raise(t, demand.Help, demandtest.CellCode, "请帮忙")
		ok(t)(c.Demand.Accept(ctx, c.Lead, r.Number, note("")))
		post := c.Net.Tree().Post("post-周桂英")
		var items []string
		err := c.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
			items, err = c.Demand.HandOver(ctx, tx, post, "p-周桂英", "p-彭伟")
			return err
		})
		if err != nil || len(items) != 1 {
			t.Errorf("handed over %v, %v", items, err)
		}
		change(t, c, `UPDATE appointment SET person_id = 'p-彭伟', rev = `+thisRev+` WHERE id = 'app-周桂英'`)
		successor := c.Actor("彭伟")
		ok(t)(c.Demand.Resolve(ctx, successor, r.Number, note("好了")))
		f, err := c.Demand.ByTrack(ctx, r.Number, r.Track)
		if err != nil || steps(f) != "raised assigned accepted handed_over resolved" || f.Keeper.Name != "彭伟" || f.Events[3].To.Name != "彭伟" {
			t.Errorf("%s, with %+v, %v", steps(f), f.Keeper, err)
		}
		settle(t, c, 0)
	})
}

// TestComplaintPassesSubordinates holds that whoever is under the person
// complained of, in any of their posts, doesn't get it either.
func TestComplaintPassesSubordinates(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		change(t, c, `UPDATE appointment SET person_id = 'p-周桂英', rev = `+thisRev+` WHERE id = 'app-何勇'`)
		r := c.Raise(t, demand.Complaint, demandtest.CellCode, "complaint")
		f, err := c.Demand.ByTrack(ctx, r.Number, r.Track)
		if err != nil || f.OwnerID != demandtest.ID(demandtest.TownCode) {
			t.Errorf("with %+v, %v", f.Keeper, err)
		}
		if got := queued(t, c, c.GroupLead, demand.Filter{}); len(got) != 0 {
			t.Errorf("the group lead sees %v", got)
		}
	})
}

// TestSuccessorGetsNoComplaintAboutThem hands the group, which has the complaint,
// to the lead complained of.
func TestSuccessorGetsNoComplaintAboutThem(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		r := c.Raise(t, demand.Complaint, demandtest.CellCode, "complaint")
		var items []string
		err := c.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
			items, err = c.Demand.HandOver(ctx, tx, c.Net.Tree().Post("post-刘建国"), "p-刘建国", "p-周桂英")
			return err
		})
		if err != nil || len(items) != 0 {
			t.Errorf("handed over %v, %v", items, err)
		}
		change(t, c, `UPDATE appointment SET person_id = 'p-周桂英', rev = `+thisRev+` WHERE id = 'app-刘建国'`)
		vacate(t, c, "姜涛")
		settle(t, c, 1)
		f, err := c.Demand.ByTrack(ctx, r.Number, r.Track)
		if err != nil || f.Keeper.Name != "何勇" {
			t.Errorf("with %+v, %v", f.Keeper, err)
		}
	})
}

func TestNewLeadTakesItBackFromTheGroup(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		r := c.Raise(t, demand.Help, demandtest.EmptyCode, "请帮忙")
		err := c.Net.ImportChunk(ctx, auth.System("test"), network.Chunk{
			Persons:      []network.NewPerson{{ID: "p-新", Name: "新"}},
			Appointments: []network.NewAppointment{{ID: "app-新", PostID: "post-empty", PersonID: "p-新", From: "2026-04-01"}},
		})
		if err == nil {
			err = c.Net.Refresh(ctx)
		}
		if err != nil {
			t.Fatal(err)
		}
		ok(t)(c.Demand.Accept(ctx, c.Actor("新"), r.Number, note("")))
		f, err := c.Demand.ByTrack(ctx, r.Number, r.Track)
		if err != nil || f.OwnerID != demandtest.ID(demandtest.EmptyCode) || f.Keeper.Name != "新" {
			t.Errorf("with %+v, %v", f.Keeper, err)
		}
	})
}

func TestMergedUnitsDemandsFollow(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		r := c.Raise(t, demand.Help, demandtest.CellCode, "请帮忙")
		change(t, c, `UPDATE unit SET state = 'ended', ended_on = '2026-04-01', successor_id = 'u-`+demandtest.NextCode+`', rev = `+thisRev+` WHERE id = 'u-`+demandtest.CellCode+`'`)
		if _, err := c.Demand.Get(ctx, c.NextLead, r.Number); err != nil {
			t.Errorf("the successor can't see it before it is filed anew: %v", err)
		}
		settle(t, c, 1)
		f, err := c.Demand.Get(ctx, c.NextLead, r.Number)
		if err != nil || f.OwnerID != demandtest.ID(demandtest.NextCode) || f.UnitID != f.OwnerID || f.Events[2].Reason != demand.ReasonMerged {
			t.Errorf("%+v, %v", f, err)
		}
		if got := queued(t, c, c.NextLead, demand.Filter{}); len(got) != 1 {
			t.Errorf("queue %v", got)
		}
	})
}
