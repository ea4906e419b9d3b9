// Package dispatch tells an order's people: by one channel after the other, within each gateway's pace, each message once.
//
// One job per order walks its receipts. For each that is due the rule
// [mobilise.Receipt.Next] says what to do; what is to be sent is written down
// before it is sent (a try, "handing") and after it (taken, refused or failed).
//
//	handing ──► taken
//	   │  └───► refused   the number is none
//	   │  ◄───► failed    the gateway didn't take it; tried again under the same id
//	   └──────► unsure    the program died in between, and the channel knows no ids:
//	                      counts as told, so that nobody is told the same twice by it
package dispatch

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/gateway"
	"bilin/internal/i18n"
	"bilin/internal/job"
	"bilin/internal/live"
	"bilin/internal/mobilise"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// Phones opens numbers in bulk, on record; network.Service does.
type Phones interface {
	SealedPhones(ctx context.Context, q sqldb.Querier, personIDs []string) (map[string]string, error)
	OpenPhone(personID, sealed string) (string, error)
	RecordPhones(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, purpose string, detail any, n int) error
}

// Pushes knows who has a browser that takes notifications.
type Pushes interface {
	Has(ctx context.Context, personIDs []string) (map[string]bool, error)
}

// Route is a channel's sender. Repeats says that the other side takes an id
// once, so that a message may be sent again after a crash.
type Route struct {
	Sender  gateway.Sender
	Repeats bool
	Pace    int // messages a second that it takes at most; 0 for no limit
}

// Options are what a Service works with.
type Options struct {
	DB        *sqldb.DB
	Orders    *mobilise.Service
	Tree      func() *network.Tree
	Phones    Phones
	Pushes    Pushes // nil: nobody is told by push
	Routes    map[mobilise.Channel]Route
	Groups    Groups
	Live      *live.Hub
	PublicURL string // https://…, for the answer links
	Now       func() time.Time
	Look      time.Duration // how often an order is looked at without being woken; 0 for what suits true time
	Logger    *slog.Logger
}

// Service tells people.
type Service struct {
	o       Options
	catalog *i18n.Catalog
	health  health
	stop    chan struct{}
	stopped sync.Once
}

// New returns the service. Register has orders worked on.
func New(o Options) (*Service, error) {
	catalog, err := i18n.New(mobilise.Messages)
	if err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return &Service{o: o, catalog: catalog, health: newHealth(), stop: make(chan struct{})}, nil
}

// Register has a runner tell orders' people. It should be a runner of its own,
// with a short lease: after a crash nobody waits for longer than that.
func (s *Service) Register(r *job.Runner) {
	r.Handle(mobilise.JobDispatch, s.run)
	r.Handle(jobKnock, s.knockers)
	r.Handle(mobilise.JobGroups, s.tellGroups)
}

// Stop lets the orders that are worked on rest; they go on after a start.
func (s *Service) Stop() { s.stopped.Do(func() { close(s.stop) }) }

// An order is looked at without being woken, since another replica doesn't hear
// of what is done here: often while something is due soon, else now and then.
const (
	look   = time.Second
	glance = 5 * time.Second
	soon   = 30 * time.Second
)

// again is when an order is taken up after something failed. It doesn't count as
// an attempt: an order that lives for days must not wait longer each time.
const again = 3 * time.Second

// run is the job that tells one order's people.
func (s *Service) run(ctx context.Context, run job.Run) error {
	var id string
	if err := run.Decode(&id); err != nil {
		return err
	}
	o, err := mobilise.ReadOrder(ctx, s.o.DB.Reader(), id)
	switch {
	case err != nil:
		return err
	case o.IsRehearsal():
		return job.Fatal(errRehearsal)
	}
	for {
		rests, err := s.work(ctx, id)
		if err != nil && ctx.Err() == nil {
			s.o.Logger.Error("dispatch: an order's people", "order", o.Number, "error", err)
			return job.Snooze(again)
		}
		if err != nil {
			return err
		}
		if rests {
			return job.Snooze(0)
		}
		if done, err := s.finish(ctx, run, id); done || err != nil {
			return err
		}
	}
}

// finish ends the job, unless something came to be due since the last look:
// whoever asked for it found the job still running.
func (s *Service) finish(ctx context.Context, run job.Run, id string) (done bool, err error) {
	err = mobilise.Alone(ctx, s.o.DB, id, func(tx *sqldb.Tx, o *mobilise.Order) error {
		next, err := nextDue(ctx, tx, id)
		done = err == nil && !o.Live() && next == mobilise.Never
		if !done {
			return err
		}
		return run.Finish(ctx, tx)
	})
	return done, err
}

