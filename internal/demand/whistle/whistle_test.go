package whistle_test

import (
	"context"
	"testing"
	"time"

	"bilin/internal/auth"
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
		f, err := c.Demand.Get(ctx, c.Water, r.Number)
		if err != nil {
			t.Fatal(err)
		}
		if list, err := svc.Of(ctx, f); err != nil || len(list) != 1 || list[0].MetAt.IsZero() {
			t.Errorf("of the demand: %+v, %v", list, err)
		}
	})
}

func TestWhoWritesItDown(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ctx, c := context.Background(), demandtest.New(t, db)
		svc := whistle.New(whistle.Options{DB: db, Demand: c.Demand, Tree: c.Net.Tree, Now: c.Clock.Now})
		var numbers []string
		for range 3 {
			r := c.Raise(t, demand.Report, demandtest.CellCode, "路面塌了")
			numbers = append(numbers, r.Number)
			if _, err := c.Demand.Accept(ctx, c.Village, r.Number, demand.Command{}); err != nil {
				t.Fatal(err)
			}
			_, err := svc.Blow(ctx, c.Village, r.Number, whistle.Blow{Departments: []string{demandtest.UrbanID}, Place: "路口", MeetAt: c.Clock.Now().Add(time.Hour), Command: demand.Command{Note: "来看"}})
			if err != nil {
				t.Fatal(err)
			}
			c.Clock.Add(time.Minute)
		}
		if open, err := svc.Open(ctx, c.Urban, 2); err != nil || len(open) != 2 || open[0].Number != numbers[0] {
			t.Fatalf("the oldest two: %+v, %v", open, err)
		}
		for name, want := range map[string]int{"何勇": 3, "廖城": 3, "罗平": 3, "杨丽": 0, "江水": 0, "周桂英": 0} {
			if n, err := svc.CountOpen(ctx, c.Actor(name)); err != nil || n != want {
				t.Errorf("%s: %d open, want %d: %v", name, n, want, err)
			}
		}
		open, err := svc.Open(ctx, c.Office, 10)
		if err != nil || len(open) != 3 {
			t.Fatalf("the city's: %d, %v", len(open), err)
		}
		if _, err := c.Demand.Transfer(ctx, c.Village, numbers[0], demand.To{DepartmentID: demandtest.UrbanID}, demand.Command{Note: "归口"}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Demand.TakeOver(ctx, c.Urban, numbers[0], demand.Command{}); err != nil {
			t.Fatal(err)
		}
		m := whistle.Met{Came: map[string]string{demandtest.UrbanID: "廖城"}, Command: demand.Command{Note: "三天修好"}}
		for _, other := range []auth.Actor{c.Lead, c.Town, c.Office} {
			if _, err := svc.Met(ctx, other, open[0].ID, m); errs.KindOf(err) != errs.Forbidden {
				t.Errorf("%s: %v", other.Name, err)
			}
		}
		for i, writer := range []auth.Actor{c.Urban, c.Village} { // who has it now; who called
			if _, err := svc.Met(ctx, writer, open[i].ID, m); err != nil {
				t.Errorf("%s: %v", writer.Name, err)
			}
		}
	})
}
