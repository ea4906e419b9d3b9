package job

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"bilin/internal/sqldb"
)

// Options tune a runner; the zero value of each has a sensible default.
type Options struct {
	Workers     int           // jobs at the same time; 8
	MaxAttempts int           // before a job is dead; 24, some 14 hours
	Lease       time.Duration // how long after a crash a job is tried again; 30 s
	Poll        time.Duration // how often to look without being woken; 2 s
	KeepDone    time.Duration // how long a done job stays; one day
	KeepDead    time.Duration // how long a dead one does; 90 days
	Now         func() time.Time
	Rest        func(context.Context) (Rest, error) // what isn't to be begun; nil: nothing rests
}

func (o Options) withDefaults() Options {
	const day = 24 * time.Hour
	o.Workers = cmp.Or(o.Workers, 8)
	o.MaxAttempts = cmp.Or(o.MaxAttempts, 24)
	o.Lease = cmp.Or(o.Lease, 30*time.Second)
	o.Poll = cmp.Or(o.Poll, 2*time.Second)
	o.KeepDone = cmp.Or(o.KeepDone, day)
	o.KeepDead = cmp.Or(o.KeepDead, 90*day)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rest == nil {
		o.Rest = func(context.Context) (Rest, error) { return nil, nil }
	}
	return o
}

// Handler does a job. Its context ends when the lease is lost or the runner has
// no more time to stop.
type Handler func(ctx context.Context, run Run) error

// Runner does jobs. Several runners may share a database.
type Runner struct {
	db        *sqldb.DB
	log       *slog.Logger
	opt       Options
	handlers  map[string]Handler
	kinds     []string
	schedules []schedule
	lease     string // names this runner on the jobs it holds

	mu     sync.Mutex
	active map[attempt]*hold

	troubles troubles

	freed       chan struct{}  // a worker is free again
	dispatching sync.WaitGroup // the loop that begins jobs
	jobs        sync.WaitGroup // handlers that run
	tending     sync.WaitGroup // the loop that keeps leases and schedules
	halt        context.CancelFunc
	cut         context.CancelFunc
	rest        context.CancelFunc
}

// schedule is a job that comes again and again.
type schedule struct {
	name     string
	interval time.Duration
}

// pruning is the runner's own schedule.
const pruning = "job.prune"

// NewRunner returns a runner that does nothing until Start.
func NewRunner(db *sqldb.DB, log *slog.Logger, opt Options) *Runner {
	r := &Runner{
		db: db, log: log, opt: opt.withDefaults(), lease: sqldb.NewID(),
		handlers: map[string]Handler{}, active: map[attempt]*hold{},
		freed: make(chan struct{}, 1),
	}
	r.Every(pruning, time.Hour, r.prune)
	return r
}

// Handle names who does jobs of a kind. Before Start, and once per kind.
func (r *Runner) Handle(kind string, fn Handler) {
	if _, taken := r.handlers[kind]; taken {
		panic("job: two handlers for " + kind)
	}
	r.handlers[kind] = fn
}

// Kinds are what the runner was given to do, without what comes by schedule.
func (r *Runner) Kinds() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(r.handlers)), func(kind string) bool {
		return slices.ContainsFunc(r.schedules, func(s schedule) bool { return s.name == kind })
	})
}

// Wake has this process's runners look for work once the transaction commits.
func Wake(tx *sqldb.Tx) { tx.Signal(topic) }

// Every has fn called at an interval, by one of the runners that share the
// database. It runs as a job of the kind name: a failure is tried again, and
// two runs never overlap. Moments missed while nothing ran count as one.
func (r *Runner) Every(name string, interval time.Duration, fn func(ctx context.Context) error) {
	r.Handle(name, func(ctx context.Context, _ Run) error { return fn(ctx) })
	r.schedules = append(r.schedules, schedule{name, interval})
}

// Start begins to do jobs. When ctx ends, no further job begins; Stop waits for
// those that run.
func (r *Runner) Start(ctx context.Context) error {
	r.kinds = slices.Sorted(maps.Keys(r.handlers))
	if err := r.plan(ctx); err != nil {
		return err
	}
	// Three contexts, since stopping goes in steps: no further job begins, the
	// running ones are cut off, their leases are no longer kept.
	base := context.WithoutCancel(ctx)
	beginning, halt := context.WithCancel(ctx)
	running, cut := context.WithCancel(base)
	tending, rest := context.WithCancel(base)
	r.halt, r.cut, r.rest = halt, cut, rest
	r.dispatching.Go(func() { r.dispatch(beginning, running) })
	r.tending.Go(func() { r.tend(tending) })
	return nil
}

// Stop lets the running jobs end. When ctx ends first, their contexts are
// cancelled, and those that then give up are queued again.
func (r *Runner) Stop(ctx context.Context) error {
	if r.halt == nil {
		return nil
	}
	r.halt()
	done := make(chan struct{})
	go func() {
		r.dispatching.Wait()
		r.jobs.Wait()
		close(done)
	}()
	defer func() {
		r.cut()
		r.rest()
		r.tending.Wait()
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	r.cut()
	select {
	case <-done:
		return nil
	case <-time.After(grace):
		return errors.New("job: some jobs didn't stop; they will be tried again after their lease")
	}
}

// grace is how long a handler has to notice that its context was cancelled.
const grace = 3 * time.Second

// prune is the runner's own scheduled job.
func (r *Runner) prune(ctx context.Context) error {
	for ctx.Err() == nil {
		now := r.opt.Now()
		var n int64
		err := r.db.Claim(ctx, func(tx *sqldb.Tx) (err error) {
			n, err = Prune(ctx, tx, now.Add(-r.opt.KeepDone), now.Add(-r.opt.KeepDead))
			return err
		})
		if err != nil || n == 0 {
			return err
		}
	}
	return context.Cause(ctx)
}
