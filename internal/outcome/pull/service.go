package pull

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/gateway"
	"bilin/internal/live"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/outcome"
	"bilin/internal/outcome/feed"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
)

// Options are what a Service works with.
type Options struct {
	DB      *sqldb.DB
	Outcome *outcome.Service
	Feeds   *feed.Service
	Tree    func() *network.Tree
	Audit   *audit.Log
	Live    *live.Hub
	Seal    *seal.Sealer
	Dir     string   // DATA/pull, where SQLite files may lie
	Allow   []string // host:port that may have a private address, and without TLS
	Now     func() time.Time
	Logger  *slog.Logger
}

// Service keeps pulls and carries them out.
type Service struct {
	o     Options
	guard *gateway.Guard
}

// New returns the service, or says what is wrong with the allowed addresses.
func New(o Options) (*Service, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	guard, err := gateway.NewGuard(o.Allow)
	if err != nil {
		return nil, ofPulls(err)
	}
	return &Service{o, guard}, nil
}

// fetch asks a source.
func (s *Service) fetch(ctx context.Context, src Source, etag string) (fetched, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	if src.Kind == HTTP {
		return s.fetchHTTP(ctx, src, etag)
	}
	return s.fetchSQL(ctx, src)
}

// Try asks a source and says what it would come to; nothing is stored. What comes
// back is given to Add.
func (s *Service) Try(ctx context.Context, actor auth.Actor, x outcome.Indicator, src Source) (out Tried, err error) {
	if err := s.o.Outcome.MayFeed(actor, x); err != nil {
		return out, err
	}
	if src, err = src.check(); err != nil {
		return out, err
	}
	got, err := s.fetch(ctx, src, "")
	if err != nil {
		return out, atField(err, src)
	}
	if out.Report, err = s.o.Feeds.DryRun(ctx, actor, x, got.file); err != nil || len(out.Problems) > 0 {
		return out, err
	}
	text, err := json.Marshal(src)
	if err != nil {
		return out, err
	}
	out.Source, err = s.o.Seal.Seal(string(text), tryBinding(actor, x))
	return out, err
}

// atField says at which input of the form what went wrong is to be mended.
func atField(err error, src Source) error {
	e := errs.As(err)
	field := "address"
	switch e.Code {
	case "outcome.pull.query_failed", "outcome.pull.columns", "outcome.pull.too_slow", "outcome.no_rows", "outcome.feed.many_rows":
		if src.Kind != HTTP {
			field = "query"
		}
	case "outcome.pull.refused", "outcome.pull.bad_login":
		field = "secret"
	}
	if errs.KindOf(err) == errs.Internal {
		return err
	}
	return errs.Wrap(err, errs.Invalid, "outcome.invalid").WithField(field, e.Code, e.Args...)
}

func tryBinding(actor auth.Actor, x outcome.Indicator) string {
	return "outcome_pull/try/" + x.ID + "/" + actor.ID()
}

// Add keeps a source that was tried, and takes what it brings at its interval,
// from now on.
func (s *Service) Add(ctx context.Context, actor auth.Actor, key string, x outcome.Indicator, tried string) (id string, err error) {
	if err := s.o.Outcome.MayFeed(actor, x); err != nil {
		return "", err
	}
	var src Source
	plain, err := s.o.Seal.Open(tried, tryBinding(actor, x))
	if err != nil || plain == "" || json.Unmarshal([]byte(plain), &src) != nil {
		return "", errs.Wrap(err, errs.Conflict, "outcome.pull.try_again")
	}
	asked := []string{x.ID, string(src.Kind), src.Address, src.User, src.Query}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		id, err = once.Do(ctx, tx, "outcome.pull.add/"+actor.ID(), key, asked, s.o.Now(), func() (string, error) {
			n, err := countOf(ctx, tx, x.ID)
			switch {
			case err != nil:
				return "", err
			case n >= mostPulls:
				return "", errs.E(errs.Conflict, "outcome.pull.too_many", "max", mostPulls)
			}
			id := sqldb.NewID()
			sealed, err := s.sealSource(id, kept{Source: src})
			if err != nil {
				return "", err
			}
			if err := insertPull(ctx, tx, id, x.ID, src, sealed, s.o.Now()); err != nil {
				return "", err
			}
			return id, s.finish(ctx, tx, actor, "outcome.pull_add", x, map[string]any{"pull": id, "kind": src.Kind, "address": src.shown(), "hours": src.Hours})
		})
		return err
	})
	return id, err
}

