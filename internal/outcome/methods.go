package outcome

import (
	"context"
	"database/sql"
	"slices"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/once"
	"bilin/internal/outcome/method"
	"bilin/internal/sqldb"
)

// Methods lists the versions of the method that this program can carry out.
func Methods() []string {
	var list []string
	for version := range methods {
		list = append(list, version)
	}
	slices.Sort(list)
	return list
}

// Decisions lists which version is in force from when on, the latest first.
func (s *Service) Decisions(ctx context.Context) ([]Decision, error) {
	return readDecisions(ctx, s.o.DB.Reader())
}

// MethodFor is the version by which a quarter would be reckoned now.
func (s *Service) MethodFor(ctx context.Context, p Period) (string, error) {
	return methodFor(ctx, s.o.DB.Reader(), p)
}

func methodFor(ctx context.Context, q sqldb.Querier, p Period) (string, error) {
	list, err := readDecisions(ctx, q)
	return InForce(list, p), err
}

func readDecisions(ctx context.Context, q sqldb.Querier) ([]Decision, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, d *Decision) error {
		var at int64
		err := r.Scan(&d.ID, &d.From, &d.Version, &d.Why, &d.By, &at)
		d.At = sqldb.Time(at)
		return err
	}, `SELECT id, from_period, version, why, by_name, at FROM outcome_method ORDER BY at DESC, id DESC`)
}

// PutInForce asks for a version of the method from a quarter on.
type PutInForce struct {
	Key     string
	From    Period
	Version string
	Why     string // in words that towns and villages read
	Last    string // id of the last decision that was seen; "" is none
}

// mostAhead is how many quarters ahead a version may be put in force.
const mostAhead = 8

// PutInForce decides by which version quarters are reckoned from one on. What is
// published stays as it is.
func (s *Service) PutInForce(ctx context.Context, actor auth.Actor, c PutInForce) (id string, err error) {
	if err := s.o.Policy.Can(actor, ActPublish, auth.Object{}); err != nil {
		return "", err
	}
	if _, known := methods[c.Version]; !known {
		return "", errs.E(errs.Invalid, "outcome.invalid").WithField("version", "outcome.no_method")
	}
	if c.Why, err = words("why", c.Why); err != nil {
		return "", err
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		id, err = once.Do(ctx, tx, "outcome.method/"+actor.ID(), c.Key, c, s.o.Now(), func() (string, error) { return s.putInForce(ctx, tx, actor, c) })
		return err
	})
	return id, err
}

func (s *Service) putInForce(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, c PutInForce) (string, error) {
	list, err := readDecisions(ctx, tx)
	if err != nil {
		return "", err
	}
	last := ""
	if len(list) > 0 {
		last = list[0].ID
	}
	if c.Last != last {
		return "", errs.E(errs.Stale, "outcome.changed_since")
	}
	var published Period
	if err := tx.QueryRowContext(ctx, `SELECT coalesce(max(period), 0) FROM outcome_release WHERE state = $1`, string(Published)).Scan(&published); err != nil {
		return "", err
	}
	bad := errs.E(errs.Invalid, "outcome.invalid")
	switch {
	case c.From <= published:
		return "", bad.WithField("from", "outcome.method_published", "period", published.String())
	case c.From > PeriodOf(s.o.Now())+mostAhead:
		return "", bad.WithField("from", "outcome.method_far")
	case InForce(list, c.From) == c.Version:
		return "", bad.WithField("version", "outcome.method_already")
	}
	id := sqldb.NewID()
	err = sqldb.InsertMany(ctx, tx, "outcome_method", []string{"id", "from_period", "version", "why", "by_id", "by_name", "at"},
		[][]any{{id, int(c.From), c.Version, c.Why, actor.ID(), actor.Name, sqldb.Millis(s.o.Now())}}, "")
	if err != nil {
		return "", err
	}
	return id, s.finish(ctx, tx, actor, "outcome.method", "method", c.Version, map[string]any{"from": c.From.String(), "version": c.Version, "decision": id})
}

// InForce is the version of a quarter: that of the last decision whose quarter
// has come by then, or the one that a city begins with. decisions are the latest
// first.
func InForce(decisions []Decision, p Period) string {
	for _, d := range decisions {
		if d.From <= p {
			return d.Version
		}
	}
	return method.Version
}
