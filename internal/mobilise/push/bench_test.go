package push_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"bilin/internal/gateway"
	"bilin/internal/mobilise/push"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// BenchmarkSendMany notifies 2,000 people, a browser each, over a push service
// that takes everything, and asks who of 30,000 has one.
func BenchmarkSendMany(b *testing.B) {
	const people = 2000
	sink := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated) }))
	b.Cleanup(sink.Close)
	w := newWorld(b, sqldbtest.Open(b, sqldb.SQLite), func(o *push.Options) { o.Allow = []string{strings.TrimPrefix(sink.URL, "http://")} })
	phone := w.fake.Browser("phone")
	list, ids := make([]gateway.Message, people), make([]string, 30_000)
	for i := range ids {
		ids[i] = fmt.Sprint("p", i)
	}
	for i := range list {
		list[i] = gateway.Message{ID: fmt.Sprint("m", i), To: ids[i], Title: "【应急】冰冻", Text: "请到村部集合。", URL: "/a/x"}
		ok(b, w.Subscribe(b.Context(), who(ids[i]), push.Subscribe{Endpoint: fmt.Sprint(sink.URL, "/", i), P256dh: phone.P256dh(), Auth: phone.Auth()}))
	}
	b.Run("send", func(b *testing.B) {
		for b.Loop() {
			w.SendMany(b.Context(), list, func(_ int, err error) { ok(b, err) })
		}
		b.ReportMetric(float64(people*b.N)/b.Elapsed().Seconds(), "messages/s")
	})
	b.Run("has", func(b *testing.B) {
		for b.Loop() {
			if has, err := w.Has(b.Context(), ids); err != nil || len(has) != people {
				b.Fatal(len(has), err)
			}
		}
	})
}
