package quiet_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"bilin/internal/errs"
	"bilin/internal/gateway"
	"bilin/internal/job"
	"bilin/internal/quiet"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/workday"
)

// bench is a service with a gateway that keeps what it is given.
type bench struct {
	*testing.T
	db   *sqldb.DB
	svc  *quiet.Service
	mu   sync.Mutex
	now  time.Time
	sent []string
	fail int             // how many times the gateway fails yet
	over map[string]bool // what has passed
	push map[string]bool // whose browser takes a notification
	hush bool            // there is an emergency
}

func (b *bench) lock(do func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	do()
}

func (b *bench) clock() (at time.Time) {
	b.lock(func() { at = b.now })
	return at
}

func (b *bench) at(day, hour int) {
	b.lock(func() { b.now = time.Date(2026, 12, day, hour, 0, 0, 0, workday.City) })
}

// Send is the gateway.
func (b *bench) Send(_ context.Context, m gateway.Message) (err error) {
	b.lock(func() {
		switch {
		case m.Kind == gateway.Push && !b.push[m.To]:
			err = errs.E(errs.Invalid, "push.none")
		case b.fail > 0:
			b.fail--
			err = errors.New("it is down")
		default:
			b.sent = append(b.sent, fmt.Sprintf("%s %s %s", m.Kind, m.To, m.Text))
		}
	})
	return err
}

func each(t *testing.T, test func(b *bench)) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		keys, err := seal.Open(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		b := &bench{T: t, db: db, over: map[string]bool{}, push: map[string]bool{}}
		b.at(1, 10)
		b.svc = quiet.New(quiet.Options{DB: db, Seal: keys, SMS: b, Push: func() gateway.Sender { return b }, Site: "https://x", Now: b.clock,
			Number: func(_ context.Context, n quiet.News) (string, error) {
				return "no. " + n.To.Person + n.To.Household, nil
			},
			Paused: func(unit string) (yes bool) { b.lock(func() { yes = b.hush && unit == "u" }); return yes }})
		b.svc.Hear("news", func(_ context.Context, n quiet.News) (w quiet.Words, ok bool, err error) {
			b.lock(func() { w, ok = quiet.Words{Text: n.About}, !b.over[n.About] })
			return w, ok, nil
		})
		runner := job.NewRunner(db, slog.New(slog.DiscardHandler), job.Options{Now: b.clock, Poll: 5 * time.Millisecond})
		b.svc.Register(runner)
		if err := runner.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := runner.Stop(context.Background()); err != nil {
				t.Error(err)
			}
		})
		test(b)
	})
}

func (b *bench) tell(list ...quiet.News) {
	b.Helper()
	for i := range list {
		list[i].What, list[i].Unit = "news", "u"
	}
	if err := b.db.Write(b.Context(), func(tx *sqldb.Tx) error { return b.svc.Tell(b.Context(), tx, list...) }); err != nil {
		b.Fatal(err)
	}
}

// settles waits until no job is due, and says what was sent since.
func (b *bench) settles(want ...string) {
	b.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		due := 0
		err := b.db.Reader().QueryRowContext(b.Context(), `SELECT COUNT(*) FROM job WHERE state IN ('queued', 'retry', 'running') AND run_at <= $1`, b.clock().UnixMilli()).Scan(&due)
		if err != nil || time.Now().After(end) {
			b.Fatal(due, err)
		}
		if due == 0 {
			break
		}
	}
	b.lock(func() {
		slices.Sort(b.sent)
		if !slices.Equal(b.sent, want) {
			b.Errorf("%v: sent %q, not %q", b.now, b.sent, want)
		}
		b.sent = nil
	})
}

func person(about string) quiet.News {
	return quiet.News{About: about, To: quiet.Whom{Person: "p"}}
}

// One a day for each, the next one tomorrow, and what passed meanwhile not at all.
func TestOneADay(t *testing.T) {
	each(t, func(b *bench) {
		b.tell(person("a"), quiet.News{About: "a", To: quiet.Whom{Household: "h"}}, quiet.News{About: "nobody"})
		b.settles("sms no. h a", "sms no. p a")
		b.tell(person("b"), person("b"))
		b.settles()
		b.tell(person("c"))
		b.settles()
		b.at(1, 19)
		b.settles()
		b.lock(func() { b.over["b"] = true })
		b.at(2, 9)
		b.settles("sms no. p c")
		b.at(3, 9)
		b.settles()
		n := 0
		err := b.db.Reader().QueryRowContext(b.Context(), `SELECT COUNT(*) FROM quiet_told WHERE mark LIKE '%p%' AND mark LIKE '%person%'`).Scan(&n)
		if err != nil || n != 0 {
			b.Errorf("it is kept whom it told: %d, %v", n, err)
		}
	})
}

func TestNotAtNightAndNotInAnEmergency(t *testing.T) {
	each(t, func(b *bench) {
		b.at(1, 22)
		b.tell(person("a"))
		b.settles()
		b.lock(func() { b.hush = true })
		b.at(2, 8)
		b.settles()
		b.at(2, 12)
		b.settles()
		b.lock(func() { b.hush = false })
		b.at(2, 14)
		b.settles("sms no. p a")
		b.lock(func() { b.hush = true })
		b.tell(person("late"))
		b.at(6, 12)
		b.lock(func() { b.hush = false })
		b.settles() // for three days it couldn't be told: their page has it
	})
}

// A message whose gateway failed is tried again the same day; a browser comes before a telephone.
func TestItIsTriedAgain(t *testing.T) {
	each(t, func(b *bench) {
		b.lock(func() { b.fail = 1 })
		b.tell(person("a"))
		b.settles()
		b.at(1, 11)
		b.settles("sms no. p a")
		b.lock(func() { b.push["p"] = true })
		b.at(2, 10)
		b.tell(person("b"))
		b.settles("push p b")
	})
}

// What takes something back goes out besides the one a day, yet not at night; who
// hasn't heard of it yet is known.
func TestTakingBackDoesNotWait(t *testing.T) {
	each(t, func(b *bench) {
		b.tell(person("a"))
		b.settles("sms no. p a")
		b.tell(person("waits"))
		b.settles()
		waiting, err := b.svc.Waiting(b.Context(), b.db.Reader(), []quiet.News{{What: "news", About: "waits", To: quiet.Whom{Person: "p"}}, {What: "news", About: "a", To: quiet.Whom{Person: "p"}}, {What: "news", About: "waits", To: quiet.Whom{Person: "q"}}})
		if err != nil || len(waiting) != 1 || !waiting[quiet.Whom{Person: "p"}] {
			b.Errorf("%v, %v", waiting, err)
		}
		back := person("back")
		back.Urgent = true
		b.tell(back)
		b.settles("sms no. p back")
		b.at(1, 21)
		back.About = "again"
		b.tell(back)
		b.settles()
		b.at(2, 9)
		b.settles("sms no. p again", "sms no. p waits")
	})
}

// What is for the morning isn't told on the day on which it happened.
func TestTheMorningIsTomorrows(t *testing.T) {
	each(t, func(b *bench) {
		n := person("a")
		n.Morning = true
		b.tell(n)
		b.settles()
		b.at(1, 19)
		b.settles()
		b.at(2, 9)
		b.settles("sms no. p a")
		if err := b.svc.Tick(b.Context()); err != nil {
			b.Error(err)
		}
		n.About = "b"
		b.tell(n)
		b.settles()
		b.at(3, 9)
		if err := b.svc.Tick(b.Context()); err != nil {
			b.Error(err)
		}
		b.settles("sms no. p b")
	})
}
