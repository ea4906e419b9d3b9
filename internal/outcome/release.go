package outcome

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/sqldb"
)

// State is where a period's lights stand.
//
//	preview ──► objection ──► published, and frozen
//	   ▲            │
//	   └── again ───┘   corrected values, or an objection that was upheld
type State string

// The states. In preview only the city office sees them; then those concerned
// do, and may object; then everybody.
const (
	Preview   State = "preview"
	Objection State = "objection"
	Published State = "published"
)

// ObjectionDays is how many days towns and villages have.
const ObjectionDays = 10

// Release is a period's lights on their way to publication.
type Release struct {
	Period      Period
	State       State
	Method      string
	Basis       Basis
	AsOf        int64
	PreviewedAt time.Time
	Until       time.Time // for objections; zero in preview
	PublishedAt time.Time
	PublishedBy string
	Digest      string
	Signature   string
	Version     int
}

// Basis is what a release was reckoned with, so that it can be reckoned again.
type Basis struct {
	Settings   Settings    `json:"settings"`
	Indicators []Indicator `json:"indicators"`
	Units      []string    `json:"units"` // villages, in order of their codes
	// Towns are those of the villages, in the same order: what is compared stays the
	// same when a village moves.
	Towns []string `json:"towns,omitempty"`
	// Inputs are, by indicator, the marks of the true values that were there at
	// publication; made with the city's key, so that nobody can guess them.
	Inputs map[string]string `json:"inputs,omitempty"`
	// Record are marks of what stands beside the lights: who published them and
	// when, the objections with their answers, and the deliveries.
	Record map[string]string `json:"record,omitempty"`
}

// Command is a step on a release.
type Command struct {
	Key     string
	Period  Period
	Version int // as it was seen; 0 is whichever
}

// Fresh is the version of a quarter that nobody has begun.
const Fresh = -1

// oldest is how many quarters back one may begin: a release is never dropped.
const oldest = 8

// Begin reckons a period's lights for preview, or again after values changed.
func (s *Service) Begin(ctx context.Context, actor auth.Actor, c Command) (*Release, error) {
	return s.step(ctx, actor, "outcome.preview", c, func(tx *sqldb.Tx, r *Release) error {
		switch {
		case r.State == Published:
			return errs.E(errs.Conflict, "outcome.frozen")
		case !c.Period.End().Before(s.o.Now()):
			return errs.E(errs.Conflict, "outcome.not_over")
		case r.Version == 0 && c.Period < PeriodOf(s.o.Now())-oldest:
			return errs.E(errs.Conflict, "outcome.too_old")
		}
		version, err := methodFor(ctx, tx, c.Period)
		if err != nil {
			return err
		}
		r.State, r.Until, r.Method, r.PreviewedAt = Preview, time.Time{}, version, s.o.Now()
		r.Basis = Basis{Settings: DefaultSettings(), Indicators: s.Catalog().Judged()}
		r.Basis.Units, r.Basis.Towns = s.villages()
		return tx.QueryRowContext(ctx, `SELECT last FROM outcome_seq WHERE id = 1`).Scan(&r.AsOf)
	})
}

// villages are the units that lights are for, with their towns.
func (s *Service) villages() (ids, towns []string) {
	tree := s.o.Network.Tree()
	for _, u := range tree.Units(network.Village) {
		town := ""
		if at := tree.At(u, network.Town); at != nil {
			town = at.ID
		}
		ids, towns = append(ids, u.ID), append(towns, town)
	}
	return ids, towns
}

// Open lets those concerned see the figures and object, for ObjectionDays.
func (s *Service) OpenObjections(ctx context.Context, actor auth.Actor, c Command) (*Release, error) {
	return s.step(ctx, actor, "outcome.objections", c, func(_ *sqldb.Tx, r *Release) error {
		if r.State != Preview {
			return errs.E(errs.Conflict, "outcome.no_preview")
		}
		r.State, r.Until = Objection, s.o.Now().Add(ObjectionDays*24*time.Hour)
		return nil
	})
}

