package roster

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// leaseTime is how long a run stays with a process that no longer says a word.
const leaseTime = 12 * time.Second

// takeUp makes a run the one that is going on, waiting where a process that
// had it was killed a moment ago.
func (s *Service) takeUp(ctx context.Context, pick picker) (Run, error) {
	for {
		wait, run, err := s.tryTakeUp(ctx, pick)
		if err != nil || wait == 0 {
			return run, err
		}
		select {
		case <-ctx.Done():
			return run, context.Cause(ctx)
		case <-time.After(wait):
		}
	}
}

// picker chooses the run to take up, as part of taking it up.
type picker func(ctx context.Context, tx *sqldb.Tx) (Run, error)

func (s *Service) tryTakeUp(ctx context.Context, pick picker) (wait time.Duration, run Run, err error) {
	err = s.db.Write(ctx, func(tx *sqldb.Tx) error {
		var err error
		if run, err = pick(ctx, tx); err != nil {
			return err
		}
		if wait, err = s.makeRoom(ctx, tx, run.ID); err != nil || wait > 0 {
			return err
		}
		return s.activate(ctx, tx, &run)
	})
	return wait, run, err
}

// sameFile picks the interrupted run of r's file, else enters r.
func sameFile(r Run) picker {
	return func(ctx context.Context, tx *sqldb.Tx) (Run, error) {
		old, found, err := unfinished(ctx, tx, r.FileHash)
		if err != nil {
			return r, err
		}
		if !found {
			return r, insertRun(ctx, tx, &r)
		}
		old.SkipBad, old.ActorID, old.ActorName, old.scope, old.interrupted = r.SkipBad, r.ActorID, r.ActorName, r.scope, r.interrupted
		return old, nil
	}
}

// makeRoom ends a run whose process has gone. Another run that is alive is a
// conflict; the same run, whose process may be gone, is worth the wait.
func (s *Service) makeRoom(ctx context.Context, tx *sqldb.Tx, id string) (time.Duration, error) {
	var other, lease string
	var until int64
	err := tx.QueryRowContext(ctx, `SELECT id, lease, lease_until FROM roster_run WHERE active = 1`).Scan(&other, &lease, &until)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("roster: active run: %w", err)
	}
	left := sqldb.Time(until).Sub(s.now())
	switch {
	case left <= 0 || holderGone(lease):
	case other == id && leaseHost(lease) == hostName():
		return 0, errs.E(errs.Conflict, "roster.busy")
	case other == id:
		return min(left, time.Second), nil
	default:
		return 0, errs.E(errs.Conflict, "roster.busy")
	}
	_, err = tx.ExecContext(ctx, `UPDATE roster_run SET active = 0, state = 'stopped' WHERE id = $1`, other)
	if err != nil {
		return 0, fmt.Errorf("roster: drop gone run: %w", err)
	}
	return 0, nil
}

func (s *Service) activate(ctx context.Context, tx *sqldb.Tx, r *Run) error {
	r.lease, r.State, r.Stopping, r.Failure = newLease(), Running, false, nil
	if r.StartedAt.IsZero() {
		r.StartedAt = s.now()
	}
	_, err := tx.ExecContext(ctx, `UPDATE roster_run SET active = 1, lease = $1, lease_until = $2, state = 'running', stop_wanted = 0, error = '',
		started_at = $3, finished_at = 0, skip_bad = $4, actor_id = $5, actor_name = $6, scope = $7 WHERE id = $8`,
		r.lease, sqldb.Millis(s.now().Add(leaseTime)), sqldb.Millis(r.StartedAt), bit(r.SkipBad), r.ActorID, r.ActorName, strings.Join(r.scope, " "), r.ID)
	if err != nil {
		return fmt.Errorf("roster: activate run: %w", err)
	}
	return nil
}

// A lease names host, process and run, so that a process that was killed is
// known to be gone without waiting.
func newLease() string {
	return hostName() + " " + strconv.Itoa(os.Getpid()) + " " + sqldb.NewID()
}

func hostName() string {
	name, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return strings.ReplaceAll(name, " ", "_")
}

func leaseHost(lease string) string {
	host, _, _ := strings.Cut(lease, " ")
	return host
}

// holderGone reports whether the process that holds a lease ran on this host
// and does no more.
func holderGone(lease string) bool {
	parts := strings.Fields(lease)
	if len(parts) != 3 || parts[0] != hostName() {
		return false
	}
	pid, err := strconv.Atoi(parts[1])
	return err == nil && pid != os.Getpid() && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}

var errLeaseLost = errs.E(errs.Conflict, "roster.lease_lost")

// checkpoint moves the run's mark as part of a chunk's transaction, and
// returns whether somebody wishes it to stop.
func (s *Service) checkpoint(ctx context.Context, tx *sqldb.Tx, r Run) (stopping bool, err error) {
	report, err := json.Marshal(r.Report)
	if err != nil {
		return false, fmt.Errorf("roster: report: %w", err)
	}
	err = tx.QueryRowContext(ctx, `UPDATE roster_run SET row_count = $1, row_done = $2, report = $3, lease_until = $4 WHERE id = $5 AND lease = $6
		RETURNING stop_wanted`, r.Rows, r.RowsDone, string(report), sqldb.Millis(s.now().Add(leaseTime)), r.ID, r.lease).Scan(&stopping)
	if errors.Is(err, sql.ErrNoRows) {
		return false, errLeaseLost
	}
	if err != nil {
		return false, fmt.Errorf("roster: checkpoint: %w", err)
	}
	if s.live == nil {
		return stopping, nil
	}
	return stopping, s.live.Publish(ctx, tx, "import:"+r.ID, strconv.Itoa(r.RowsDone))
}

// beat extends the lease, and returns errStopped where somebody wishes the run to stop.
func (s *Service) beat(ctx context.Context, r Run) error {
	var stopping bool
	err := s.db.Write(ctx, func(tx *sqldb.Tx) error {
		err := tx.QueryRowContext(ctx, `UPDATE roster_run SET lease_until = $1 WHERE id = $2 AND lease = $3 RETURNING stop_wanted`,
			sqldb.Millis(s.now().Add(leaseTime)), r.ID, r.lease).Scan(&stopping)
		if errors.Is(err, sql.ErrNoRows) {
			return errLeaseLost
		}
		return err
	})
	if err == nil && stopping {
		return errStopped
	}
	return err
}

// release ends the run's being active.
func (s *Service) release(ctx context.Context, tx *sqldb.Tx, r Run) error {
	report, err := json.Marshal(r.Report)
	if err != nil {
		return fmt.Errorf("roster: report: %w", err)
	}
	issues, err := s.sealIssues(r)
	if err != nil {
		return err
	}
	failure, err := r.Failure.text()
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE roster_run SET active = 0, lease = '', state = $1, error = $2, report = $3, issues = $4, row_count = $5,
		stop_wanted = 0, finished_at = $6 WHERE id = $7 AND lease = $8`,
		string(r.State), failure, string(report), issues, max(r.Rows, r.Report.Rows), sqldb.Millis(s.now()), r.ID, r.lease)
	if err != nil {
		return fmt.Errorf("roster: release run: %w", err)
	}
	if s.live == nil {
		return nil
	}
	return s.live.Publish(ctx, tx, "import:"+r.ID, string(r.State))
}
