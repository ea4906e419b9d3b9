package tell_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/demandtest"
	"bilin/internal/demand/tell"
)

var nobody auth.Actor

func note(text string) demand.Command { return demand.Command{Note: text} }

func TestEachStepIsHeardOf(t *testing.T) {
	each(t, func(b *bench) {
		b.start()
		ctx, r := b.Context(), b.raise()
		other, err := b.Demand.Raise(ctx, nobody, demand.Raise{Kind: demand.Help, UnitCode: demandtest.CellCode, Text: "水管坏了", Contact: phone})
		if err != nil {
			b.Fatal(err)
		}
		b.must(b.Demand.Accept(ctx, b.Lead, other.Number, demand.Command{}))
		if err := b.Demand.Follow(ctx, r.ID, "12900000002", "f1"); err != nil {
			b.Fatal(err)
		}
		if err := b.Demand.Follow(ctx, r.ID, "", "f2"); err != nil {
			b.Fatal(err)
		}
		b.must(b.Demand.Accept(ctx, b.Lead, r.Number, demand.Command{}))
		b.must(b.Demand.Answer(ctx, b.Lead, r.Number, note("明天来修")))
		b.must(b.Demand.Note(ctx, b.Lead, r.Number, note("要叫电工")))
		b.must(b.Demand.Ask(ctx, b.Lead, r.Number, note("是哪一盏？")))
		b.must(b.Demand.Say(ctx, r.Number, r.Track, note("门口那盏")))
		b.must(b.Demand.Resolve(ctx, b.Lead, r.Number, note("换了灯泡")))
		b.until("all sent", time.Second, b.settled)
		b.must(b.Demand.Confirm(ctx, r.Number, r.Track, demand.Rating{Recheck: true}, demand.Command{}))
		b.Clock.Add(32 * 24 * time.Hour)
		if _, err := b.Demand.Tick(ctx); err != nil {
			b.Fatal(err)
		}
		b.until("the question a month later", time.Second, b.settled)

		want := []string{"accepted:sent", "answered:sent", "asked:sent", "resolved:sent", "followed:sent", "asked_again:sent"}
		if got := b.messages(r.ID); !slices.Equal(got, want) {
			b.Errorf("%v", got)
		}
		if got := b.messages(other.ID); len(got) != 0 {
			b.Errorf("somebody who wants no messages gets %v", got)
		}
		b.once(6)
		b.texts(r)
	})
}

// texts checks what the telephones showed, in the order of the steps.
func (b *bench) texts(r demand.Receipt) {
	b.Helper()
	link := public + "/t/" + r.Number + "?k=" + r.Track
	var words []string
	for _, m := range slices.Backward(b.gateway.Received(10)) {
		follower := m.To == "12900000002"
		if !strings.Contains(m.Text, r.Number) || strings.Contains(m.Text, link) == follower || follower && strings.Contains(m.Text, r.Track) {
			b.Errorf("to %s: %s", m.To, m.Text)
		}
		for _, secret := range []string{"路灯", "明天", "电工", "灯泡", "⟦", "{"} {
			if strings.Contains(m.Text, secret) {
				b.Errorf("it says %q: %s", secret, m.Text)
			}
		}
		if !follower {
			words = append(words, m.Text)
		}
	}
	for i, part := range []string{"周桂英受理", "周桂英回复", "了解情况", "由您说了算", "一个月"} {
		if i >= len(words) || !strings.Contains(words[i], part) {
			b.Errorf("message %d of %q lacks %q", i, words, part)
		}
	}
}

// The resident's seven days start when the gateway took the word of the
// resolution, and not without one.
func TestSilenceCountsFromTheMessage(t *testing.T) {
	each(t, func(b *bench) {
		ctx, r := b.Context(), b.raise()
		b.gateway.Set(failing)
		b.start()
		b.must(b.Demand.Accept(ctx, b.Lead, r.Number, demand.Command{}))
		b.must(b.Demand.Resolve(ctx, b.Lead, r.Number, note("换了灯泡")))
		b.until("an attempt", time.Second, func() bool { return b.gateway.Totals().Failed > 2 })
		if b.number(`SELECT told_at FROM demand WHERE id = $1`, r.ID) != 0 {
			b.Fatal("told before the message went out")
		}
		b.gateway.Set(sound)
		b.until("sent", time.Second, b.settled)
		b.Clock.Add(6 * 24 * time.Hour)
		if _, err := b.Demand.Tick(ctx); err != nil {
			b.Fatal(err)
		}
		state := func(want string) int64 {
			return b.number(`SELECT count(*) FROM demand WHERE id = $1 AND state = $2`, r.ID, want)
		}
		if state("resolved") != 1 {
			b.Fatal("closed before the seven days were over")
		}
		b.Clock.Add(25 * time.Hour)
		if _, err := b.Demand.Tick(ctx); err != nil {
			b.Fatal(err)
		}
		if state("unconfirmed") != 1 {
			b.Error("the silence was not counted")
		}
		b.until("the word of it", time.Second, b.settled)
		if got := b.messages(r.ID); !slices.Equal(got, []string{"accepted:sent", "resolved:sent", "lapsed:sent"}) {
			b.Errorf("%v", got)
		}
	})
}

