package dispatch_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"bilin/internal/gateway"
	"bilin/internal/gateway/loopback"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/mobilisetest"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// BenchmarkOrder is an order to 30,000 people: until it is durable, and until a
// gateway on loopback without a limit has taken all of it.
func BenchmarkOrder(b *testing.B) {
	const people = 30_000
	for b.Loop() {
		var box http.Handler = loopback.New(loopback.Options{})
		server := httptest.NewServer(box)
		defer server.Close()
		c := mobilisetest.New(b, sqldbtest.Open(b, sqldb.SQLite), people)
		sender, err := gateway.NewHTTP(gateway.Config{URL: server.URL + "/send", Allow: []string{strings.TrimPrefix(server.URL, "http://")}})
		if err != nil {
			b.Fatal(err)
		}
		x := &bench{City: c}
		x.startWith(map[mobilise.Channel]gateway.Sender{mobilise.SMS: sender}, slog.New(slog.DiscardHandler))
		o, err := c.Order(c.Command, nil)
		if err != nil {
			b.Fatal(err)
		}
		begin := time.Now()
		if _, err = c.Orders.Approve(b.Context(), c.Office, mobilise.Command{Number: o.Number}); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(time.Since(begin).Seconds(), "s/durable")
		begin = time.Now()
		first := time.Duration(0)
		taken := func() int { return box.(*loopback.Gateway).Totals().Taken }
		for taken() < people*9/10 {
			if first == 0 && taken() > 0 {
				first = time.Since(begin)
			}
			time.Sleep(time.Millisecond)
			if time.Since(begin) > time.Minute {
				b.Fatal("only ", taken())
			}
		}
		b.ReportMetric(first.Seconds(), "s/first")
		b.ReportMetric(time.Since(begin).Seconds(), "s/handed")
		x.stop()
	}
}
