package job

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"bilin/internal/sqldb"
)

// tend renews this runner's leases, takes back those that lapsed, and enqueues
// what is scheduled, until ctx ends.
func (r *Runner) tend(ctx context.Context) {
	ticker := time.NewTicker(min(r.opt.Poll, r.opt.Lease/3))
	defer ticker.Stop()
	renewed := r.opt.Now()
	for {
		if now := r.opt.Now(); now.Sub(renewed) >= r.opt.Lease/3 {
			renewed = now
			r.renew(ctx, now)
		}
		if err := errors.Join(r.rescue(ctx), r.tick(ctx)); err != nil && ctx.Err() == nil {
			r.problem("tend", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// renew keeps the jobs that run, and cancels those that are no longer ours.
func (r *Runner) renew(ctx context.Context, now time.Time) {
	before := r.running()
	if len(before) == 0 {
		return
	}
	ids := make([]string, len(before))
	for i, a := range before {
		ids[i] = a.id
	}
	var held []attempt
	err := r.db.Claim(ctx, func(tx *sqldb.Tx) (err error) {
		held, err = renew(ctx, tx, r.lease, ids, now.Add(r.opt.Lease))
		return err
	})
	if err != nil {
		r.problem("renew leases", err)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, a := range before {
		if run, here := r.active[a]; here && !slices.Contains(held, a) {
			run.cancel() // taken over, or just concluding
		}
	}
}

func (r *Runner) running() []attempt {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Collect(maps.Keys(r.active))
}

// errLapsed is what a job's error says after its runner died.
var errLapsed = errors.New("the program ended while the job ran")

// rescue takes back jobs whose lease has lapsed: their runner is gone.
func (r *Runner) rescue(ctx context.Context) error {
	now := r.opt.Now()
	var any bool
	err := r.db.Reader().QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM job WHERE state = 'running' AND lease_until < $1)`,
		sqldb.Millis(now)).Scan(&any)
	if err != nil || !any {
		return err
	}
	return r.db.Claim(ctx, func(tx *sqldb.Tx) error {
		runs, err := lapsed(ctx, tx, now)
		if err != nil {
			return err
		}
		for _, run := range runs {
			e := after(errLapsed, run.Attempt, r.opt.MaxAttempts, now, 0)
			if e.state == Retry {
				e.at = now // it has waited for the lease already
			}
			if err := settle(ctx, tx, run, e); err != nil {
				return err
			}
		}
		tx.Signal(topic)
		return nil
	})
}

// plan makes the schedules known to the database. A new one is due at once.
func (r *Runner) plan(ctx context.Context) error {
	now := sqldb.Millis(r.opt.Now())
	rows := make([][]any, len(r.schedules))
	for i, s := range r.schedules {
		rows[i] = []any{s.name, now}
	}
	err := r.db.Claim(ctx, func(tx *sqldb.Tx) error {
		return sqldb.InsertMany(ctx, tx, "job_schedule", []string{"name", "next_at"}, rows, "ON CONFLICT (name) DO NOTHING")
	})
	if err != nil {
		return fmt.Errorf("job: plan: %w", err)
	}
	return nil
}

// tick enqueues the scheduled jobs that are due.
func (r *Runner) tick(ctx context.Context) error {
	now := r.opt.Now()
	due, err := r.due(ctx, r.db.Reader(), "", now)
	if err != nil || len(due) == 0 {
		return err
	}
	return r.db.Claim(ctx, func(tx *sqldb.Tx) error {
		due, err := r.due(ctx, tx, tx.SkipLocked(), now)
		if err != nil {
			return err
		}
		for s, at := range due {
			_, err := tx.ExecContext(ctx, `UPDATE job_schedule SET next_at = $1 WHERE name = $2`,
				sqldb.Millis(nextRun(at, now, s.interval)), s.name)
			if err != nil {
				return err
			}
			if err := Enqueue(ctx, tx, Job{Kind: s.name, Key: s.name}); err != nil {
				return err
			}
		}
		return nil
	})
}

// due returns this runner's schedules that are due, and since when.
func (r *Runner) due(ctx context.Context, q sqldb.Querier, lock string, now time.Time) (map[schedule]time.Time, error) {
	rows, err := q.QueryContext(ctx, `SELECT name, next_at FROM job_schedule WHERE next_at <= $1 ORDER BY name`+lock, sqldb.Millis(now))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	due := map[schedule]time.Time{}
	for rows.Next() {
		var name string
		var at int64
		if err := rows.Scan(&name, &at); err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(r.schedules, func(s schedule) bool { return s.name == name }); i >= 0 {
			due[r.schedules[i]] = sqldb.Time(at)
		}
	}
	return due, rows.Err()
}
