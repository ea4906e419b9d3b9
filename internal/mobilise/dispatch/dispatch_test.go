package dispatch_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"bilin/internal/errs"
	"bilin/internal/gateway"
	"bilin/internal/job"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/dispatch"
	"bilin/internal/mobilise/mobilisetest"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// sender takes messages as a gateway does: each id once.
type sender struct {
	mu    sync.Mutex
	took  map[string]gateway.Message
	calls map[string]int
	down  bool
	bad   string // numbers that end in this are none
	lost  bool   // it takes the message, and its answer gets lost
}

func newSender() *sender { return &sender{took: map[string]gateway.Message{}, calls: map[string]int{}} }

func (s *sender) Send(_ context.Context, m gateway.Message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[m.ID]++
	switch {
	case s.bad != "" && strings.HasSuffix(m.To, s.bad):
		return errs.E(errs.Invalid, "gateway.refused")
	case s.down:
		return errs.E(errs.Unavailable, "gateway.down")
	}
	if _, had := s.took[m.ID]; !had {
		s.took[m.ID] = m
	}
	if s.lost {
		return errs.E(errs.Unavailable, "gateway.down")
	}
	return nil
}

func (s *sender) set(fn func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fn()
}

func (s *sender) n() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.took)
}

// find returns a message that holds a text.
func (s *sender) find(text string) (m gateway.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.took {
		if strings.Contains(x.Text, text) {
			m = x
		}
	}
	return m
}

type bench struct {
	*mobilisetest.City
	sms, voice *sender
	groups     dispatch.Groups
	stop       func()
}

func newBench(t testing.TB, db *sqldb.DB, leads int) *bench {
	b := &bench{City: mobilisetest.New(t, db, leads), sms: newSender(), voice: newSender()}
	b.start()
	t.Cleanup(func() { b.stop() })
	return b
}

// start has a process tell people, until stop.
func (b *bench) start() {
	b.startWith(map[mobilise.Channel]gateway.Sender{mobilise.SMS: b.sms, mobilise.Voice: b.voice}, slog.New(slog.DiscardHandler))
}

func (b *bench) startWith(senders map[mobilise.Channel]gateway.Sender, log *slog.Logger) {
	routes := map[mobilise.Channel]dispatch.Route{}
	for c, sender := range senders {
		routes[c] = dispatch.Route{Sender: sender, Repeats: true}
	}
	s, err := dispatch.New(dispatch.Options{
		DB: b.DB, Orders: b.Orders, Tree: b.Net.Tree, Phones: b.Net, Live: b.Live, PublicURL: "https://bilin.test", Now: b.Now, Logger: log, Routes: routes, Groups: b.groups})
	if err != nil {
		b.Fatal(err)
	}
	r := job.NewRunner(b.DB, log, job.Options{Poll: 10 * time.Millisecond, Now: b.Now})
	s.Register(r)
	if err := r.Start(context.Background()); err != nil {
		b.Fatal(err)
	}
	b.stop = sync.OnceFunc(func() {
		s.Stop()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := r.Stop(ctx); err != nil {
			b.Error(err)
		}
	})
}

func (b *bench) until(what string, ok func() bool) {
	b.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			b.Fatalf("never: %s (%d messages, %d calls)", what, b.sms.n(), b.voice.n())
		}
	}
}

// pass lets time go by in small steps, so that what is due comes in its order.
func (b *bench) pass(d time.Duration, ok func() bool) {
	b.Helper()
	b.until(fmt.Sprintf("after %v", d), func() bool {
		if !ok() {
			b.Pass(d / 50)
			time.Sleep(20 * time.Millisecond)
		}
		return ok()
	})
}

func (b *bench) standing(o *mobilise.Order, s mobilise.Standing) (n int) {
	for _, r := range b.Receipts(o) {
		if r.Standing == s {
			n++
		}
	}
	return n
}

func (b *bench) knocks(o *mobilise.Order) int {
	t, err := b.Orders.Tally(b.Context(), o.ID)
	if err != nil {
		b.Fatal(err)
	}
	return t.Knock
}

func (b *bench) issue() *mobilise.Order {
	b.Helper()
	o, err := b.Order(b.Command, nil)
	if err != nil {
		b.Fatal(err)
	}
	return o
}

