package outcome_test

import (
	"fmt"
	"sync"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/outcome"
	"bilin/internal/outcome/outcometest"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

func row(c *outcometest.City, village int, p outcome.Period, num, den int) outcome.Row {
	return outcome.Row{UnitID: c.Villages[village], Period: p, Num: num, Den: den}
}

func ofRivers(rows ...outcome.Row) outcome.Delivery {
	return outcome.Delivery{Indicator: "rivers", Way: outcome.File, Name: "三季度.csv", Rows: rows}
}

func TestAValueIsNeverOverwritten(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := small(t, db)
		take := func(want int, rows ...outcome.Row) outcome.Taken {
			t.Helper()
			got, err := c.Svc.Take(t.Context(), c.Water, ofRivers(rows...))
			if err != nil || got.Rows != len(rows) || got.New != want {
				t.Errorf("%+v, %v, want %d new", got, err, want)
			}
			return got
		}
		first := take(2, row(c, 0, q3, 3, 20), row(c, 1, q3, 0, 0))
		take(0, row(c, 0, q3, 3, 20))
		take(1, row(c, 0, q3, 4, 20), row(c, 1, q3, 0, 0)) // corrected
		take(1, row(c, 0, q3-4, 9, 30))                    // late
		take(1, row(c, 0, q3, 3, 20))                      // and back again
		list, err := c.Svc.Versions(t.Context(), "rivers", c.Villages[0], q3)
		if err != nil || len(list) != 3 {
			t.Fatalf("%+v, %v", list, err)
		}
		for i, want := range []struct{ version, num int }{{3, 3}, {2, 4}, {1, 3}} {
			if v := list[i]; v.Version != want.version || v.Num != want.num || v.Den != 20 || v.At.IsZero() || v.BatchID == "" || i > 0 && v.Seq >= list[i-1].Seq {
				t.Errorf("%d: %+v", i, v)
			}
		}
		batches, err := c.Svc.Batches(t.Context(), "rivers", 10)
		if err != nil || len(batches) != 5 {
			t.Fatalf("%+v, %v", batches, err)
		}
		if b := batches[4]; b.ID != first.BatchID || b.Rows != 2 || b.New != 2 || b.By != c.Water.Name || len(b.SHA256) != 64 || b.Name != "三季度.csv" || b.Way != outcome.File || !b.At.Equal(c.Now) {
			t.Errorf("%+v", b)
		}
	})
}

// A delivery is taken whole or not at all, and says where it is wrong.
func TestADeliveryIsAllOrNothing(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := small(t, db)
		good := row(c, 0, q3, 3, 20)
		for what, x := range map[string]struct {
			bad  outcome.Row
			code string
		}{
			"a town":        {outcome.Row{UnitID: c.Towns[0], Period: q3, Num: 1, Den: 2}, "outcome.row_unit"},
			"nowhere":       {outcome.Row{UnitID: "?", Period: q3, Num: 1, Den: 2}, "outcome.row_unit"},
			"the future":    {row(c, 1, q3+2, 1, 2), "outcome.row_future"},
			"twice":         {good, "outcome.row_twice"},
			"more than all": {row(c, 1, q3, 3, 2), "outcome.more_than_all"},
			"below nothing": {row(c, 1, q3, -1, 2), "outcome.bad_count"},
			"absurd":        {row(c, 1, q3, 1, outcome.MaxCount+1), "outcome.bad_count"},
			"of nothing":    {row(c, 1, q3, 1, 0), "outcome.more_than_all"},
		} {
			_, err := c.Svc.Take(t.Context(), c.Water, ofRivers(good, x.bad))
			refused(t, what, err, x.code)
			if e := errs.As(err); fmt.Sprint(e.Args[:2]) != "[row 2]" {
				t.Errorf("%s: %v", what, e.Args)
			}
		}
		_, err := c.Svc.Take(t.Context(), c.Water, ofRivers())
		refused(t, "nothing", err, "outcome.no_rows")
		_, err = c.Svc.Take(t.Context(), c.Water, ofRivers(make([]outcome.Row, outcome.MaxRows+1)...))
		refused(t, "too much", err, "outcome.many_rows")
		_, err = c.Svc.Take(t.Context(), auth.System("test"), outcome.Delivery{Indicator: "fires", Rows: []outcome.Row{row(c, 0, q3, 1, 0)}})
		refused(t, "a rate of nothing", err, "outcome.no_denominator")
		_, err = c.Svc.Take(t.Context(), c.Water, outcome.Delivery{Indicator: "no-such", Rows: []outcome.Row{good}})
		refused(t, "no indicator", err, "outcome.no_indicator")
		if list, err := c.Svc.Versions(t.Context(), "rivers", c.Villages[0], q3); err != nil || len(list) != 0 {
			t.Errorf("something of it was kept: %+v, %v", list, err)
		}
	})
}

