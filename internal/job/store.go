package job

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"bilin/internal/sqldb"
)

// ErrLost means that the job is no longer this run's: its lease lapsed and
// somebody else may be running it.
var ErrLost = errors.New("job: lease lost")

// in writes values as placeholders from $first on.
func in[T any](args []any, values []T) (string, []any) {
	var b strings.Builder
	for i, v := range values {
		if i > 0 {
			b.WriteByte(',')
		}
		args = append(args, v)
		b.WriteString("$" + strconv.Itoa(len(args)))
	}
	return b.String(), args
}

// Rest says which kinds rest: their jobs with an id before this wait. Ids grow
// with time, so jobs that are made after a moment don't.
type Rest map[string]string

// awake is the condition that a job doesn't rest.
func (r Rest) awake(args []any) (string, []any) {
	var b strings.Builder
	for _, kind := range slices.Sorted(maps.Keys(r)) {
		args = append(args, kind, r[kind])
		fmt.Fprintf(&b, " AND NOT (kind = $%d AND id < $%d)", len(args)-1, len(args))
	}
	return b.String(), args
}

// take claims up to n due jobs of some kinds for a lease. They are chosen and
// marked in two statements, because PostgreSQL may run a subquery with LIMIT
// and FOR UPDATE more than once.
func take(ctx context.Context, tx *sqldb.Tx, kinds []string, rest Rest, n int, lease string, now, until time.Time) ([]Run, error) {
	list, args := in([]any{sqldb.Millis(now), n}, kinds)
	awake, args := rest.awake(args)
	rows, err := tx.QueryContext(ctx, `SELECT id, kind, key, payload, attempt FROM job
		WHERE state IN ('queued', 'retry') AND run_at <= $1 AND kind IN (`+list+`)`+awake+`
		ORDER BY run_at, id LIMIT $2`+tx.SkipLocked(), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var taken []Run
	var ids []string
	for rows.Next() {
		r := Run{lease: lease}
		if err := rows.Scan(&r.ID, &r.Kind, &r.Key, &r.payload, &r.Attempt); err != nil {
			return nil, err
		}
		r.Attempt++
		taken, ids = append(taken, r), append(ids, r.ID)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || len(taken) == 0 {
		return nil, err
	}
	list, args = in([]any{lease, sqldb.Millis(until)}, ids)
	_, err = tx.ExecContext(ctx, `UPDATE job SET state = 'running', attempt = attempt + 1, lease = $1, lease_until = $2
		WHERE id IN (`+list+`)`, args...)
	return taken, err
}

// nextDue is when the next job of some kinds becomes due.
func nextDue(ctx context.Context, q sqldb.Querier, kinds []string, rest Rest) (at time.Time, found bool, err error) {
	list, args := in(nil, kinds)
	awake, args := rest.awake(args)
	var ms int64
	err = q.QueryRowContext(ctx, `SELECT run_at FROM job
		WHERE state IN ('queued', 'retry') AND kind IN (`+list+`)`+awake+` ORDER BY run_at LIMIT 1`, args...).Scan(&ms)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, false, nil
	}
	return sqldb.Time(ms), true, err
}

// settle writes what became of a run. It fails with ErrLost if the run no
// longer holds the job.
func settle(ctx context.Context, tx *sqldb.Tx, r Run, e end) error {
	finished := int64(0)
	if e.state == Done || e.state == Dead {
		finished = sqldb.Millis(e.at)
	}
	res, err := tx.ExecContext(ctx, `UPDATE job SET state = $1, run_at = $2, attempt = $3, error = $4, finished_at = $5,
		lease = '', lease_until = 0 WHERE id = $6 AND lease = $7 AND attempt = $8 AND state = 'running'`,
		string(e.state), sqldb.Millis(e.at), e.attempt, e.err, finished, r.ID, r.lease, r.Attempt)
	if err != nil {
		return fmt.Errorf("job: settle: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return ErrLost
}

// attempt names one run: a job that lapsed may run twice in the same program.
type attempt struct {
	id string
	n  int
}

// renew extends a lease on jobs and returns the attempts that still hold it.
func renew(ctx context.Context, tx *sqldb.Tx, lease string, ids []string, until time.Time) (held []attempt, err error) {
	list, args := in([]any{sqldb.Millis(until), lease}, ids)
	rows, err := tx.QueryContext(ctx, `UPDATE job SET lease_until = $1
		WHERE id IN (`+list+`) AND lease = $2 AND state = 'running' RETURNING id, attempt`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var a attempt
		if err := rows.Scan(&a.id, &a.n); err != nil {
			return nil, err
		}
		held = append(held, a)
	}
	return held, rows.Err()
}

// lapsed returns the runs whose lease has lapsed, a bounded number.
func lapsed(ctx context.Context, tx *sqldb.Tx, now time.Time) (runs []Run, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, kind, attempt, lease FROM job
		WHERE state = 'running' AND lease_until < $1 LIMIT 500`+tx.SkipLocked(), sqldb.Millis(now))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r Run
		if err := rows.Scan(&r.ID, &r.Kind, &r.Attempt, &r.lease); err != nil {
			return nil, err
		}
		runs = append(runs, r)
	}
	return runs, rows.Err()
}

// Prune deletes jobs that were done before done, or gave up before dead, which
// is the earlier time; a bounded number per call. It says how many.
func Prune(ctx context.Context, tx *sqldb.Tx, done, dead time.Time) (int64, error) {
	res, err := tx.ExecContext(ctx, `DELETE FROM job WHERE id IN (SELECT id FROM job
		WHERE state IN ('done', 'dead') AND finished_at < $1 AND (state = 'done' OR finished_at < $2)
		ORDER BY finished_at LIMIT 1000)`, sqldb.Millis(done), sqldb.Millis(dead))
	if err != nil {
		return 0, fmt.Errorf("job: prune: %w", err)
	}
	return res.RowsAffected()
}

// Count is how many jobs of a kind are in a state.
type Count struct {
	Kind  string
	State State
	N     int64
}

// Counts returns how many jobs there are, by kind and state.
func Counts(ctx context.Context, q sqldb.Querier) ([]Count, error) {
	rows, err := q.QueryContext(ctx, `SELECT kind, state, count(*) FROM job GROUP BY kind, state`)
	if err != nil {
		return nil, fmt.Errorf("job: counts: %w", err)
	}
	defer rows.Close()
	var counts []Count
	for rows.Next() {
		var c Count
		if err := rows.Scan(&c.Kind, &c.State, &c.N); err != nil {
			return nil, fmt.Errorf("job: counts: %w", err)
		}
		counts = append(counts, c)
	}
	slices.SortFunc(counts, func(a, b Count) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.State, b.State))
	})
	return counts, rows.Err()
}

// Failed is a job that gave up, or that failed and will be tried again.
type Failed struct {
	ID, Kind, Key, Error string
	State                State
	Attempt              int
	At                   time.Time // gave up, or due again
}

// Failures returns jobs that are dead or wait to be tried again, latest first.
func Failures(ctx context.Context, q sqldb.Querier, limit int) ([]Failed, error) {
	rows, err := q.QueryContext(ctx, `SELECT id, kind, key, error, state, attempt, run_at FROM job
		WHERE state IN ('dead', 'retry') ORDER BY run_at DESC, id LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("job: failures: %w", err)
	}
	defer rows.Close()
	var all []Failed
	for rows.Next() {
		var f Failed
		var at int64
		if err := rows.Scan(&f.ID, &f.Kind, &f.Key, &f.Error, &f.State, &f.Attempt, &at); err != nil {
			return nil, fmt.Errorf("job: failures: %w", err)
		}
		f.At = sqldb.Time(at)
		all = append(all, f)
	}
	return all, rows.Err()
}

// Revive queues a dead job again, from its first attempt, unless another of its
// key is under way. It says whether it did.
func Revive(ctx context.Context, tx *sqldb.Tx, id string, now time.Time) (bool, error) {
	res, err := tx.ExecContext(ctx, `UPDATE job SET state = 'queued', attempt = 0, run_at = $1, finished_at = 0
		WHERE id = $2 AND state = 'dead' AND (key = '' OR NOT EXISTS (SELECT 1 FROM job other
		WHERE other.kind = job.kind AND other.key = job.key AND other.state IN ('queued', 'running', 'retry')))`,
		sqldb.Millis(now), id)
	if err != nil {
		return false, fmt.Errorf("job: revive: %w", err)
	}
	tx.Signal(topic)
	n, err := res.RowsAffected()
	return n == 1, err
}