func TestClimbingIsHeardOf(t *testing.T) {
	each(t, func(b *bench) {
		r := b.raise()
		b.start()
		b.Clock.Add(26 * time.Hour)
		for range 12 {
			if _, err := b.Demand.Tick(b.Context()); err != nil {
				b.Fatal(err)
			}
			b.until("all sent", time.Second, b.settled)
			b.Clock.Add(30 * 24 * time.Hour)
		}
		got := b.messages(r.ID)
		if len(got) < 3 || got[0] != "climbed:sent" || !slices.Contains(got, "overdue:sent") || !slices.Contains(got, "owed:sent") || !slices.Contains(got, "owed_late:sent") {
			b.Errorf("%v", got)
		}
	})
}

// Who took it on is reminded before the limit; one without a number sees it in the queue.
func TestHandlersAreReminded(t *testing.T) {
	each(t, func(b *bench) {
		ctx, r, other, free := b.Context(), b.raise(), b.raise(), b.raise()
		b.must(b.Demand.Accept(ctx, b.Lead, r.Number, demand.Command{}))
		b.must(b.Demand.Accept(ctx, b.GroupLead, other.Number, demand.Command{}))
		b.start()
		b.until("sent", time.Second, b.settled)
		for _, id := range []string{r.ID, other.ID, free.ID} {
			b.Clock.Add(max(0, time.UnixMilli(b.number(`SELECT remind_at FROM demand WHERE id = $1`, id)).Sub(b.Clock.Now())))
			if _, err := b.Demand.Tick(ctx); err != nil {
				b.Fatal(err)
			}
		}
		b.until("sent", time.Second, b.settled)
		want := []string{"person p-周桂英 demand " + r.Number, "person p-刘建国 demand " + other.Number}
		b.mu.Lock()
		slices.Sort(b.asked)
		asked := slices.Compact(b.asked) // the clock's leaps let leases lapse
		b.mu.Unlock()
		slices.Sort(want)
		if !slices.Equal(asked, want) {
			b.Errorf("opened %q", asked)
		}
		got := b.gateway.Received(10)
		n := 0
		for _, m := range got {
			if m.To == "12900000009" && strings.Contains(m.Text, r.Number) && strings.Contains(m.Text, "时限") && !strings.Contains(m.Text, r.Track) {
				n++
			}
		}
		if n != 1 || b.messages(r.ID)[0] != "accepted:sent" || slices.Contains(b.messages(r.ID), "reminded:sent") {
			b.Errorf("%d reminders, %v", n, b.messages(r.ID))
		}
	})
}

func TestWithoutAGatewayPagesSaySo(t *testing.T) {
	each(t, func(b *bench) {
		b.wire(nil)
		b.start()
		r := b.raise()
		b.must(b.Demand.Accept(b.Context(), b.Lead, r.Number, demand.Command{}))
		all, err := b.tell.Messages(b.Context(), r.ID)
		if err != nil || len(all) != 1 || all[0].State != tell.Dropped || all[0].Error != "demand.tell.no_gateway" {
			b.Errorf("%+v, %v", all, err)
		}
		if n := b.number(`SELECT count(*) FROM job WHERE kind = 'demand.tell'`); n != 0 {
			b.Errorf("%d jobs wait for nothing", n)
		}
	})
}

// A message queued while there was a gateway doesn't wait for one that was taken away.
func TestAGatewayTakenAway(t *testing.T) {
	each(t, func(b *bench) {
		r := b.raise()
		b.must(b.Demand.Accept(b.Context(), b.Lead, r.Number, demand.Command{}))
		b.wire(nil)
		b.start()
		b.until("dropped", 0, b.settled)
		if got := b.messages(r.ID); !slices.Equal(got, []string{"accepted:dropped"}) {
			b.Errorf("%v", got)
		}
	})
}

// Every opening of a number is on record, with what it was for.
func TestSendingIsOnRecord(t *testing.T) {
	each(t, func(b *bench) {
		r := b.raise()
		b.start()
		b.must(b.Demand.Accept(b.Context(), b.Lead, r.Number, demand.Command{}))
		b.until("sent", 0, b.settled)
		if err := b.Audit.Sequence(b.Context()); err != nil {
			b.Fatal(err)
		}
		page, err := b.Audit.Page(b.Context(), audit.Filter{}, "", 50)
		if err != nil {
			b.Fatal(err)
		}
		found := 0
		for _, rec := range page.Records {
			if strings.Contains(rec.Detail, phone) || strings.Contains(rec.Detail, r.Track) {
				b.Error("the record holds what it must not")
			}
			if rec.Action == "demand.tell" && rec.ObjectID == r.ID && strings.Contains(rec.Purpose, r.Number) {
				found++
			}
		}
		if found != 1 {
			b.Errorf("%d records", found)
		}
	})
}
