package outcome

import (
	"context"
	"database/sql"
	"regexp"
	"slices"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/once"
	"bilin/internal/plaintext"
	"bilin/internal/sqldb"
)

// MaxText bounds an objection and its answer, in characters.
const MaxText = 300

// Objected is what a town or village said against a figure of its own.
type Objected struct {
	ID                  string
	Period              Period
	UnitID, IndicatorID string
	Text, By            string
	At                  time.Time
	Answer, AnsweredBy  string
	AnsweredAt          time.Time // zero while it is open
	Upheld              bool
	Version             int
}

// Object says that a figure is wrong, before it is published.
type Object struct {
	Key       string
	Period    Period
	UnitID    string
	Indicator string // its code
	Text      string
}

// Object stores an objection and returns its id.
func (s *Service) Object(ctx context.Context, actor auth.Actor, c Object) (id string, err error) {
	x, err := s.Catalog().Find(c.Indicator)
	if err != nil {
		return "", err
	}
	if err := s.o.Policy.Can(actor, ActObject, auth.Object{UnitID: c.UnitID}); err != nil {
		return "", err
	}
	if c.Text, err = words("text", c.Text); err != nil {
		return "", err
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		id, err = once.Do(ctx, tx, "outcome.object/"+actor.ID(), c.Key, c, s.o.Now(), func() (string, error) {
			r, err := readRelease(ctx, tx, c.Period)
			if err != nil {
				return "", err
			}
			if r.State != Objection || !r.Until.After(s.o.Now()) {
				return "", errs.E(errs.Conflict, "outcome.no_objection_now")
			}
			if err := mayObject(ctx, tx, r, x, c.UnitID); err != nil {
				return "", err
			}
			id := sqldb.NewID()
			err = sqldb.InsertMany(ctx, tx, "outcome_objection",
				[]string{"id", "period", "unit_id", "indicator_id", "text", "by_id", "by_name", "at", "answer", "upheld", "answered_by", "answered_at", "version"},
				[][]any{{id, int(c.Period), c.UnitID, x.ID, c.Text, actor.ID(), actor.Name, sqldb.Millis(s.o.Now()), "", 0, "", 0, 1}}, "")
			if err != nil {
				return "", err
			}
			return id, s.finish(ctx, tx, actor, "outcome.object", "release", c.Period.String(), map[string]any{"objection": id, "unit": c.UnitID, "indicator": x.Code})
		})
		return err
	})
	return id, err
}

// mayObject lets a light that is there be objected to, by one at a time: each
// objection has to be answered before the quarter is published.
func mayObject(ctx context.Context, tx *sqldb.Tx, r *Release, x Indicator, unitID string) error {
	judged := slices.ContainsFunc(r.Basis.Indicators, func(y Indicator) bool { return y.ID == x.ID })
	if !judged || !slices.Contains(r.Basis.Units, unitID) {
		return errs.E(errs.NotFound, "outcome.no_light")
	}
	var open int
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM outcome_objection WHERE period = $1 AND unit_id = $2 AND indicator_id = $3 AND answered_at = 0`,
		int(r.Period), unitID, x.ID).Scan(&open)
	if err == nil && open > 0 {
		err = errs.E(errs.Conflict, "outcome.objected_already")
	}
	return err
}

// Decide answers an objection. One that is upheld has the department correct its
// data, and the period reckoned again.
type Decide struct {
	Key, ID string
	Upheld  bool
	Answer  string
	Version int
}

// Decide stores the answer.
func (s *Service) Decide(ctx context.Context, actor auth.Actor, c Decide) error {
	if err := s.o.Policy.Can(actor, ActPublish, auth.Object{}); err != nil {
		return err
	}
	var err error
	if c.Answer, err = words("answer", c.Answer); err != nil {
		return err
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, "outcome.decide/"+actor.ID(), c.Key, c, s.o.Now(), func() (bool, error) {
			found, err := readObjections(ctx, tx, `id = $1`, c.ID)
			switch {
			case err != nil:
				return false, err
			case len(found) == 0:
				return false, errs.E(errs.NotFound, "outcome.no_objection")
			case !found[0].AnsweredAt.IsZero():
				return false, errs.E(errs.Conflict, "outcome.answered")
			case c.Version != 0 && c.Version != found[0].Version:
				return false, errs.E(errs.Stale, "outcome.changed_since")
			}
			upheld := 0
			if c.Upheld {
				upheld = 1
			}
			_, err = tx.ExecContext(ctx, `UPDATE outcome_objection SET answer = $1, upheld = $2, answered_by = $3, answered_at = $4, version = version + 1 WHERE id = $5`,
				c.Answer, upheld, actor.Name, sqldb.Millis(s.o.Now()), c.ID)
			if err != nil {
				return false, err
			}
			return true, s.finish(ctx, tx, actor, "outcome.decide", "release", found[0].Period.String(), map[string]any{"objection": c.ID, "upheld": c.Upheld})
		})
		return err
	})
}

// Objections lists a period's, in the asker's part of the city; published ones
// are for everybody.
func (s *Service) Objections(ctx context.Context, actor auth.Actor, p Period) ([]Objected, error) {
	r, err := s.Release(ctx, p)
	if err != nil {
		return nil, err
	}
	list, err := readObjections(ctx, s.o.DB.Reader(), `period = $1 ORDER BY at, id`, int(p))
	if err != nil || r.State == Published {
		return list, err
	}
	var mine []Objected
	for _, o := range list {
		if s.o.Policy.Can(actor, ActPreview, auth.Object{UnitID: o.UnitID}) == nil {
			mine = append(mine, o)
		}
	}
	return mine, nil
}

// ObjectionsTo lists what was said against an indicator's figures that aren't
// published yet: to whoever hands them in, who alone can correct them.
func (s *Service) ObjectionsTo(ctx context.Context, actor auth.Actor, x Indicator) ([]Objected, error) {
	if err := s.MayFeed(actor, x); err != nil {
		return nil, err
	}
	return readObjections(ctx, s.o.DB.Reader(), `indicator_id = $1 AND period IN (SELECT period FROM outcome_release WHERE state <> $2) ORDER BY at DESC, id DESC LIMIT 50`, x.ID, string(Published))
}

func readObjections(ctx context.Context, q sqldb.Querier, where string, args ...any) ([]Objected, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, o *Objected) error {
		var at, answered int64
		err := r.Scan(&o.ID, &o.Period, &o.UnitID, &o.IndicatorID, &o.Text, &o.By, &at, &o.Answer, &o.Upheld, &o.AnsweredBy, &answered, &o.Version)
		o.At, o.AnsweredAt = sqldb.Time(at), instant(answered)
		return err
	}, `SELECT id, period, unit_id, indicator_id, text, by_name, at, answer, upheld, answered_by, answered_at, version FROM outcome_objection WHERE `+where, args...)
}

// personal are telephone and identity numbers. What is written here everybody reads.
var personal = regexp.MustCompile(`(?:^|[^0-9])(?:1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}|0[0-9]{2,3}[ -]?[0-9]{7,8}|[1-9][0-9]{16}[0-9Xx])(?:[^0-9]|$)`)

func words(field, text string) (string, error) {
	text = plaintext.OneLine(text)
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return "", errs.E(errs.Invalid, "outcome.invalid").WithField(field, "outcome.missing")
	case n > MaxText:
		return "", errs.E(errs.Invalid, "outcome.invalid").WithField(field, "outcome.too_long", "max", MaxText)
	case personal.MatchString(norm.NFKC.String(text)):
		return "", errs.E(errs.Invalid, "outcome.invalid").WithField(field, "outcome.no_numbers")
	}
	return text, nil
}
