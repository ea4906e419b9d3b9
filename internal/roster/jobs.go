package roster

import (
	"context"
	"errors"
	"time"

	"bilin/internal/job"
	"bilin/internal/sqldb"
)

// Register has the runner do the work of rosters.
func (s *Service) Register(r *job.Runner) {
	r.Handle(checkKind, s.checkJob)
	r.Handle(importKind, s.importJob)
	r.Every(purgeName, time.Hour, s.purge)
}

// checkJob checks an upload and keeps what it found.
func (s *Service) checkJob(ctx context.Context, j job.Run) error {
	var p payload
	if err := j.Decode(&p); err != nil {
		return err
	}
	run, err := runByID(ctx, s.db.Reader(), p.Run)
	if err != nil || run.State != Uploaded {
		return err
	}
	run.State = Checked
	file, err := s.file(ctx, run)
	if err == nil {
		err = s.net.Refresh(ctx)
	}
	if err == nil {
		var c *checked
		if c, err = s.check(ctx, run.scope, file, Options{}); err == nil {
			run.Report, run.Rows = c.pass.report, c.pass.report.Rows
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		run.State, run.Failure = Failed, FailureOf(err)
	}
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		if err := s.release(ctx, tx, run); err != nil {
			return err
		}
		return j.Finish(ctx, tx)
	})
}

// importJob writes a run that was started. What goes wrong with it is kept
// with the run; only an end of the program is the runner's business.
func (s *Service) importJob(ctx context.Context, j job.Run) error {
	var p payload
	if err := j.Decode(&p); err != nil {
		return err
	}
	run, err := runByID(ctx, s.db.Reader(), p.Run)
	if err != nil || run.State != Queued && run.State != Running {
		return err
	}
	run, err = s.takeUp(ctx, func(ctx context.Context, tx *sqldb.Tx) (Run, error) {
		r, err := runByID(ctx, tx, p.Run)
		if err == nil && r.State != Queued && r.State != Running {
			err = errStopped // a moment ago
		}
		r.interrupted = Queued
		return r, err
	})
	switch {
	case isConflict(err):
		return job.Snooze(5 * time.Second)
	case errors.Is(err, errStopped):
		return nil
	}
	if err != nil {
		return err
	}
	if err := s.net.Refresh(ctx); err != nil {
		return err
	}
	file, err := s.file(ctx, run)
	if err != nil {
		return s.conclude(ctx, run, run.Report, err)
	}
	if _, err := s.execute(ctx, run, file, Options{}); err != nil {
		s.log.Warn("roster: import ended", "run", run.ID, "err", err)
	}
	return ctx.Err()
}

// keepFiles is how long an upload is kept after its import has ended or was
// never begun.
const keepFiles = 7 * 24 * time.Hour

func (s *Service) purge(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *sqldb.Tx) error { return dropFiles(ctx, tx, sqldb.Millis(s.now().Add(-keepFiles))) })
}
