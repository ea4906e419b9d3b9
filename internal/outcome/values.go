package outcome

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"slices"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/sqldb"
)

// MaxRows bounds one delivery: all villages of a province's largest city, for
// three years.
const MaxRows = 50_000

// Row is what a source says of one village in one quarter.
type Row struct {
	UnitID string
	Period Period
	Num    int
	Den    int
}

// Delivery is values that came together.
type Delivery struct {
	Key, Indicator string // its code
	Way            Way
	Name           string
	SHA256         string // of what came; "" is of the rows
	Rows           []Row
}

// Taken says what a delivery came to.
type Taken struct {
	BatchID   string
	Rows, New int // read; new or different from what was known
	Changed   int // of New: different
}

// Take stores a delivery, all of it or nothing. A value that differs from what
// was known is a new version of it: nothing is overwritten, and what was
// published stays what it was.
func (s *Service) Take(ctx context.Context, actor auth.Actor, d Delivery) (out Taken, err error) {
	x, err := s.Catalog().Find(d.Indicator)
	if err != nil {
		return out, err
	}
	if err := s.MayFeed(actor, x); err != nil {
		return out, err
	}
	if err := s.checkRows(x, d.Rows); err != nil {
		return out, err
	}
	if d.SHA256 == "" {
		d.SHA256 = digest(d.Rows)
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		asked := []string{d.Indicator, d.SHA256, digest(d.Rows)}
		out, err = once.Do(ctx, tx, "outcome.take/"+actor.ID(), d.Key, asked, s.o.Now(), func() (Taken, error) { return s.take(ctx, tx, actor, x, d) })
		return err
	})
	return out, err
}

// MayFeed lets a department bring its own figures; what residents said comes
// from the system alone.
func (s *Service) MayFeed(actor auth.Actor, x Indicator) error {
	if x.Source != Feed {
		if actor.System {
			return nil
		}
		return errs.E(errs.Forbidden, "outcome.from_residents")
	}
	return s.o.Policy.Can(actor, ActFeed, auth.Object{DepartmentID: s.department(x.Department)})
}

// department returns the id of a department by its code; a code that nobody has
// yet stands for itself.
func (s *Service) department(code string) string {
	for _, d := range s.o.Network.Tree().Departments() {
		if d.Code == code {
			return d.ID
		}
	}
	return code
}

// checkRows judges a delivery's rows. An error names the first that is wrong, by
// its place from 1.
func (s *Service) checkRows(x Indicator, rows []Row) error {
	if len(rows) == 0 {
		return errs.E(errs.Invalid, "outcome.no_rows")
	}
	if len(rows) > MaxRows {
		return errs.E(errs.TooLarge, "outcome.many_rows", "max", MaxRows)
	}
	type place struct {
		unit   string
		period Period
	}
	seen, now, tree := make(map[place]bool, len(rows)), PeriodOf(s.o.Now()), s.o.Network.Tree()
	for i, r := range rows {
		u := tree.ByID(r.UnitID)
		switch {
		case u == nil || u.Level != network.Village:
			return errs.E(errs.Invalid, "outcome.row_unit", "row", i+1)
		case r.Period > now:
			return errs.E(errs.Invalid, "outcome.row_future", "row", i+1, "period", r.Period.String())
		case seen[place{r.UnitID, r.Period}]:
			return errs.E(errs.Invalid, "outcome.row_twice", "row", i+1)
		}
		if err := x.CheckCount(r.Num, r.Den); err != nil {
			return errs.Wrap(err, errs.Invalid, errs.CodeOf(err), append([]any{"row", i + 1}, errs.As(err).Args...)...)
		}
		seen[place{r.UnitID, r.Period}] = true
	}
	return nil
}

