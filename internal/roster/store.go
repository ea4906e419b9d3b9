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

const runColumns = `id, file_name, file_hash, file_size, state, skip_bad, actor_id, actor_name, scope, row_count, row_done,
	report, error, stop_wanted, lease, created_at, started_at, finished_at`

type scanner interface{ Scan(dest ...any) error }

func scanRun(row scanner) (Run, error) {
	var r Run
	var scope, report string
	var created, started, ended int64
	err := row.Scan(&r.ID, &r.FileName, &r.FileHash, &r.FileSize, &r.State, &r.SkipBad, &r.ActorID, &r.ActorName, &scope,
		&r.Rows, &r.RowsDone, &report, &r.Error, &r.Stopping, &r.lease, &created, &started, &ended)
	if err != nil {
		return r, err
	}
	r.CreatedAt, r.StartedAt, r.EndedAt = sqldb.Time(created), timeOrZero(started), timeOrZero(ended)
	r.scope = strings.Fields(scope)
	if err := json.Unmarshal([]byte(report), &r.Report); err != nil {
		return r, fmt.Errorf("roster: report of run %s: %w", r.ID, err)
	}
	return r, nil
}

func timeOrZero(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return sqldb.Time(ms)
}

func runByID(ctx context.Context, q sqldb.Querier, id string) (Run, error) {
	r, err := scanRun(q.QueryRowContext(ctx, `SELECT `+runColumns+` FROM roster_run WHERE id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return r, errs.E(errs.NotFound, "roster.no_run")
	}
	if err != nil {
		return r, fmt.Errorf("roster: read run: %w", err)
	}
	return r, nil
}

// unfinished returns the interrupted run of a file, if there is one.
func unfinished(ctx context.Context, q sqldb.Querier, hash string) (Run, bool, error) {
	r, err := scanRun(q.QueryRowContext(ctx, `SELECT `+runColumns+` FROM roster_run
		WHERE file_hash = $1 AND state IN ('running', 'stopped', 'failed') ORDER BY id DESC LIMIT 1`, hash))
	if errors.Is(err, sql.ErrNoRows) {
		return r, false, nil
	}
	if err != nil {
		return r, false, fmt.Errorf("roster: read run: %w", err)
	}
	return r, true, nil
}

func insertRun(ctx context.Context, tx *sqldb.Tx, r *Run) error {
	report, err := json.Marshal(r.Report)
	if err != nil {
		return fmt.Errorf("roster: report: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO roster_run (id, file_name, file_hash, file_size, state, skip_bad, actor_id, actor_name,
		scope, row_count, row_done, report, issues, error, stop_wanted, active, lease, lease_until, created_at, started_at, finished_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, $10, '', '', 0, 0, '', 0, $11, 0, 0)`,
		r.ID, r.FileName, r.FileHash, r.FileSize, string(r.State), bit(r.SkipBad), r.ActorID, r.ActorName,
		strings.Join(r.scope, " "), string(report), sqldb.Millis(r.CreatedAt))
	if err != nil {
		return fmt.Errorf("roster: insert run: %w", err)
	}
	return nil
}

// saveRun stores what a transition changed.
func saveRun(ctx context.Context, tx *sqldb.Tx, r Run) error {
	_, err := tx.ExecContext(ctx, `UPDATE roster_run SET state = $1, skip_bad = $2, stop_wanted = $3, error = $4, actor_id = $5, actor_name = $6, scope = $7
		WHERE id = $8`, string(r.State), bit(r.SkipBad), bit(r.Stopping), r.Error, r.ActorID, r.ActorName, strings.Join(r.scope, " "), r.ID)
	if err != nil {
		return fmt.Errorf("roster: save run: %w", err)
	}
	return nil
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// takeUp makes the run the one that is going on: the file's interrupted run if
// there is one, else r as a new one.
func (s *Service) takeUp(ctx context.Context, r Run) (Run, error) {
	r.ID, r.CreatedAt = sqldb.NewID(), s.now()
	for {
		wait, run, err := s.tryTakeUp(ctx, r)
		if err != nil || wait == 0 {
			return run, err
		}
		select { // the process that had the file was killed a moment ago
		case <-ctx.Done():
			return run, context.Cause(ctx)
		case <-time.After(wait):
		}
	}
}

func (s *Service) tryTakeUp(ctx context.Context, r Run) (wait time.Duration, run Run, err error) {
	err = s.db.Write(ctx, func(tx *sqldb.Tx) error {
		run = r
		old, found, err := unfinished(ctx, tx, r.FileHash)
		if err != nil {
			return err
		}
		if found {
			old.SkipBad, old.ActorID, old.ActorName, old.scope = r.SkipBad, r.ActorID, r.ActorName, r.scope
			run = old
		}
		if wait, err = s.makeRoom(ctx, tx, run.ID); err != nil || wait > 0 {
			return err
		}
		if !found {
			if err := insertRun(ctx, tx, &run); err != nil {
				return err
			}
		}
		return s.activate(ctx, tx, &run)
	})
	return wait, run, err
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
	r.lease, r.State, r.Stopping, r.Error = newLease(), Running, false, ""
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
	_, err = tx.ExecContext(ctx, `UPDATE roster_run SET active = 0, lease = '', state = $1, error = $2, report = $3, issues = $4, row_count = $5,
		stop_wanted = 0, finished_at = $6 WHERE id = $7 AND lease = $8`,
		string(r.State), r.Error, string(report), issues, max(r.Rows, r.Report.Rows), sqldb.Millis(s.now()), r.ID, r.lease)
	if err != nil {
		return fmt.Errorf("roster: release run: %w", err)
	}
	if s.live == nil {
		return nil
	}
	return s.live.Publish(ctx, tx, "import:"+r.ID, string(r.State))
}

// sealIssues seals the issues for the run's row: they quote the file.
func (s *Service) sealIssues(r Run) (string, error) {
	if len(r.Report.Issues) == 0 {
		return "", nil
	}
	text, err := json.Marshal(r.Report.Issues)
	if err != nil {
		return "", fmt.Errorf("roster: issues: %w", err)
	}
	return s.seal.Seal(string(text), "roster_run/issues/"+r.ID)
}

func (s *Service) readIssues(ctx context.Context, q sqldb.Querier, id string) ([]Issue, error) {
	var sealed string
	if err := q.QueryRowContext(ctx, `SELECT issues FROM roster_run WHERE id = $1`, id).Scan(&sealed); err != nil {
		return nil, fmt.Errorf("roster: read issues: %w", err)
	}
	text, err := s.seal.Open(sealed, "roster_run/issues/"+id)
	if err != nil || text == "" {
		return nil, err
	}
	var issues []Issue
	if err := json.Unmarshal([]byte(text), &issues); err != nil {
		return nil, fmt.Errorf("roster: read issues: %w", err)
	}
	return issues, nil
}
