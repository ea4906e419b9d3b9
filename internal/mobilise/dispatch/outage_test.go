package dispatch_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"bilin/internal/gateway"
	"bilin/internal/gateway/loopback"
	"bilin/internal/mobilise"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// The gateway for short messages is down for ten minutes. Those with a number
// are called instead, after a minute; the timeline and everybody's pages say
// which channel fails, since when and why, once; when it works again, those who
// have not answered get the message too, and the others don't.
func TestTenMinutesWithoutAGateway(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		b := newBench(t, db, 60)
		b.sms.set(func() { b.sms.down = true })
		begin := b.Now()
		o := b.issue()
		b.pass(time.Minute, func() bool { return b.voice.n() == 54 })
		if after := b.Now().Sub(begin); after < mobilise.Patience || after > 5*time.Minute {
			t.Errorf("called after %v", after)
		}
		b.until("the timeline says so", func() bool { return strings.Contains(b.events(o), mobilise.EventDown) })
		if since := b.downSince(mobilise.SMS); since.Before(begin) || since.After(begin.Add(time.Minute)) {
			t.Errorf("down since %v of %v", since, begin)
		}
		for n := 1; n <= 20; n++ { // by telephone
			if err := b.Orders.AnswerByToken(t.Context(), b.Orders.Token(o, n), mobilise.Answer{Coming: true}); err != nil {
				t.Fatal(err)
			}
		}
		b.pass(10*time.Minute, func() bool { return b.Now().Sub(begin) > 10*time.Minute })
		b.sms.set(func() { b.sms.down = false })
		b.pass(10*time.Minute, func() bool { return b.firsts(o) == 36 }) // 54 but for 18 of the first 20, who have answered
		b.pass(time.Minute, func() bool { return strings.Contains(b.events(o), mobilise.EventUp) })
		if n := b.voice.n(); n != 54 || !b.downSince(mobilise.SMS).IsZero() {
			t.Errorf("%d calls; down since %v", n, b.downSince(mobilise.SMS))
		}
		b.checkOutage(o)
	})
}

// checkOutage: one end and one beginning, of the channel that failed, with its reason.
func (b *bench) checkOutage(o *mobilise.Order) {
	b.Helper()
	list, err := b.Orders.Events(b.Context(), o.ID, 0, 100)
	if err != nil {
		b.Fatal(err)
	}
	var said []string
	for _, e := range list {
		if e.Kind != mobilise.EventDown && e.Kind != mobilise.EventUp {
			continue
		}
		var d struct{ Channel, Why string }
		if err := json.Unmarshal([]byte(e.Detail), &d); err != nil {
			b.Fatal(err)
		}
		said = append(said, e.Kind+" "+d.Channel+" "+d.Why)
	}
	if want := []string{"channel_down sms gateway.down", "channel_up sms "}; !slices.Equal(said, want) {
		b.Errorf("the timeline says %q", said)
	}
	if n := b.firsts(o); n != 36 {
		b.Errorf("%d short messages", n)
	}
}

// downSince is since when a channel is down, as all pages say.
func (b *bench) downSince(c mobilise.Channel) time.Time {
	b.Helper()
	list, err := b.Orders.Channels(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	for _, h := range list {
		if h.Channel == c && h.DownSince != 0 {
			return sqldb.Time(h.DownSince)
		}
	}
	return time.Time{}
}

// firsts counts the people to whom the first edition was sent by short message.
func (b *bench) firsts(o *mobilise.Order) (n int) {
	b.sms.mu.Lock()
	defer b.sms.mu.Unlock()
	for _, m := range b.sms.took {
		if strings.Contains(m.Text, "/a/"+o.Number) {
			n++
		}
	}
	return n
}

// A gateway that fails now and then, also after it has taken the message: each
// person is told once, by the first channel, and nobody says that it is down.
func TestAGatewayThatFailsNowAndThen(t *testing.T) {
	t.Parallel()
	for _, percent := range []int{1, 50} {
		t.Run(fmt.Sprint(percent), func(t *testing.T) {
			t.Parallel()
			sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
				b := newBench(t, db, 400)
				b.stop()
				box := loopback.New(loopback.Options{Settings: loopback.Settings{Fail: percent}})
				b.startWith(overHTTP(t, box), slog.New(slog.DiscardHandler))
				// The wait is long, so that a slow database lets nobody be called for want of an answer.
				o, err := b.Order(b.Command, func(p *mobilise.Propose) { p.Wait = 120 })
				if err != nil {
					t.Fatal(err)
				}
				b.pass(time.Minute, func() bool { return b.standing(o, mobilise.Handed) == 360 })
				messages := slices.DeleteFunc(box.Received(10_000), func(m loopback.Received) bool { return strings.Contains(m.ID, ".knock.") })
				for _, m := range messages {
					if m.Changed || m.Kind != gateway.SMS {
						t.Errorf("%+v", m)
					}
				}
				if len(messages) != 360 || box.Totals().Failed == 0 && percent > 1 {
					t.Errorf("%d messages, %+v", len(messages), box.Totals())
				}
				if events := b.events(o); strings.Contains(events, mobilise.EventDown) {
					t.Errorf("timeline: %s", events)
				}
			})
		})
	}
}

// overHTTP are channels to one gateway, as a city has them.
func overHTTP(t *testing.T, box *loopback.Gateway) map[mobilise.Channel]gateway.Sender {
	t.Helper()
	server := httptest.NewServer(box)
	t.Cleanup(server.Close)
	allow := []string{strings.TrimPrefix(server.URL, "http://")}
	sms, err := gateway.NewHTTP(gateway.Config{URL: server.URL + "/send", Allow: allow})
	if err != nil {
		t.Fatal(err)
	}
	voice, err := gateway.NewHTTP(gateway.Config{Kind: gateway.Voice, URL: server.URL + "/voice", Allow: allow})
	if err != nil {
		t.Fatal(err)
	}
	return map[mobilise.Channel]gateway.Sender{mobilise.SMS: sms, mobilise.Voice: voice}
}

// The gateway is down when doors come onto the list: the official is told of
// them once it works, and once.
func TestAnOfficialHearsOfDoorsAfterAnOutage(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		b := newBench(t, db, 10) // one of them without a number
		b.sms.set(func() { b.sms.down = true })
		o := b.issue()
		b.until("a door", func() bool { return b.knocks(o) == 1 })
		knock := func(of map[string]int) (n int) {
			b.sms.mu.Lock()
			defer b.sms.mu.Unlock()
			for id, times := range of {
				if strings.Contains(id, ".knock.") {
					n += times
				}
			}
			return n
		}
		b.pass(time.Minute, func() bool { return knock(b.sms.calls) > 0 })
		b.sms.set(func() { b.sms.down = false })
		b.pass(5*time.Minute, func() bool { return b.sms.find("没有应答").To == "12955555555" })
	})
}
