package job_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bilin/internal/job"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// bench is a database, a clock that tests move, and runners on both.
type bench struct {
	t     *testing.T
	db    *sqldb.DB
	ahead atomic.Int64
}

func each(t *testing.T, fn func(b *bench)) {
	t.Helper()
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) { fn(&bench{t: t, db: db}) })
}

func (b *bench) now() time.Time { return time.Now().Add(time.Duration(b.ahead.Load())) }

func (b *bench) runner(opt job.Options) *job.Runner {
	opt.Now = b.now
	if opt.Poll == 0 {
		opt.Poll = 10 * time.Millisecond
	}
	return job.NewRunner(b.db, slog.New(slog.DiscardHandler), opt)
}

func (b *bench) start(r *job.Runner) {
	b.t.Helper()
	if err := r.Start(context.Background()); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := r.Stop(ctx); err != nil {
			b.t.Error(err)
		}
	})
}

func (b *bench) enqueue(jobs ...job.Job) {
	b.t.Helper()
	err := b.db.Write(context.Background(), func(tx *sqldb.Tx) error {
		return job.EnqueueMany(context.Background(), tx, jobs)
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// counts are the jobs of a kind, by state.
func (b *bench) counts(kind string) map[job.State]int64 {
	b.t.Helper()
	all, err := job.Counts(context.Background(), b.db.Reader())
	if err != nil {
		b.t.Fatal(err)
	}
	found := map[job.State]int64{}
	for _, c := range all {
		if c.Kind == kind {
			found[c.State] = c.N
		}
	}
	return found
}

// until waits for something to become true.
func (b *bench) until(what string, ok func() bool) {
	b.t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			b.t.Fatalf("never: %s", what)
		}
	}
}

func (b *bench) untilCount(kind string, state job.State, n int64) {
	b.t.Helper()
	b.until(fmt.Sprintf("%d %s %s", n, kind, state), func() bool { return b.counts(kind)[state] == n })
}

func TestJobsRunInOrderWithTheirPayload(t *testing.T) {
	each(t, func(b *bench) {
		var got []string
		r := b.runner(job.Options{Workers: 1})
		r.Handle("greet", func(_ context.Context, run job.Run) error {
			var name string
			err := run.Decode(&name)
			got = append(got, name)
			return err
		})
		b.enqueue(job.Job{Kind: "greet", Payload: "一"}, job.Job{Kind: "greet", Payload: "二"},
			job.Job{Kind: "greet", Payload: "later", RunAt: b.now().Add(time.Hour)}, job.Job{Kind: "unknown"})
		b.start(r)
		b.untilCount("greet", job.Done, 2)
		b.ahead.Store(int64(2 * time.Hour))
		b.untilCount("greet", job.Done, 3)
		if !slices.Equal(got, []string{"一", "二", "later"}) {
			b.t.Errorf("ran %v", got)
		}
		if b.counts("unknown")[job.Queued] != 1 {
			b.t.Error("a job nobody handles was taken")
		}
	})
}

// An enqueue wakes the runner at its commit, long before it would have looked.
func TestEnqueueWakes(t *testing.T) {
	each(t, func(b *bench) {
		r := b.runner(job.Options{Poll: time.Hour})
		ran := make(chan struct{}, 1)
		r.Handle("work", func(context.Context, job.Run) error { ran <- struct{}{}; return nil })
		b.start(r)
		b.untilCount("job.prune", job.Done, 1)
		time.Sleep(20 * time.Millisecond) // let it go to sleep
		b.enqueue(job.Job{Kind: "work"})
		select {
		case <-ran:
		case <-time.After(time.Minute):
			b.t.Error("not woken")
		}
	})
}

func TestKeyIsUniqueAmongUnfinished(t *testing.T) {
	each(t, func(b *bench) {
		one := job.Job{Kind: "work", Key: "k"}
		b.enqueue(one, one, job.Job{Kind: "work", Key: "other"}, job.Job{Kind: "work"}, job.Job{Kind: "work"})
		b.enqueue(one)
		if n := b.counts("work")[job.Queued]; n != 4 {
			b.t.Errorf("%d queued", n)
		}
		r := b.runner(job.Options{})
		r.Handle("work", func(context.Context, job.Run) error { return nil })
		b.start(r)
		b.untilCount("work", job.Done, 4)
		b.enqueue(one)
		b.untilCount("work", job.Done, 5)
	})
}

// A command that fails leaves no job behind.
func TestEnqueueBelongsToItsCommand(t *testing.T) {
	each(t, func(b *bench) {
		stop := errors.New("stop")
		err := b.db.Write(b.t.Context(), func(tx *sqldb.Tx) error {
			return errors.Join(job.Enqueue(b.t.Context(), tx, job.Job{Kind: "work"}), stop)
		})
		if !errors.Is(err, stop) || len(b.counts("work")) != 0 {
			b.t.Errorf("%v, %v", err, b.counts("work"))
		}
	})
}

func TestFailuresAreTriedAgainUntilDead(t *testing.T) {
	each(t, func(b *bench) {
		var mu sync.Mutex
		var attempts []int
		r := b.runner(job.Options{MaxAttempts: 3})
		r.Handle("work", func(_ context.Context, run job.Run) error {
			mu.Lock()
			attempts = append(attempts, run.Attempt)
			mu.Unlock()
			if run.Attempt == 2 {
				panic("oh")
			}
			return errors.New("gateway down")
		})
		b.enqueue(job.Job{Kind: "work"})
		b.start(r)
		for n := 1; n < 3; n++ {
			b.until("attempt", func() bool {
				mu.Lock()
				defer mu.Unlock()
				return len(attempts) == n
			})
			b.untilCount("work", job.Retry, 1)
			b.ahead.Add(int64(time.Hour))
		}
		b.untilCount("work", job.Dead, 1)
		failed, err := job.Failures(b.t.Context(), b.db.Reader(), 10)
		// The clock's jump may have ended the lease of the runner's own pruning.
		failed = slices.DeleteFunc(failed, func(f job.Failed) bool { return f.Kind != "work" })
		if err != nil || len(failed) != 1 || failed[0].Error != "gateway down" || failed[0].Attempt != 3 {
			b.t.Fatalf("%+v, %v", failed, err)
		}
		b.revive(failed[0].ID, true)
		b.untilCount("work", job.Retry, 1)
		b.revive(failed[0].ID, false)
		mu.Lock()
		defer mu.Unlock()
		if !slices.Equal(attempts, []int{1, 2, 3, 1}) {
			b.t.Errorf("attempts %v", attempts)
		}
	})
}

func (b *bench) revive(id string, want bool) {
	b.t.Helper()
	err := b.db.Write(context.Background(), func(tx *sqldb.Tx) error {
		did, err := job.Revive(context.Background(), tx, id, b.now())
		if did != want {
			b.t.Errorf("revived: %v", did)
		}
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

func TestFatalAndSnooze(t *testing.T) {
	each(t, func(b *bench) {
		var snoozed atomic.Int64
		r := b.runner(job.Options{})
		r.Handle("fatal", func(_ context.Context, run job.Run) error { return run.Decode(new(int)) })
		r.Handle("snooze", func(_ context.Context, run job.Run) error {
			if run.Attempt != 1 {
				b.t.Errorf("attempt %d", run.Attempt)
			}
			if snoozed.Add(1) < 4 {
				return job.Snooze(time.Millisecond)
			}
			return nil
		})
		b.enqueue(job.Job{Kind: "fatal", Payload: "no number"}, job.Job{Kind: "snooze"})
		b.start(r)
		b.untilCount("fatal", job.Dead, 1)
		b.untilCount("snooze", job.Done, 1)
	})
}

// A job put off for no time is often taken again before the goroutine of its
// last run has ended; neither may disturb the other.
func TestTakenAgainAtOnce(t *testing.T) {
	each(t, func(b *bench) {
		const jobs, rounds = 20, 10
		var mu sync.Mutex
		runs := map[string]int{}
		r := b.runner(job.Options{Poll: time.Millisecond})
		r.Handle("again", func(ctx context.Context, run job.Run) error {
			mu.Lock()
			defer mu.Unlock()
			if runs[run.ID]++; runs[run.ID] < rounds {
				return job.Snooze(0)
			}
			return ctx.Err()
		})
		for range jobs {
			b.enqueue(job.Job{Kind: "again"})
		}
		b.start(r)
		b.untilCount("again", job.Done, jobs)
		mu.Lock()
		defer mu.Unlock()
		for id, n := range runs {
			if n != rounds {
				b.t.Errorf("%s ran %d times", id, n)
			}
		}
	})
}

// What a handler does in the transaction it finishes in happens once, even if
// the handler is run again because nobody heard of the first time.
func TestFinishMakesItOnce(t *testing.T) {
	each(t, func(b *bench) {
		ctx := context.Background()
		r := b.runner(job.Options{})
		var stale job.Run
		r.Handle("work", func(_ context.Context, run job.Run) error {
			stale = run
			return b.db.Write(ctx, func(tx *sqldb.Tx) error {
				_, err := tx.ExecContext(ctx, "INSERT INTO meta (key, value) VALUES ($1, '')", run.ID)
				return errors.Join(err, run.Finish(ctx, tx))
			})
		})
		b.enqueue(job.Job{Kind: "work"})
		b.start(r)
		b.untilCount("work", job.Done, 1)
		err := b.db.Write(ctx, func(tx *sqldb.Tx) error { return stale.Finish(ctx, tx) })
		if !errors.Is(err, job.ErrLost) {
			b.t.Errorf("finished twice: %v", err)
		}
	})
}

// A job whose runner died is done by another after its lease; the dead one's
// last word no longer counts.
func TestRescue(t *testing.T) {
	each(t, func(b *bench) {
		ctx := context.Background()
		// The first has no worker left to take the job again, and doesn't look.
		first := b.runner(job.Options{Workers: 1, Poll: time.Hour, Lease: time.Hour})
		second := b.runner(job.Options{})
		lost := make(chan job.Run, 1)
		hold := make(chan struct{})
		first.Handle("work", func(ctx context.Context, run job.Run) error {
			lost <- run
			<-hold
			return errors.New("too late")
		})
		second.Handle("work", func(_ context.Context, run job.Run) error {
			if run.Attempt != 2 {
				b.t.Errorf("attempt %d", run.Attempt)
			}
			return nil
		})
		b.enqueue(job.Job{Kind: "work", Key: "k"})
		b.start(first)
		run := <-lost
		b.lapse(run.ID)
		b.start(second)
		b.untilCount("work", job.Done, 1)
		err := b.db.Write(ctx, func(tx *sqldb.Tx) error { return run.Finish(ctx, tx) })
		if !errors.Is(err, job.ErrLost) {
			b.t.Errorf("the first runner finished it: %v", err)
		}
		close(hold)
	})
}

// lapse makes a job look as if its runner had died long ago.
func (b *bench) lapse(id string) {
	b.t.Helper()
	err := b.db.Write(context.Background(), func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(context.Background(),
			"UPDATE job SET lease_until = 1, lease = 'somebody who died' WHERE id = $1 AND state = 'running'", id)
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// A long job keeps its lease, and notices when it has lost it all the same.
func TestLeaseIsRenewed(t *testing.T) {
	each(t, func(b *bench) {
		r := b.runner(job.Options{Lease: 600 * time.Millisecond}) // long enough for a slow disk
		var runs atomic.Int64
		ended := make(chan error, 1)
		r.Handle("long", func(ctx context.Context, run job.Run) error {
			if runs.Add(1) > 1 {
				return nil
			}
			select {
			case <-ctx.Done():
				b.t.Error("cancelled while the lease held")
			case <-time.After(1500 * time.Millisecond):
			}
			b.lapse(run.ID)
			<-ctx.Done()
			ended <- ctx.Err()
			return ctx.Err()
		})
		b.enqueue(job.Job{Kind: "long"})
		b.start(r)
		select {
		case <-ended:
		case <-time.After(time.Minute):
			b.t.Fatal("not told that the lease was lost")
		}
		b.untilCount("long", job.Done, 1)
	})
}

// Two runners share the work: everything is done, nothing twice.
func TestTwoRunners(t *testing.T) {
	each(t, func(b *bench) {
		var mu sync.Mutex
		ran := map[string]int{}
		for range 2 {
			r := b.runner(job.Options{Workers: 5})
			r.Handle("work", func(_ context.Context, run job.Run) error {
				mu.Lock()
				defer mu.Unlock()
				ran[run.Key]++
				return nil
			})
			b.start(r)
		}
		var jobs []job.Job
		for i := range 300 {
			jobs = append(jobs, job.Job{Kind: "work", Key: fmt.Sprint(i)})
		}
		b.enqueue(jobs...)
		b.untilCount("work", job.Done, 300)
		mu.Lock()
		defer mu.Unlock()
		for key, n := range ran {
			if n != 1 {
				b.t.Errorf("%s ran %d times", key, n)
			}
		}
	})
}

func TestStopWaitsForRunningJobs(t *testing.T) {
	each(t, func(b *bench) {
		r := b.runner(job.Options{Workers: 1})
		started := make(chan struct{})
		r.Handle("work", func(context.Context, job.Run) error {
			close(started)
			time.Sleep(50 * time.Millisecond)
			return nil
		})
		b.enqueue(job.Job{Kind: "work", Key: "1"}, job.Job{Kind: "work", Key: "2"})
		if err := r.Start(b.t.Context()); err != nil {
			b.t.Fatal(err)
		}
		<-started
		if err := r.Stop(context.Background()); err != nil {
			b.t.Error(err)
		}
		if c := b.counts("work"); c[job.Done] != 1 || c[job.Queued] != 1 {
			b.t.Errorf("%v", c)
		}
	})
}

// A job cut off by a stop is queued again and has not used up an attempt.
func TestStopCutsOff(t *testing.T) {
	each(t, func(b *bench) {
		r := b.runner(job.Options{MaxAttempts: 1})
		started := make(chan struct{})
		r.Handle("work", func(ctx context.Context, _ job.Run) error {
			close(started)
			<-ctx.Done()
			return ctx.Err()
		})
		b.enqueue(job.Job{Kind: "work"})
		if err := r.Start(b.t.Context()); err != nil {
			b.t.Fatal(err)
		}
		<-started
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
		defer cancel()
		if err := r.Stop(ctx); err != nil {
			b.t.Error(err)
		}
		if c := b.counts("work"); c[job.Queued] != 1 {
			b.t.Errorf("%v", c)
		}
	})
}

// Each moment of a schedule comes once, however many runners there are.
func TestEvery(t *testing.T) {
	each(t, func(b *bench) {
		var ran atomic.Int64
		for range 2 {
			r := b.runner(job.Options{})
			r.Every("report", 24*time.Hour, func(context.Context) error { ran.Add(1); return nil })
			b.start(r)
		}
		for day := range int64(3) {
			b.untilCount("report", job.Done, 1) // yesterday's has been pruned, or this is the first
			b.until("run of the day", func() bool { return ran.Load() == day+1 })
			time.Sleep(50 * time.Millisecond)
			if n := ran.Load(); n != day+1 {
				b.t.Fatalf("day %d: ran %d times", day, n)
			}
			b.ahead.Add(int64(24*time.Hour + time.Minute))
		}
	})
}
