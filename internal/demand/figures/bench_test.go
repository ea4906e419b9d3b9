package figures_test

import (
	"fmt"
	"testing"
	"time"

	"bilin/internal/demand/figures"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// BenchmarkReport counts the whole city's year: 40,000 demands.
func BenchmarkReport(b *testing.B) {
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		b.Run(string(engine), func(b *testing.B) {
			s := newSite(b, sqldbtest.Open(b, engine))
			list := year()
			s.insert(b, list...)
			for b.Loop() {
				r, err := s.svc.Fresh().Report(ctx, office, figures.Filter{})
				if err != nil || r.Whole.Raised+r.Whole.Merged != len(list) {
					b.Fatal(r, err)
				}
			}
		})
	}
}

func year() []matter {
	states := []string{"open", "accepted", "resolved", "confirmed", "confirmed", "confirmed", "unconfirmed", "withdrawn", "merged"}
	categories := []string{"", "env-waste", "utility-water", "environment"}
	list := make([]matter, 40_000)
	for i := range list {
		m := plain(units[i%len(units)].code)
		m.state, m.category = states[i%len(states)], categories[i%len(categories)]
		m.raised = now.AddDate(0, 0, -i%320)
		m.resolved, m.rung, m.satisfied = m.raised.Add(time.Duration(i%500)*time.Hour), i%7, i%4
		list[i] = m
	}
	return list
}

func ExampleCount_Share() {
	c := figures.Count{Raised: 50, Decided: 41, InTime: 36}
	s := c.One(figures.InTime)
	fmt.Printf("%d/%d\n", s.Part, s.Of)
	// Output: 36/41
}