// End stops a pull. What it brought stays; its secret is erased.
func (s *Service) End(ctx context.Context, actor auth.Actor, key, id string) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, "outcome.pull.end/"+actor.ID(), key, id, s.o.Now(), func() (bool, error) {
			p, x, _, err := s.find(ctx, tx, actor, id)
			switch {
			case err != nil:
				return false, err
			case !p.Ended.IsZero():
				return false, errs.E(errs.Conflict, "outcome.pull.ended")
			}
			if _, err := tx.ExecContext(ctx, `UPDATE outcome_pull SET ended_at = $1, secret = '', version = version + 1 WHERE id = $2`, sqldb.Millis(s.o.Now()), id); err != nil {
				return false, err
			}
			return true, s.finish(ctx, tx, actor, "outcome.pull_end", x, map[string]any{"pull": id})
		})
		return err
	})
}

// find returns a pull that the asker may deal with, and the source that it keeps.
func (s *Service) find(ctx context.Context, q sqldb.Querier, actor auth.Actor, id string) (p Pull, x outcome.Indicator, k kept, err error) {
	rows, err := readPulls(ctx, q, `id = $1`, id)
	if err != nil {
		return p, x, k, err
	}
	if len(rows) == 0 {
		return p, x, k, errs.E(errs.NotFound, "outcome.pull.none")
	}
	p = rows[0].Pull
	x, known := s.o.Outcome.Catalog().ByID(p.IndicatorID)
	if !known {
		return p, x, k, errs.E(errs.NotFound, "outcome.no_indicator")
	}
	if err := s.o.Outcome.MayFeed(actor, x); err != nil {
		return p, x, k, err
	}
	k, err = s.openSource(rows[0])
	return p, x, k, err
}

// Of lists an indicator's pulls, those that run first.
func (s *Service) Of(ctx context.Context, actor auth.Actor, x outcome.Indicator) ([]Pull, error) {
	if err := s.o.Outcome.MayFeed(actor, x); err != nil {
		return nil, err
	}
	rows, err := readPulls(ctx, s.o.DB.Reader(), `indicator_id = $1 ORDER BY ended_at > 0, id DESC LIMIT 20`, x.ID)
	list := make([]Pull, len(rows))
	for i, r := range rows {
		list[i] = r.Pull
	}
	return list, err
}

// Failing lists by indicator the pulls that run and fail.
func (s *Service) Failing(ctx context.Context) (map[string]Pull, error) {
	rows, err := readPulls(ctx, s.o.DB.Reader(), `ended_at = 0 AND failing_since > 0 ORDER BY failing_since DESC`)
	out := map[string]Pull{}
	for _, r := range rows {
		out[r.IndicatorID] = r.Pull
	}
	return out, err
}

// RunNow asks a pull's source and says what it would come to; its rows are staged
// for feed's Confirm.
func (s *Service) RunNow(ctx context.Context, actor auth.Actor, id string) (x outcome.Indicator, out Tried, err error) {
	p, x, k, err := s.find(ctx, s.o.DB.Reader(), actor, id)
	if err != nil {
		return x, out, err
	}
	if !p.Ended.IsZero() {
		return x, out, errs.E(errs.Conflict, "outcome.pull.ended")
	}
	got, err := s.fetch(ctx, k.Source, "")
	if err != nil {
		return x, out, foreign(err)
	}
	out.Report, err = s.o.Feeds.DryRun(ctx, actor, x, got.file)
	return x, out, err
}

// foreign keeps a source's trouble from looking like our own.
func foreign(err error) error {
	e := errs.As(err)
	if e.Kind == errs.Internal {
		return err
	}
	return errs.Wrap(err, errs.Conflict, e.Code, e.Args...)
}

func (s *Service) finish(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, action string, x outcome.Indicator, detail any) error {
	err := s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: action, ObjectKind: "indicator", ObjectID: x.ID, UnitID: s.o.Tree().RootID(), Detail: detail})
	if err != nil || s.o.Live == nil {
		return err
	}
	return s.o.Live.Publish(ctx, tx, outcome.Topic, "")
}
