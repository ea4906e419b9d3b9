package outcome

import (
	"context"
	"database/sql"

	"bilin/internal/auth"
	"bilin/internal/sqldb"
)

// Foreseen is what a delivery would come to.
type Foreseen struct {
	New, Same int
	Changed   []Change // values that are known and would get another version
}

// Change is a value that would become another.
type Change struct {
	Row            // as it would be
	WasNum, WasDen int
}

// Foresee says what [Service.Take] would do, and does nothing.
func (s *Service) Foresee(ctx context.Context, actor auth.Actor, d Delivery) (out Foreseen, err error) {
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
	known, err := latest(ctx, s.o.DB.Reader(), x)
	if err != nil {
		return out, err
	}
	for _, r := range inOrder(d.Rows) {
		switch was := known.values[valueKey{r.UnitID, r.Period}]; {
		case was.version == 0:
			out.New++
		case was.num == r.Num && was.den == r.Den:
			out.Same++
		default:
			out.Changed = append(out.Changed, Change{r, was.num, was.den})
		}
	}
	return out, nil
}

// Arrived is how many villages have a value.
type Arrived struct {
	IndicatorID string
	Period      Period
	Villages    int
}

// Arrivals count the villages that have values, of each indicator in some quarters.
func (s *Service) Arrivals(ctx context.Context, first, last Period) ([]Arrived, error) {
	return sqldb.Collect(ctx, s.o.DB.Reader(), func(r *sql.Rows, a *Arrived) error { return r.Scan(&a.IndicatorID, &a.Period, &a.Villages) },
		`SELECT indicator_id, period, count(*) FROM outcome_value WHERE version = 1 AND period BETWEEN $1 AND $2 GROUP BY indicator_id, period`, int(first), int(last))
}

// LastBatches are the last deliveries of all indicators that have any.
func (s *Service) LastBatches(ctx context.Context) (map[string]Batch, error) {
	list, err := readBatches(ctx, s.o.DB.Reader(), `id IN (SELECT max(id) FROM outcome_batch GROUP BY indicator_id)`)
	out := make(map[string]Batch, len(list))
	for _, b := range list {
		out[b.IndicatorID] = b
	}
	return out, err
}

// BatchesOf returns deliveries by their ids.
func (s *Service) BatchesOf(ctx context.Context, ids []string) (map[string]Batch, error) {
	where := &sqldb.Where{}
	where.In("id", ids)
	list, err := readBatches(ctx, s.o.DB.Reader(), where.Text(), where.Args...)
	out := make(map[string]Batch, len(list))
	for _, b := range list {
		out[b.ID] = b
	}
	return out, err
}
