package job

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"sync/atomic"
	"time"

	"bilin/internal/sqldb"
)

// dispatch gives due jobs to free workers until ctx ends.
func (r *Runner) dispatch(ctx, running context.Context) {
	woken, stop := r.db.Watch(topic)
	defer stop()
	for ctx.Err() == nil {
		timer := time.NewTimer(r.fill(ctx, running))
		select {
		case <-ctx.Done():
		case <-woken:
		case <-r.freed:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// elsewhere is how long to wait when jobs are due that another replica is just taking.
const elsewhere = 20 * time.Millisecond

// fill starts as many due jobs as there are free workers and says when to look
// again, if nothing happens before.
func (r *Runner) fill(ctx, running context.Context) time.Duration {
	r.mu.Lock()
	free := r.opt.Workers - len(r.active)
	r.mu.Unlock()
	if free <= 0 {
		return r.opt.Poll
	}
	now := r.opt.Now()
	rest, err := r.opt.Rest(ctx)
	if err != nil {
		r.problem("ask what rests", err)
		return r.opt.Poll
	}
	due, found, err := nextDue(ctx, r.db.Reader(), r.kinds, rest)
	switch {
	case err != nil:
		if ctx.Err() == nil {
			r.problem("look for work", err)
		}
		return r.opt.Poll
	case !found:
		return r.opt.Poll
	case due.After(now):
		return min(r.opt.Poll, due.Sub(now))
	}
	runs, err := r.claim(ctx, rest, free, now)
	if err != nil {
		r.problem("claim", err)
		return r.opt.Poll
	}
	for _, run := range runs {
		r.begin(running, run)
	}
	if len(runs) == 0 {
		return elsewhere
	}
	return 0
}

func (r *Runner) claim(ctx context.Context, rest Rest, n int, now time.Time) (runs []Run, err error) {
	err = r.db.Claim(context.WithoutCancel(ctx), func(tx *sqldb.Tx) (err error) {
		runs, err = take(ctx, tx, r.kinds, rest, n, r.lease, now, now.Add(r.opt.Lease))
		return err
	})
	return runs, err
}

// begin runs a job in a goroutine of its own.
func (r *Runner) begin(running context.Context, run Run) {
	ctx, cancel := context.WithCancel(running)
	run.now, run.finished = r.opt.Now, new(atomic.Bool)
	key, own := attempt{run.ID, run.Attempt}, &hold{cancel}
	r.mu.Lock()
	r.active[key] = own
	r.mu.Unlock()
	r.jobs.Go(func() {
		defer r.release(key, own)
		r.conclude(running, run, call(ctx, r.handlers[run.Kind], run))
	})
}

// hold is what one goroutine has of a run.
type hold struct{ cancel context.CancelFunc }

// release gives up what a run held. A job that was put off may be taken again,
// as the same attempt, between its conclusion and this: the hold is the new run's then.
func (r *Runner) release(a attempt, own *hold) {
	own.cancel()
	r.mu.Lock()
	if r.active[a] == own {
		delete(r.active, a)
	}
	r.mu.Unlock()
	select {
	case r.freed <- struct{}{}:
	default:
	}
}

// call calls the handler and turns a panic into an error.
func call(ctx context.Context, fn Handler, run Run) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return fn(ctx, run)
}

// conclude writes down how a run ended. running is over when the runner was
// told to stop at once; a job that then gave up has not failed.
func (r *Runner) conclude(running context.Context, run Run, err error) {
	if run.finished.Load() {
		if err != nil {
			r.log.Warn("job: error after its finish", "kind", run.Kind, "job", run.ID, "error", err)
		}
		return
	}
	if err != nil && running.Err() != nil {
		err = Snooze(0)
	}
	e := after(err, run.Attempt, r.opt.MaxAttempts, r.opt.Now(), rand.Float64())
	ctx := context.WithoutCancel(running)
	failed := r.db.Claim(ctx, func(tx *sqldb.Tx) error { return settle(ctx, tx, run, e) })
	if failed != nil {
		r.problem("conclude "+run.Kind, failed)
	}
	switch e.state {
	case Retry:
		r.log.Warn("job: failed, will be tried again", "kind", run.Kind, "job", run.ID, "attempt", run.Attempt, "at", e.at, "error", err)
	case Dead:
		r.log.Error("job: gave up", "kind", run.Kind, "job", run.ID, "attempt", run.Attempt, "error", err)
	case Queued, Running, Done:
	}
}