func (s *Service) take(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, x Indicator, d Delivery) (Taken, error) {
	known, err := latest(ctx, tx, x)
	if err != nil {
		return Taken{}, err
	}
	var seq int64
	if err := tx.QueryRowContext(ctx, `SELECT last FROM outcome_seq WHERE id = 1`).Scan(&seq); err != nil {
		return Taken{}, err
	}
	out, at := Taken{BatchID: sqldb.NewID(), Rows: len(d.Rows)}, sqldb.Millis(s.o.Now())
	var rows [][]any
	for _, r := range inOrder(d.Rows) {
		was := known.values[valueKey{r.UnitID, r.Period}]
		if was.version > 0 && was.num == r.Num && was.den == r.Den {
			continue
		}
		turn := was.turns
		if was.version == 0 {
			turn = known.next(x, r, func() turns { return s.first(x, r.UnitID) })
		}
		if was.version > 0 {
			out.Changed++
		}
		seq++
		rows = append(rows, []any{x.ID, int(r.Period), r.UnitID, was.version + 1, r.Num, r.Den, seq, out.BatchID, at, turn.packed()})
	}
	out.New = len(rows)
	if out.New == 0 && d.Way == Demand {
		return Taken{Rows: out.Rows}, nil // every night; only what changed is worth a line
	}
	err = sqldb.InsertMany(ctx, tx, "outcome_value", []string{"indicator_id", "period", "unit_id", "version", "num", "den", "seq", "batch_id", "at", "turns"}, rows, "")
	if err != nil {
		return out, err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE outcome_seq SET last = $1 WHERE id = 1`, seq); err != nil {
		return out, err
	}
	err = sqldb.InsertMany(ctx, tx, "outcome_batch", []string{"id", "indicator_id", "way", "name", "sha256", "rows_read", "rows_new", "by_id", "by_name", "at"},
		[][]any{{out.BatchID, x.ID, string(d.Way), d.Name, d.SHA256, out.Rows, out.New, actor.ID(), actor.Name, at}}, "")
	if err != nil {
		return out, err
	}
	return out, s.finish(ctx, tx, actor, "outcome.take", "indicator", x.ID, map[string]any{"batch": out.BatchID, "way": d.Way, "rows": out.Rows, "new": out.New, "sha256": d.SHA256})
}

type valueKey struct {
	unit   string
	period Period
}

type versioned struct {
	version, num, den int
	turns             turns
}

// values are an indicator's as they are now, and by village what was counted so
// far, for the turns of what comes.
type values struct {
	values map[valueKey]versioned
	sums   map[string]turns
}

// latest reads an indicator's values.
func latest(ctx context.Context, q sqldb.Querier, x Indicator) (*values, error) {
	rows, err := q.QueryContext(ctx, `SELECT period, unit_id, version, num, den, turns FROM outcome_value WHERE indicator_id = $1 ORDER BY version`, x.ID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := &values{map[valueKey]versioned{}, map[string]turns{}}
	for rows.Next() {
		var k valueKey
		var v versioned
		var packed int
		if err := rows.Scan(&k.period, &k.unit, &v.version, &v.num, &v.den, &packed); err != nil {
			return nil, err
		}
		v.turns = turnsOf(packed)
		out.values[k] = v
		if v.version == 1 {
			out.add(x, k.unit, v.num, v.den)
		}
	}
	return out, rows.Err()
}

func (v *values) add(x Indicator, unit string, num, den int) {
	v.sums[unit] = v.sums[unit].plus(num, x.second(num, den))
}

// next are the turns of a village's next value, which counts from then on.
func (v *values) next(x Indicator, r Row, first func() turns) turns {
	sum := v.sums[r.UnitID]
	v.add(x, r.UnitID, r.Num, r.Den)
	return first().plus(sum.num, sum.rest)
}

// inOrder are rows by quarter, then by village.
func inOrder(rows []Row) []Row {
	return slices.SortedFunc(slices.Values(rows), func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.Period, b.Period), cmp.Compare(a.UnitID, b.UnitID))
	})
}

func digest(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Batches lists an indicator's deliveries, the latest first.
func (s *Service) Batches(ctx context.Context, indicatorID string, limit int) ([]Batch, error) {
	return readBatches(ctx, s.o.DB.Reader(), `indicator_id = $1 ORDER BY at DESC, id DESC LIMIT $2`, indicatorID, limit)
}

func readBatches(ctx context.Context, q sqldb.Querier, where string, args ...any) ([]Batch, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, b *Batch) error {
		var at int64
		err := r.Scan(&b.ID, &b.IndicatorID, &b.Way, &b.Name, &b.SHA256, &b.Rows, &b.New, &b.ByID, &b.By, &at)
		b.At = sqldb.Time(at)
		return err
	}, `SELECT id, indicator_id, way, name, sha256, rows_read, rows_new, by_id, by_name, at FROM outcome_batch WHERE `+where, args...)
}

// Versions lists what was ever said of one village and quarter, the latest first.
func (s *Service) Versions(ctx context.Context, indicatorID, unitID string, p Period) ([]Value, error) {
	return sqldb.Collect(ctx, s.o.DB.Reader(), func(r *sql.Rows, v *Value) error {
		var at int64
		err := r.Scan(&v.IndicatorID, &v.Period, &v.UnitID, &v.Version, &v.Num, &v.Den, &v.Seq, &v.BatchID, &at)
		v.At = sqldb.Time(at)
		return err
	}, `SELECT indicator_id, period, unit_id, version, num, den, seq, batch_id, at FROM outcome_value
		WHERE indicator_id = $1 AND period = $2 AND unit_id = $3 ORDER BY version DESC`, indicatorID, int(p), unitID)
}
