package pull

import (
	"context"
	"log/slog"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/outcome"
	"bilin/internal/sqldb"
)

// Poll asks the pulls whose time has come. How each fared is kept and shown; the
// error is the database's.
func (s *Service) Poll(ctx context.Context) error {
	due, err := readPulls(ctx, s.o.DB.Reader(), `ended_at = 0 AND next_at <= $1 ORDER BY next_at LIMIT $2`, sqldb.Millis(s.o.Now()), perRound)
	if err != nil {
		return err
	}
	for _, p := range due {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := s.poll(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// poll carries one out and notes how it went.
func (s *Service) poll(ctx context.Context, p row) error {
	k, err := s.openSource(p)
	if err == nil {
		var etag string
		if etag, err = s.bring(ctx, p.Pull, k); err == nil {
			k.ETag = etag
		}
	}
	if ctx.Err() != nil { // the program stops
		return ctx.Err()
	}
	if err != nil {
		s.o.Logger.WarnContext(ctx, "outcome pull", slog.String("pull", p.ID), slog.Any("err", err))
	}
	return s.note(ctx, p, k, err)
}

// bring fetches, checks and takes what is new.
func (s *Service) bring(ctx context.Context, p Pull, k kept) (etag string, err error) {
	x, known := s.o.Outcome.Catalog().ByID(p.IndicatorID)
	if !known || x.Retired {
		return "", errs.E(errs.NotFound, "outcome.no_indicator")
	}
	got, err := s.fetch(ctx, k.Source, k.ETag)
	if err != nil || got.same {
		return k.ETag, err
	}
	by := auth.System("pull")
	report, _, err := s.o.Feeds.Take(ctx, by, "", x, got.file, true)
	switch {
	case err != nil:
		return "", err
	case len(report.Problems) > 0:
		first := report.Problems[0]
		return "", errs.E(errs.Invalid, "outcome.pull.bad_row", "n", len(report.Problems), "row", first.Row, "value", first.Value)
	case report.New == 0 && len(report.Changed) == 0:
		return got.etag, nil
	}
	_, _, err = s.o.Feeds.Take(ctx, by, "", x, got.file, false)
	return got.etag, err
}

// note keeps how a pull fared and when it is asked again. One that ended
// meanwhile stays ended.
func (s *Service) note(ctx context.Context, p row, k kept, cause error) error {
	now := s.o.Now()
	next, failing := now.Add(time.Duration(p.Hours)*time.Hour), int64(0)
	if cause != nil {
		next = now.Add(min(soon, time.Duration(p.Hours)*time.Hour))
		failing = sqldb.Millis(now)
		if !p.Failing.IsZero() {
			failing = sqldb.Millis(p.Failing)
		}
	}
	secret := p.secret
	if cause == nil {
		var err error
		if secret, err = s.sealSource(p.ID, k); err != nil {
			return err
		}
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE outcome_pull SET next_at = $1, last_at = $2, failing_since = $3, error = $4, secret = $5, version = version + 1 WHERE id = $6 AND ended_at = 0`,
			sqldb.Millis(next), sqldb.Millis(now), failing, said(cause), secret, p.ID)
		if err != nil || s.o.Live == nil || (cause == nil) == p.Failing.IsZero() {
			return err
		}
		return s.o.Live.Publish(ctx, tx, outcome.Topic, "")
	})
}