// Publish freezes the lights as they were previewed: signed, and the same for
// ever. Every objection has its answer before, and the days are over.
func (s *Service) Publish(ctx context.Context, actor auth.Actor, c Command) (*Release, error) {
	r, err := s.Release(ctx, c.Period)
	if err != nil {
		return nil, err
	}
	j, _, err := s.judge(ctx, r)
	if err != nil {
		return nil, err
	}
	cells, err := encode(r.Basis, j)
	if err != nil {
		return nil, err
	}
	inputs, err := s.inputs(ctx, r)
	if err != nil {
		return nil, err
	}
	deliveries, err := s.deliveries(ctx, r)
	if err != nil {
		return nil, err
	}
	return s.step(ctx, actor, "outcome.publish", c, func(tx *sqldb.Tx, now *Release) error {
		if now.Version != r.Version {
			return errs.E(errs.Stale, "outcome.changed_since")
		}
		if err := s.mayPublish(ctx, tx, now); err != nil {
			return err
		}
		now.State, now.PublishedAt, now.PublishedBy, now.Digest = Published, s.o.Now(), actor.Name, digestOf(cells)
		now.Basis.Inputs = inputs
		if now.Basis.Record, err = record(ctx, tx, now, deliveries); err != nil {
			return err
		}
		if now.Signature, err = s.o.Signer.Sign(now.statement()); err != nil {
			return err
		}
		return insertCells(ctx, tx, now.Period, cells)
	})
}

