package roster

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

const runColumns = `id, file_name, file_hash, file_size, state, skip_bad, actor_id, actor_name, scope, row_count, row_done,
	report, error, stop_wanted, lease, created_at, started_at, finished_at`

type scanner interface{ Scan(dest ...any) error }

func scanRun(row scanner) (Run, error) {
	var r Run
	var scope, report, failure string
	var created, started, ended int64
	err := row.Scan(&r.ID, &r.FileName, &r.FileHash, &r.FileSize, &r.State, &r.SkipBad, &r.ActorID, &r.ActorName, &scope,
		&r.Rows, &r.RowsDone, &report, &failure, &r.Stopping, &r.lease, &created, &started, &ended)
	if err != nil {
		return r, err
	}
	r.CreatedAt, r.StartedAt, r.EndedAt = sqldb.Time(created), timeOrZero(started), timeOrZero(ended)
	r.scope = strings.Fields(scope)
	if failure != "" {
		if err := json.Unmarshal([]byte(failure), &r.Failure); err != nil {
			return r, fmt.Errorf("roster: failure of run %s: %w", r.ID, err)
		}
	}
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

// runsBefore returns runs, the newest first; of one actor, or with "" of all.
func runsBefore(ctx context.Context, q sqldb.Querier, actorID, before string, limit int) (runs []Run, err error) {
	if before == "" {
		before = "~"
	}
	rows, err := q.QueryContext(ctx, `SELECT `+runColumns+` FROM roster_run WHERE id < $1 AND ($2 = '' OR actor_id = $3)
		ORDER BY id DESC LIMIT $4`, before, actorID, actorID, limit)
	if err != nil {
		return nil, fmt.Errorf("roster: list runs: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		r, err := scanRun(rows)
		if err != nil {
			return nil, err
		}
		runs = append(runs, r)
	}
	return runs, rows.Err()
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
	failure, err := r.Failure.text()
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE roster_run SET state = $1, skip_bad = $2, stop_wanted = $3, error = $4, actor_id = $5, actor_name = $6, scope = $7
		WHERE id = $8`, string(r.State), bit(r.SkipBad), bit(r.Stopping), failure, r.ActorID, r.ActorName, strings.Join(r.scope, " "), r.ID)
	if err != nil {
		return fmt.Errorf("roster: save run: %w", err)
	}
	return nil
}

func (f *Failure) text() (string, error) {
	if f == nil {
		return "", nil
	}
	text, err := json.Marshal(f)
	if err != nil {
		return "", fmt.Errorf("roster: failure: %w", err)
	}
	return string(text), nil
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
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