func TestADeliverySentTwiceCountsOnce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := small(t, db)
		d := ofRivers(row(c, 0, q3, 3, 20))
		d.Key = "k"
		first, err := c.Svc.Take(t.Context(), c.Water, d)
		c.OK(err)
		_, err = c.Svc.Take(t.Context(), c.Water, ofRivers(row(c, 0, q3, 5, 20)))
		c.OK(err)
		again, err := c.Svc.Take(t.Context(), c.Water, d)
		if err != nil || again != first {
			t.Errorf("%+v, %v, want %+v", again, err, first)
		}
		if list, _ := c.Svc.Versions(t.Context(), "rivers", c.Villages[0], q3); len(list) != 2 || list[0].Num != 5 {
			t.Errorf("%+v", list)
		}
		d.Rows[0].Num = 4
		if _, err := c.Svc.Take(t.Context(), c.Water, d); errs.KindOf(err) != errs.Conflict {
			t.Errorf("another delivery under the same key: %v", err)
		}
	})
}

// A department feeds its own indicators and no others; nobody hands in what
// residents said.
func TestWhoMayFeed(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := small(t, db)
		for _, x := range c.Svc.Catalog().All() {
			for name, who := range map[string]auth.Actor{"police": c.Police, "water": c.Water, "office": c.Office, "nobody": {}, "town": c.Actor(auth.TownOfficial, c.Towns[0]),
				"lead": c.Actor(auth.Lead, c.Villages[0]), "command": c.Actor(auth.Command, c.Root), "admin": c.Actor(auth.Admin, c.Root)} {
				_, err := c.Svc.Take(t.Context(), who, outcome.Delivery{Indicator: x.Code, Way: outcome.File, Rows: []outcome.Row{row(c, 0, q3, 1, 20)}})
				may := x.Source == outcome.Feed && (name == "office" || name == "police" && x.Department == "GA" || name == "water" && x.Department == "SL")
				if denied := errs.KindOf(err) == errs.Forbidden || errs.KindOf(err) == errs.Unauthenticated; err != nil && !denied || denied == may {
					t.Errorf("%s feeds %s: %v", name, x.Code, err)
				}
			}
		}
	})
}

// Two deliveries at once: each value has one version for each difference, in one order.
func TestTwoDeliveriesAtOnce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := small(t, db)
		const each = 6
		var all sync.WaitGroup
		for side := range 2 {
			all.Go(func() {
				for n := range each {
					rows := make([]outcome.Row, len(c.Villages))
					for v := range rows {
						rows[v] = row(c, v, q3, 10*side+n, 100)
					}
					if _, err := c.Svc.Take(t.Context(), c.Water, ofRivers(rows...)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		seqs := map[int64]bool{}
		for v := range c.Villages {
			list, err := c.Svc.Versions(t.Context(), "rivers", c.Villages[v], q3)
			if err != nil || len(list) != 2*each {
				t.Fatalf("village %d: %d versions, %v", v, len(list), err)
			}
			for i, x := range list {
				if x.Version != 2*each-i || seqs[x.Seq] || i > 0 && x.Num == list[i-1].Num {
					t.Errorf("village %d: %+v", v, x)
				}
				seqs[x.Seq] = true
			}
		}
	})
}

func TestResidentsFigures(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := small(t, db)
		figures := []outcome.ResidentFigure{{UnitID: c.Villages[0], Resolved: 20, Confirmed: 15, Reopened: 3, Prompt: 11}, {UnitID: c.Villages[1]}}
		for range 2 { // the second night brings nothing new
			c.OK(c.Svc.TakeResidents(t.Context(), q3, figures))
		}
		for indicator, want := range map[string][2]int{"confirmed": {15, 20}, "reopened": {3, 20}, "prompt": {11, 15}} {
			list, err := c.Svc.Versions(t.Context(), indicator, c.Villages[0], q3)
			if err != nil || len(list) != 1 || list[0].Num != want[0] || list[0].Den != want[1] {
				t.Errorf("%s: %+v, %v", indicator, list, err)
			}
			if batches, _ := c.Svc.Batches(t.Context(), indicator, 5); len(batches) != 1 || batches[0].Way != outcome.Demand || batches[0].New != 2 {
				t.Errorf("%s: %+v", indicator, batches)
			}
		}
		for what, f := range map[string]outcome.ResidentFigure{"confirmed": {Resolved: 1, Confirmed: 2}, "reopened": {Resolved: 1, Reopened: 2}, "prompt": {Resolved: 5, Confirmed: 1, Prompt: 2}} {
			f.UnitID = c.Villages[0]
			refused(t, what, c.Svc.TakeResidents(t.Context(), q3, []outcome.ResidentFigure{f}), "outcome.more_than_all")
		}
		refused(t, "a town", c.Svc.TakeResidents(t.Context(), q3, []outcome.ResidentFigure{{UnitID: c.Towns[0]}}), "outcome.row_unit")
		refused(t, "nothing", c.Svc.TakeResidents(t.Context(), q3, nil), "outcome.no_rows")
	})
}

func TestPeriods(t *testing.T) {
	for _, s := range []string{"2026Q3", "2000Q1", "2199Q4"} {
		if p, err := outcome.ParsePeriod(s); err != nil || p.String() != s || outcome.PeriodOf(p.Begin()) != p || outcome.PeriodOf(p.End()) != p+1 {
			t.Errorf("%s: %v, %v", s, p, err)
		}
	}
	for _, s := range []string{"", "2026", "2026Q0", "2026Q5", "1999Q4", "2200Q1", "2026q3", "2026Q33", " 2026Q3", "2026Q3 ", "+026Q3"} {
		if p, err := outcome.ParsePeriod(s); err == nil {
			t.Errorf("%q is %v", s, p)
		}
	}
}
