package dispatch_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/job"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/dispatch"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// rehearsal proposes one to so many people, by somebody and with what else is changed.
func (b *bench) rehearsal(who auth.Actor, people int, change func(*mobilise.Propose)) (*mobilise.Order, error) {
	b.Helper()
	return b.Order(who, func(p *mobilise.Propose) {
		p.Kind, p.Rehearsal = mobilise.Drill, people
		if change != nil {
			change(p)
		}
	})
}

var (
	rehearser = auth.System("drill")
	approver  = auth.System("drill.approve")
)

func (b *bench) begin(people int) *mobilise.Order {
	b.Helper()
	o, err := b.rehearsal(rehearser, people, nil)
	if err != nil {
		b.Fatal(err)
	}
	if o.State != mobilise.Proposed || o.Rehearsal != people {
		b.Fatalf("proposed as %+v", o)
	}
	if o, err = b.Orders.Approve(b.Context(), approver, mobilise.Command{Number: o.Number}); err != nil {
		b.Fatal(err)
	}
	return o
}

// A server with the city's real gateways never takes a rehearsal up, not even
// if a job for it is made by hand; the program that asked for it tells everybody,
// also of what officials do to it on the server.
func TestARehearsalReachesNobody(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		b := newBench(t, db, 40) // its senders are the real ones
		o := b.begin(30)
		before := b.orderJobs(o)
		sms, voice := newSender(), newSender()
		over := b.rehearse(o, sms, voice)
		b.until("28 messages", func() bool { return b.standing(o, mobilise.Handed) == 28 })
		words := b.Words()
		words.Where = "改到学校操场"
		_, err := b.Orders.Correct(t.Context(), b.Command, mobilise.Command{Number: o.Number}, words)
		if err != nil {
			t.Fatal(err)
		}
		b.until("28 corrections", func() bool { return sms.n() == 56 })
		b.pass(20*time.Minute, func() bool { return voice.n() == 28 && sms.find("没有应答").To != "" })
		if _, err := b.Orders.Cancel(t.Context(), b.Command, mobilise.Command{Number: o.Number, Note: "推演到此为止"}); err != nil {
			t.Fatal(err)
		}
		if err := <-over; err != nil {
			t.Fatal(err)
		}
		if sms.find("取消了").To == "" || !strings.HasPrefix(sms.find("/a/"+b.Orders.Token(o, 1)).Text, "【演练") {
			t.Error("who was told in the rehearsal isn't told of its end, or not that it is a drill")
		}
		if after := b.orderJobs(o); before+after != 0 {
			t.Errorf("%d and %d jobs about a rehearsal", before, after)
		}
		b.forgeJobs(o)
		if b.sms.n()+b.voice.n() != 0 {
			t.Errorf("%d messages and %d calls by the real gateways", b.sms.n(), b.voice.n())
		}
	})
}

// rehearse tells people as the program does that asked for the rehearsal.
func (b *bench) rehearse(o *mobilise.Order, sms, voice *sender) <-chan error {
	s, err := dispatch.New(dispatch.Options{DB: b.DB, Orders: b.Orders, Tree: b.Net.Tree, Phones: b.Net, Live: b.Live, PublicURL: "http://127.0.0.1:1", Now: b.Now,
		Logger: slog.New(slog.DiscardHandler),
		Routes: map[mobilise.Channel]dispatch.Route{mobilise.SMS: {Sender: sms, Repeats: true}, mobilise.Voice: {Sender: voice, Repeats: true}}})
	if err != nil {
		b.Fatal(err)
	}
	over := make(chan error, 1)
	go func() { over <- s.Rehearse(context.Background(), o.ID) }()
	b.Cleanup(s.Stop)
	return over
}