// work works on one order until nothing is left to be sent, or until Stop: then it rests.
func (s *Service) work(ctx context.Context, id string) (rests bool, err error) {
	woken, forget := s.o.DB.Watch(mobilise.Signal)
	defer forget()
	if err := s.recover(ctx, id); err != nil {
		return false, err
	}
	w := &walk{Service: s, id: id}
	if err := w.remember(ctx); err != nil {
		return false, err
	}
	for {
		next, err := w.pass(ctx)
		switch {
		case err != nil:
			return false, err
		case next == mobilise.Never && !w.live:
			return false, nil
		}
		timer := time.NewTimer(s.pause(next))
		select {
		case <-woken:
		case <-timer.C:
		case <-s.stop:
			timer.Stop()
			return true, nil
		case <-ctx.Done():
			timer.Stop()
			return false, ctx.Err()
		}
		timer.Stop()
	}
}

func (s *Service) pause(next int64) time.Duration {
	most, wait := look, next-sqldb.Millis(s.o.Now()) // Never is more milliseconds than a Duration holds
	if wait > soon.Milliseconds() {
		most = glance
	}
	most = cmp.Or(s.o.Look, most)
	wait = min(wait, most.Milliseconds())
	return max(time.Millisecond, time.Duration(wait)*time.Millisecond)
}

// recover settles what a program that died left between writing down and
// sending. What can be sent again is; the rest counts as told.
func (s *Service) recover(ctx context.Context, id string) error {
	return mobilise.Alone(ctx, s.o.DB, id, func(tx *sqldb.Tx, o *mobilise.Order) error {
		left, err := handing(ctx, tx, id)
		if err != nil || len(left) == 0 {
			return err
		}
		results := make([]result, len(left))
		for i, t := range left {
			results[i] = result{try: t, state: failed, order: id, why: "order.try.stopped"}
			if !s.o.Routes[t.channel].Repeats {
				results[i].state = unsure
			}
		}
		return s.settleIn(ctx, tx, o, results)
	})
}

// send hands messages over and calls done with what became of each, one call
// at a time.
func (s *Service) send(ctx context.Context, batch []message, done func(result)) {
	var mu sync.Mutex
	settle := func(m *message, err error) {
		mu.Lock()
		defer mu.Unlock()
		done(s.outcome(ctx, m, err))
	}
	by := map[mobilise.Channel][]*message{}
	for i := range batch {
		m := &batch[i]
		if m.broken != "" {
			settle(m, errs.E(errs.Invalid, m.broken))
			continue
		}
		by[m.channel] = append(by[m.channel], m)
	}
	var group sync.WaitGroup
	for c, list := range by {
		group.Go(func() { handOver(ctx, s.o.Routes[c].Sender, list, settle) })
	}
	group.Wait()
}

// atOnce is how many messages are under way at the same time by a channel that
// takes them one by one.
const atOnce = 16

func handOver(ctx context.Context, sender gateway.Sender, list []*message, settle func(*message, error)) {
	if many, ok := sender.(gateway.Bulk); ok {
		messages := make([]gateway.Message, len(list))
		for i, m := range list {
			messages[i] = m.Message
		}
		many.SendMany(ctx, messages, func(i int, err error) { settle(list[i], err) })
		return
	}
	next := make(chan *message, len(list))
	for _, m := range list {
		next <- m
	}
	close(next)
	var group sync.WaitGroup
	for range min(atOnce, len(list)) {
		group.Go(func() {
			for m := range next {
				settle(m, sender.Send(ctx, m.Message))
			}
		})
	}
	group.Wait()
}

// outcome reads what a sender said. That we stopped is no fault of the gateway.
func (s *Service) outcome(ctx context.Context, m *message, err error) result {
	r := result{try: m.try, order: m.order.ID, state: taken}
	switch {
	case err == nil:
	case ctx.Err() != nil || errors.Is(err, context.Canceled):
		r.state, r.why = failed, "order.try.stopped"
		return r
	case errs.KindOf(err) == errs.Invalid:
		r.state, r.why = refused, errs.CodeOf(err)
	default:
		r.state, r.why = failed, errs.CodeOf(err)
	}
	if m.broken == "" {
		s.health.note(m.channel, r.state == failed, r.why, s.o.Now())
	}
	if r.state == failed && gateway.Untouched(err) {
		r.why = untouched
	}
	return r
}
