package figures_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bilin/internal/demand/figures"
)

var (
	spring = time.Date(2026, 4, 1, 0, 0, 0, 0, time.FixedZone("", 8*3600))
	summer = time.Date(2026, 7, 1, 0, 0, 0, 0, time.FixedZone("", 8*3600))
)

func TestQuarterly(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		at := func(day int) time.Time { return spring.AddDate(0, 0, day) }
		done := func(change func(*matter)) matter {
			m := matter{unit: id("430182101201"), owner: id("430182101201"), kind: "help", source: "resident", state: "confirmed", raised: at(10), resolved: at(12)}
			if change != nil {
				change(&m)
			}
			return m
		}
		s.insert(t,
			done(nil),
			done(func(m *matter) { m.raised, m.resolved = at(-40), at(0) }),                               // asked long before, resolved on the first day
			done(func(m *matter) { m.resolved = at(25).Add(23 * time.Hour) }),                             // on the fifteenth day, late in the evening
			done(func(m *matter) { m.resolved = at(26) }),                                                 // on the sixteenth
			done(func(m *matter) { m.state, m.reopens = "unconfirmed", 1 }),                               // re-opened, then silence
			done(func(m *matter) { m.state = "resolved" }),                                                // not answered yet
			done(func(m *matter) { m.state, m.reopens = "reopened", 2 }),                                  // counts once
			done(func(m *matter) { m.state = "withdrawn" }), done(func(m *matter) { m.state = "merged" }), // never
			done(func(m *matter) { m.resolved = time.Time{} }),                                           // still in work
			done(func(m *matter) { m.resolved = at(-1) }), done(func(m *matter) { m.resolved = summer }), // other quarters
			done(func(m *matter) { m.unit, m.owner = id("430182102201"), id("430182102201"); m.reopens = 1 }),  // another village
			done(func(m *matter) { m.unit, m.owner = id("430182"), id("430182") }),                             // the city's own
			done(func(m *matter) { m.unit = id("430182101201010101"); m.resolved = summer.Add(-time.Second) }), // in a cell, at the last moment
		)
		got, err := s.svc.Quarterly(ctx, spring, summer, 15)
		want := []figures.Quarterly{
			{VillageID: id("430182101201"), Resolved: 8, Confirmed: 5, Reopened: 2, Prompt: 2},
			{VillageID: id("430182101202")},
			{VillageID: id("430182102201"), Resolved: 1, Confirmed: 1, Reopened: 1, Prompt: 1},
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%+v, %v\nwant %+v", got, err, want)
		}
	})
}

// Whatever the table holds, the parts stay within their wholes and the quarters
// add up to the year.
func TestQuartersAddUp(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		rapid.Check(t, func(rt *rapid.T) {
			s.clear(t)
			s.insert(t, rapid.SliceOfN(rapid.Custom(drawn), 0, 30).Draw(rt, "demands")...)
			from := time.Date(2025, 10, 1, 0, 0, 0, 0, spring.Location())
			sum := map[string]figures.Quarterly{}
			for q := range 6 {
				list, err := s.svc.Quarterly(ctx, from.AddDate(0, 3*q, 0), from.AddDate(0, 3*q+3, 0), 15)
				if err != nil {
					rt.Fatal(err)
				}
				for _, f := range list {
					if f.Confirmed > f.Resolved || f.Reopened > f.Resolved || f.Prompt > f.Confirmed {
						rt.Fatalf("%+v", f)
					}
					o := sum[f.VillageID]
					sum[f.VillageID] = figures.Quarterly{VillageID: f.VillageID, Resolved: o.Resolved + f.Resolved, Confirmed: o.Confirmed + f.Confirmed, Reopened: o.Reopened + f.Reopened, Prompt: o.Prompt + f.Prompt}
				}
			}
			whole, err := s.svc.Quarterly(ctx, from, from.AddDate(0, 18, 0), 15)
			if err != nil {
				rt.Fatal(err)
			}
			for _, f := range whole {
				if f != sum[f.VillageID] {
					rt.Fatalf("in all %+v, by quarter %+v", f, sum[f.VillageID])
				}
			}
		})
	})
}