// orderJobs counts the jobs that name an order.
func (b *bench) orderJobs(o *mobilise.Order) (n int) {
	b.Helper()
	err := b.DB.Reader().QueryRowContext(b.Context(), `SELECT count(*) FROM job WHERE payload LIKE $1`, "%"+o.ID+"%").Scan(&n)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// forgeJobs makes the jobs that another order has, and waits for their end.
func (b *bench) forgeJobs(o *mobilise.Order) {
	b.Helper()
	kinds := []string{mobilise.JobDispatch, mobilise.JobGroups, "order.knock"}
	err := b.DB.Write(b.Context(), func(tx *sqldb.Tx) error {
		for _, kind := range kinds {
			var payload any = o.ID
			if kind == mobilise.JobGroups {
				payload = mobilise.GroupJob{OrderID: o.ID, Edition: 3, At: sqldb.Millis(b.Now())}
			}
			if err := job.Enqueue(b.Context(), tx, job.Job{Kind: kind, Key: o.ID, Payload: payload}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	b.until("dead jobs", func() bool {
		counts, err := job.Counts(b.Context(), b.DB.Reader())
		if err != nil {
			b.Fatal(err)
		}
		dead := slices.DeleteFunc(counts, func(c job.Count) bool { return c.State != job.Dead })
		return len(dead) == len(kinds)
	})
}

// An order that isn't a rehearsal is never told by a program's own gateways.
func TestOnlyARehearsalIsRehearsed(t *testing.T) {
	t.Parallel()
	b := newBench(t, sqldbtest.Open(t, sqldb.SQLite), 3)
	o, err := b.Order(b.Command, func(p *mobilise.Propose) { p.Kind = mobilise.Drill })
	if err != nil {
		t.Fatal(err)
	}
	sms, voice := newSender(), newSender()
	if err := <-b.rehearse(o, sms, voice); errs.KindOf(err) != errs.Conflict || sms.n() != 0 {
		t.Errorf("%v, %d messages", err, sms.n())
	}
}

// A rehearsal calls exactly as many as it asks for, leads before team members,
// evenly; only the program itself may ask for one, and it is a drill.
func TestWhomARehearsalCalls(t *testing.T) {
	t.Parallel()
	b := newBench(t, sqldbtest.Open(t, sqldb.SQLite), 40)
	for n := range 10 {
		b.Members = append(b.Members, mobilise.Called{PersonID: fmt.Sprintf("member %d", n), UnitID: b.Village, TeamID: b.Team})
	}
	teams := func(p *mobilise.Propose) { p.Audience.AllTeams = true }
	for _, want := range []struct{ people, leads int }{{8, 8}, {40, 40}, {45, 40}, {50, 40}} {
		o, err := b.rehearsal(rehearser, want.people, teams)
		if err != nil {
			t.Fatal(err)
		}
		if o, err = b.Orders.Approve(t.Context(), approver, mobilise.Command{Number: o.Number}); err != nil {
			t.Fatal(err)
		}
		leads, last := 0, 0
		for _, r := range b.Receipts(o) {
			if r.Role == string(auth.Lead) {
				leads, last = leads+1, slices.Index(b.Leads, r.PersonID)
			}
		}
		if n := len(b.Receipts(o)); n != want.people || leads != want.leads || last < 40-40/want.leads {
			t.Errorf("of %d: %d people, %d leads, the last of them number %d", want.people, n, leads, last)
		}
		if mine, err := b.Orders.Mine(t.Context(), b.Lead(0)); err != nil || len(mine) != 0 {
			t.Errorf("a lead is shown %d orders that nobody told them of, %v", len(mine), err)
		}
	}
	_, err := b.rehearsal(rehearser, 51, teams)
	if e := errs.As(err); e.Code != "order.rehearsal_few" || !slices.Contains(e.Args, any(50)) {
		t.Errorf("too few people: %v %v", err, e.Args)
	}
	if _, err := b.rehearsal(b.Command, 5, nil); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("by an official: %v", err)
	}
	real := func(p *mobilise.Propose) { p.Kind = mobilise.Real }
	if _, err := b.rehearsal(rehearser, 5, real); errs.KindOf(err) != errs.Invalid {
		t.Errorf("as a real order: %v", err)
	}
	if _, err := b.rehearsal(rehearser, mobilise.MaxPeople+1, nil); errs.CodeOf(err) != "order.rehearsal_bad" {
		t.Errorf("too many: %v", err)
	}
}
