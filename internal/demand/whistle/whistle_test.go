package whistle_test

import (
	"context"
	"testing"
	"time"

	"bilin/internal/demand"
	"bilin/internal/demand/demandtest"
	"bilin/internal/demand/whistle"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

func TestFromTheCallToTheAgreement(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ctx, c := context.Background(), demandtest.New(t, db)
		svc := whistle.New(whistle.Options{DB: db, Demand: c.Demand, Tree: c.Net.Tree, Now: c.Clock.Now})
		r := c.Raise(t, demand.Report, demandtest.CellCode, "下水道和水管一起坏了")
		if _, err := c.Demand.Accept(ctx, c.Village, r.Number, demand.Command{}); err != nil {
			t.Fatal(err)
		}
		blow := whistle.Blow{Departments: []string{demandtest.WaterID, demandtest.UrbanID}, Place: "花明北路12号", MeetAt: c.Clock.Now().Add(5 * time.Hour),
			Command: demand.Command{Key: "b", Note: "一起来看"}}
		if _, err := svc.Blow(ctx, c.NextLead, r.Number, blow); errs.KindOf(err) != errs.NotFound {
			t.Errorf("a stranger: %v", err)
		}
		for range 2 { // a double tap
			if _, err := svc.Blow(ctx, c.Village, r.Number, blow); err != nil {
				t.Fatal(err)
			}
		}
		open, err := svc.Open(ctx, c.Urban, 10)
		if err != nil || len(open) != 1 || len(open[0].Calls) != 2 {
			t.Fatalf("open: %+v, %v", open, err)
		}
		w := open[0]
		if w.Late(w.Calls[0], c.Clock.Now().Add(time.Hour)) || !w.Late(w.Calls[0], c.Clock.Now().Add(3*time.Hour+time.Hour)) {
			t.Errorf("due at %v", w.DueAt)
		}
		if _, err := svc.Answer(ctx, c.Urban, w.ID, whistle.Answer{DepartmentID: demandtest.WaterID, Coming: true, Who: "x"}); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("for another department: %v", err)
		}
		if _, err := svc.Answer(ctx, c.Urban, w.ID, whistle.Answer{DepartmentID: demandtest.UrbanID, Coming: true}); errs.KindOf(err) != errs.Invalid {
			t.Errorf("nobody comes: %v", err)
		}
		if _, err := svc.Answer(ctx, c.Urban, w.ID, whistle.Answer{DepartmentID: demandtest.UrbanID, Coming: true, Who: "廖城，下午三点"}); err != nil {
			t.Fatal(err)
		}
		m := whistle.Met{Came: map[string]string{demandtest.UrbanID: "廖城"}, Version: w.Version, Command: demand.Command{Note: "城管局三天内修好"}}
		if _, err := svc.Met(ctx, c.Village, w.ID, m); errs.KindOf(err) != errs.Stale {
			t.Errorf("an old page: %v", err)
		}
		m.Version = w.Version + 1
		if _, err := svc.Met(ctx, c.Urban, w.ID, m); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("written down by a department: %v", err)
		}
		if _, err := svc.Met(ctx, c.Village, w.ID, m); err != nil {
			t.Fatal(err)
		}
		if open, err := svc.Open(ctx, c.Village, 10); err != nil || len(open) != 0 {
			t.Errorf("still open: %+v, %v", open, err)
		}
		if list, err := svc.Of(ctx, c.Water, r.Number); err != nil || len(list) != 1 || list[0].MetAt.IsZero() {
			t.Errorf("of the demand: %+v, %v", list, err)
		}
	})
}