// Everybody with a number is told by the first channel; those who don't answer
// by the next; then somebody knocks.
func TestOneChannelAfterTheOther(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		b := newBench(t, db, 20)
		o := b.issue()
		b.until("18 messages", func() bool { return b.standing(o, mobilise.Handed) == 18 })
		b.until("two doors at once", func() bool { return b.knocks(o) == 2 })
		for i, r := range b.Receipts(o)[:5] {
			if err := b.Orders.AnswerByToken(t.Context(), b.Orders.Token(o, r.N), mobilise.Answer{Coming: i < 4, Reason: mobilise.ReasonIll}); err != nil {
				t.Fatal(err)
			}
		}
		if m := b.sms.find("/a/" + b.Orders.Token(o, 1)); m.To != mobilisetest.Phone(0) || !strings.HasPrefix(m.Text, "【令"+o.Number) {
			t.Errorf("message %+v", m)
		}
		b.pass(5*time.Minute, func() bool { return b.voice.n() == 13 })
		b.pass(5*time.Minute, func() bool { return b.knocks(o) == 15 })
		b.pass(time.Minute, func() bool { return b.sms.find("15人没有应答").To == "12955555555" })
		if n := b.sms.n(); n > 18+2 { // and the official once or twice
			t.Errorf("%d messages", n)
		}
	})
}

// What was corrected reaches all who were told, also those who answered; a
// cancel too; what they were told before isn't said again.
func TestCorrectAndCancel(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		b := newBench(t, db, 9)
		o := b.issue()
		b.until("9 messages", func() bool { return b.standing(o, mobilise.Handed) == 9 })
		if err := b.Orders.AnswerByToken(t.Context(), b.Orders.Token(o, 1), mobilise.Answer{Coming: true}); err != nil {
			t.Fatal(err)
		}
		words := b.Words()
		words.Where = "改到学校操场"
		o, err := b.Orders.Correct(t.Context(), b.Command, mobilise.Command{Number: o.Number}, words)
		if err != nil {
			t.Fatal(err)
		}
		b.until("18 messages", func() bool { return b.sms.n() == 18 })
		if m := b.sms.find("/a/" + b.Orders.Token(o, 1)); m.To == "" || b.sms.find("改到学校操场").To == "" {
			t.Error("the corrected words aren't sent")
		}
		if _, err := b.Orders.Cancel(t.Context(), b.Command, mobilise.Command{Number: o.Number, Note: "雨停了"}); err != nil {
			t.Fatal(err)
		}
		b.until("27 messages", func() bool { return b.sms.n() == 27 })
		if b.sms.find("取消了").To == "" || b.voice.n() != 0 {
			t.Errorf("cancelled: %d calls", b.voice.n())
		}
		if err := b.Orders.AnswerByToken(t.Context(), b.Orders.Token(o, 2), mobilise.Answer{Coming: true}); errs.KindOf(err) != errs.Gone {
			t.Errorf("answered after the end: %v", err)
		}
	})
}

func (b *bench) events(o *mobilise.Order) (kinds string) {
	list, err := b.Orders.Events(context.Background(), o.ID, 0, 100)
	if err != nil {
		b.Fatal(err)
	}
	for _, e := range list {
		kinds += e.Kind + " "
	}
	return kinds
}

// A number that is none is called by the next channel at once.
func TestANumberThatIsNone(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		b := newBench(t, db, 9)
		b.sms.set(func() { b.sms.bad = "3" })
		b.issue()
		b.until("a call", func() bool { return b.voice.n() == 1 && b.sms.n() == 8 })
	})
}

// A process stops in the middle; the next one goes on, and nobody is told twice.
func TestGoesOnAfterAStop(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		b := newBench(t, db, 900)
		b.sms.set(func() { b.sms.lost = true }) // taken, but nobody hears of it
		o := b.issue()
		b.until("some messages", func() bool { return b.sms.n() > 100 })
		b.stop()
		b.sms.set(func() { b.sms.lost = false })
		b.start()
		b.pass(time.Minute, func() bool { return b.standing(o, mobilise.Handed) == 810 })
		if n := b.sms.n(); n < 810 || n > 811 || b.voice.n() != 0 { // the official has one of doors
			t.Errorf("%d messages, %d calls", b.sms.n(), b.voice.n())
		}
	})
}
