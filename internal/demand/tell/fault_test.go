package tell_test

import (
	"testing"
	"time"

	"bilin/internal/demand"
	"bilin/internal/demand/tell"
	"bilin/internal/gateway/loopback"
)

var (
	failing = loopback.Settings{Fail: 100}
	sound   = loopback.Settings{}
)

func TestHalfFailsAndEverythingArrivesOnce(t *testing.T) {
	each(t, func(b *bench) {
		b.gateway.Set(loopback.Settings{Fail: 50})
		b.start()
		b.raiseMany(30)
		b.until("all sent", time.Second, b.settled)
		if b.states()[tell.Sent] != 30 {
			b.Errorf("%v", b.states())
		}
		b.once(30)
		if got := b.gateway.Totals(); got.Failed == 0 || got.Repeats == 0 {
			b.Errorf("%+v: nothing went wrong, so nothing was shown", got)
		}
	})
}

// The program dies and comes back while messages are on their way.
func TestRestartsLoseAndRepeatNothing(t *testing.T) {
	each(t, func(b *bench) {
		b.gateway.Set(loopback.Settings{Fail: 30, Delay: 15 * time.Millisecond})
		b.raiseMany(40)
		for range 4 {
			b.start()
			time.Sleep(25 * time.Millisecond)
			b.halt(b.runner, time.Nanosecond) // cut off in the middle
			b.Clock.Add(time.Second)
		}
		if b.settled() {
			b.Fatal("it was never interrupted")
		}
		b.start()
		b.until("all sent", time.Second, b.settled)
		b.once(40)
	})
}

// A runner that is killed leaves its jobs marked as running; their lease lapses.
func TestALapsedLeaseIsTakenUp(t *testing.T) {
	each(t, func(b *bench) {
		b.raiseMany(3)
		b.execute(`UPDATE job SET state = 'running', attempt = 1, lease = 'dead', lease_until = $1 WHERE kind = 'demand.tell'`,
			b.Clock.Now().Add(20*time.Second).UnixMilli())
		b.start()
		b.until("all sent", time.Second, b.settled)
		b.once(3)
	})
}

func TestAGatewayThatIsDownForTenMinutes(t *testing.T) {
	each(t, func(b *bench) {
		b.gateway.Set(failing)
		b.raiseMany(10)
		b.start()
		began := b.Clock.Now()
		b.until("ten minutes", 5*time.Second, func() bool { return b.Clock.Now().Sub(began) > 10*time.Minute })
		if got := b.states(); got[tell.Queued] != 10 {
			b.Fatalf("%v", got)
		}
		up := b.Clock.Now()
		b.gateway.Set(sound)
		b.until("all sent", 5*time.Second, b.settled)
		if late := b.Clock.Now().Sub(up); late > 12*time.Minute {
			b.Errorf("caught up after %v", late)
		}
		b.once(10)
	})
}

func TestARefusedNumber(t *testing.T) {
	each(t, func(b *bench) {
		b.gateway.Set(loopback.Settings{Refuse: "01"})
		r := b.raise()
		b.start()
		b.must(b.Demand.Accept(b.Context(), b.Lead, r.Number, demand.Command{}))
		b.until("failed", 0, b.settled)
		all, err := b.tell.Messages(b.Context(), r.ID)
		if err != nil || len(all) != 1 || all[0].State != tell.Failed || all[0].Error != "gateway.refused" || all[0].Attempts != 1 || !all[0].SentAt.IsZero() {
			b.Errorf("%+v, %v", all, err)
		}
		if n := b.gateway.Totals().Refused; n != 1 {
			b.Errorf("tried %d times", n)
		}
	})
}

// After a day nobody waits for the word any more, and the page says so.
func TestADayIsEnough(t *testing.T) {
	each(t, func(b *bench) {
		b.gateway.Set(failing)
		r := b.raise()
		b.start()
		b.must(b.Demand.Accept(b.Context(), b.Lead, r.Number, demand.Command{}))
		b.until("given up", 5*time.Minute, b.settled)
		all, err := b.tell.Messages(b.Context(), r.ID)
		if err != nil || len(all) != 1 || all[0].State != tell.Failed || all[0].Error != "demand.tell.gave_up" || all[0].Attempts < 10 {
			b.Errorf("%+v, %v", all, err)
		}
	})
}

// A message whose job was lost is found a day later.
func TestALostJobIsFound(t *testing.T) {
	each(t, func(b *bench) {
		b.raiseMany(2)
		b.execute(`DELETE FROM job WHERE kind = 'demand.tell'`)
		b.Clock.Add(25 * time.Hour)
		b.start()
		b.until("all sent", time.Minute, b.settled)
		b.once(2)
	})
}

// The program was off for a weekend: its messages are late, and not given up untried.
func TestAProgramThatWasOff(t *testing.T) {
	each(t, func(b *bench) {
		b.raiseMany(2)
		b.Clock.Add(60 * time.Hour)
		b.start()
		b.until("all sent", 0, b.settled)
		b.once(2)
	})
}

// What comes later waits for what came before.
func TestMessagesKeepTheirOrder(t *testing.T) {
	each(t, func(b *bench) {
		b.gateway.Set(loopback.Settings{Fail: 60})
		r := b.raise()
		b.must(b.Demand.Accept(b.Context(), b.Lead, r.Number, demand.Command{}))
		for _, text := range []string{"一", "二", "三", "四"} {
			b.must(b.Demand.Answer(b.Context(), b.Lead, r.Number, note(text)))
		}
		b.must(b.Demand.Resolve(b.Context(), b.Lead, r.Number, note("好了")))
		b.start()
		b.until("all sent", time.Second, b.settled)
		var last int64
		for _, m := range b.gateway.Received(10) { // latest first
			seq := b.number(`SELECT seq FROM demand_message WHERE id = $1`, m.ID)
			if last != 0 && seq > last {
				b.Errorf("entry %d was told after %d", last, seq)
			}
			last = seq
		}
		b.once(6)
	})
}
