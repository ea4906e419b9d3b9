package mobilise_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"bilin/internal/mobilise"
	"bilin/internal/mobilise/mobilisetest"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// BenchmarkAnswers is how many different people's answers by link are written
// down in a second, each durable before it is acknowledged, as many as 64 at once.
func BenchmarkAnswers(b *testing.B) {
	const people, atOnce = 30_000, 64
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		b.Run(string(engine), func(b *testing.B) {
			c := mobilisetest.New(b, sqldbtest.Open(b, engine), people)
			var orders []*mobilise.Order
			for range (b.N + people - 1) / people {
				orders = append(orders, issued(b, c))
			}
			var next atomic.Int64
			var all sync.WaitGroup
			b.ResetTimer()
			for range atOnce {
				all.Go(func() {
					for i := int(next.Add(1)) - 1; i < b.N; i = int(next.Add(1)) - 1 {
						token := c.Orders.Token(orders[i/people], 1+i%people)
						if err := c.Orders.AnswerByToken(b.Context(), token, mobilise.Answer{Coming: true}); err != nil {
							b.Error(err)
						}
					}
				})
			}
			all.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "answers/s")
		})
	}
}

func issued(b *testing.B, c *mobilisetest.City) *mobilise.Order {
	b.Helper()
	o, err := c.Order(c.Command, nil)
	if err == nil && o.State == mobilise.Proposed {
		o, err = c.Orders.Approve(b.Context(), c.Office, mobilise.Command{Number: o.Number})
	}
	if err != nil {
		b.Fatal(err)
	}
	return o
}