func (s *Service) mayPublish(ctx context.Context, tx *sqldb.Tx, r *Release) error {
	if r.State != Objection {
		return errs.E(errs.Conflict, "outcome.no_objections_yet")
	}
	switch version, err := methodFor(ctx, tx, r.Period); {
	case err != nil:
		return err
	case version != r.Method:
		return errs.E(errs.Conflict, "outcome.method_changed", "version", version)
	}
	if r.Until.After(s.o.Now()) {
		return errs.E(errs.Conflict, "outcome.objections_run")
	}
	var open int
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM outcome_objection WHERE period = $1 AND answered_at = 0`, int(r.Period)).Scan(&open)
	if err == nil && open > 0 {
		err = errs.E(errs.Conflict, "outcome.objections_open", "n", open)
	}
	if err != nil {
		return err
	}
	// What was upheld has been reckoned with since, or nobody could say so.
	err = tx.QueryRowContext(ctx, `SELECT count(*) FROM outcome_objection WHERE period = $1 AND upheld = 1 AND answered_at > $2`,
		int(r.Period), sqldb.Millis(r.PreviewedAt)).Scan(&open)
	if err == nil && open > 0 {
		err = errs.E(errs.Conflict, "outcome.not_reckoned", "n", open)
	}
	return err
}

// statement is what is signed.
func (r *Release) statement() string {
	return "bilin outcome " + r.Period.String() + " method " + r.Method + " cells " + r.Digest + " basis " + digest(r.Basis) + "\n"
}

// Signer signs what is published, and knows its own signature; the audit log's key does.
type Signer interface {
	Sign(statement string) (signature string, err error)
	Signed(statement, signature string) error
}

// step carries out a command on a period's release.
func (s *Service) step(ctx context.Context, actor auth.Actor, action string, c Command, fn func(*sqldb.Tx, *Release) error) (*Release, error) {
	if err := s.o.Policy.Can(actor, ActPublish, auth.Object{}); err != nil {
		return nil, err
	}
	err := s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, action+"/"+actor.ID(), c.Key, c, s.o.Now(), func() (bool, error) {
			r, err := readRelease(ctx, tx, c.Period)
			if errs.KindOf(err) == errs.NotFound {
				r, err = &Release{Period: c.Period}, nil
			}
			if err != nil {
				return false, err
			}
			if c.Version != 0 && max(c.Version, 0) != r.Version {
				return false, errs.E(errs.Stale, "outcome.changed_since")
			}
			if err := fn(tx, r); err != nil {
				return false, err
			}
			r.Version++
			if err := putRelease(ctx, tx, r); err != nil {
				return false, err
			}
			return true, s.finish(ctx, tx, actor, action, "release", r.Period.String(), map[string]any{"state": r.State, "as_of": r.AsOf, "digest": r.Digest})
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.Release(ctx, c.Period)
}

// judge reckons a release from the stored values that it knew.
func (s *Service) judge(ctx context.Context, r *Release) (*Judgement, *Matrix, error) {
	judging, known := methods[r.Method]
	if !known {
		return nil, nil, errs.E(errs.Conflict, "outcome.other_method", "version", r.Method)
	}
	list := append(s.context(), r.Basis.Indicators...)
	m, err := readMatrix(ctx, s.o.DB.Reader(), list, r.Basis.Units, r.Period-TrendQuarters+1, r.Period, r.AsOf)
	if err != nil {
		return nil, nil, err
	}
	j, err := judging(ctx, r.Basis.Indicators, m, r.Period, r.Basis.Settings)
	if err != nil {
		return nil, nil, err
	}
	j.Detail(r.Basis.Indicators, m)
	return j, m, nil
}

// context are the figures that stand beside the judged ones.
func (s *Service) context() []Indicator {
	return slices.DeleteFunc(s.Catalog().InUse(), func(x Indicator) bool { return !x.Context })
}

// stored is a cell as it is kept.
type stored struct {
	unit, indicator string
	json            []byte
}

// encode writes the cells in the one order in which they are signed: by
// indicator as in the basis, then by unit. Numbers are rounded, so that another
// machine's last binary digit makes no difference.
func encode(b Basis, j *Judgement) ([]stored, error) {
	var out []stored
	for _, x := range b.Indicators {
		for _, c := range j.Cells[x.ID] {
			text, err := json.Marshal(c)
			if err != nil {
				return nil, err
			}
			out = append(out, stored{c.UnitID, x.ID, text})
		}
	}
	return out, nil
}

func digestOf(cells []stored) string {
	sum := sha256.New()
	for _, c := range cells {
		sum.Write(c.json)
		sum.Write([]byte{'\n'})
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// Release returns a period's release.
func (s *Service) Release(ctx context.Context, p Period) (*Release, error) {
	return readRelease(ctx, s.o.DB.Reader(), p)
}

// Releases lists them all, the latest first, without their basis: every page
// names them, and the basis of all grows for ever.
func (s *Service) Releases(ctx context.Context) ([]*Release, error) {
	return readReleases(ctx, s.o.DB.Reader(), `'{}'`, `1 = 1 ORDER BY period DESC`)
}

func readRelease(ctx context.Context, q sqldb.Querier, p Period) (*Release, error) {
	found, err := readReleases(ctx, q, `settings`, `period = $1`, int(p))
	if err == nil && len(found) == 0 {
		err = errs.E(errs.NotFound, "outcome.no_release")
	}
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

func readReleases(ctx context.Context, q sqldb.Querier, basis, where string, args ...any) ([]*Release, error) {
	return sqldb.Collect(ctx, q, func(rows *sql.Rows, into **Release) error {
		r := &Release{}
		var basis string
		var previewed, until, published int64
		err := rows.Scan(&r.Period, &r.State, &r.Method, &basis, &r.AsOf, &previewed, &until, &published, &r.PublishedBy, &r.Digest, &r.Signature, &r.Version)
		r.PreviewedAt, r.Until, r.PublishedAt = instant(previewed), instant(until), instant(published)
		*into = r
		return errors.Join(err, json.Unmarshal([]byte(basis), &r.Basis))
	}, `SELECT period, state, method, `+basis+`, as_of, previewed_at, objections_until, published_at, published_by, digest, signature, version FROM outcome_release WHERE `+where, args...)
}

func instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return sqldb.Time(ms)
}

func putRelease(ctx context.Context, tx *sqldb.Tx, r *Release) error {
	basis, err := json.Marshal(r.Basis)
	if err != nil {
		return err
	}
	return sqldb.InsertMany(ctx, tx, "outcome_release",
		[]string{"period", "state", "method", "settings", "as_of", "previewed_at", "objections_until", "published_at", "published_by", "digest", "signature", "version"},
		[][]any{{int(r.Period), string(r.State), r.Method, string(basis), r.AsOf, sqldb.MillisOrZero(r.PreviewedAt), sqldb.MillisOrZero(r.Until), sqldb.MillisOrZero(r.PublishedAt), r.PublishedBy, r.Digest, r.Signature, r.Version}},
		`ON CONFLICT (period) DO UPDATE SET state = excluded.state, method = excluded.method, settings = excluded.settings, as_of = excluded.as_of,
			previewed_at = excluded.previewed_at, objections_until = excluded.objections_until, published_at = excluded.published_at,
			published_by = excluded.published_by, digest = excluded.digest, signature = excluded.signature, version = excluded.version`)
}

func insertCells(ctx context.Context, tx *sqldb.Tx, p Period, cells []stored) error {
	rows := make([][]any, len(cells))
	for i, c := range cells {
		rows[i] = []any{int(p), c.unit, c.indicator, string(c.json)}
	}
	return sqldb.InsertMany(ctx, tx, "outcome_cell", []string{"period", "unit_id", "indicator_id", "cell"}, rows, "")
}

func readCells(ctx context.Context, q sqldb.Querier, p Period) ([]stored, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, c *stored) error {
		var text string
		err := r.Scan(&c.unit, &c.indicator, &text)
		c.json = []byte(text)
		return err
	}, `SELECT unit_id, indicator_id, cell FROM outcome_cell WHERE period = $1`, int(p))
}
