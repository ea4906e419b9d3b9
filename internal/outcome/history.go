package outcome

import (
	"context"
	"database/sql"

	"bilin/internal/auth"
	"bilin/internal/outcome/method"
	"bilin/internal/sqldb"
)

// Quarterly is a village's, or several villages', count of one quarter.
type Quarterly struct {
	Period Period
	method.Count
	Known bool // there is a figure, and not on too few people
}

// Series are a village's quarters up to the view's, rounded; nothing of what
// isn't the asker's to see.
func (v *View) Series(x Indicator, unitID string) []Quarterly {
	out := make([]Quarterly, v.m.width())
	u, known := v.place[unitID]
	for i := range out {
		out[i].Period = v.m.First + Period(i)
		at := u*v.m.width() + i
		if !known || v.m.counts[x.ID] == nil || v.keep != nil && !v.keep(unitID) || !v.m.known[x.ID][at] {
			continue
		}
		if c := v.m.counts[x.ID][at]; c.Den > 0 && !v.Basis.Settings.few(x, c.Den, 1) {
			out[i].Count, out[i].Known = c, true
		}
	}
	return out
}

// Together adds up the quarters of several villages.
func (v *View) Together(x Indicator, unitIDs []string) []Quarterly {
	sum := v.Series(x, "")
	for _, id := range unitIDs {
		for i, q := range v.Series(x, id) {
			if q.Known {
				sum[i].Num, sum[i].Den, sum[i].Parts, sum[i].Known = sum[i].Num+q.Num, sum[i].Den+q.Den, sum[i].Parts+q.Parts, true
			}
		}
	}
	return sum
}

// Range is the interval in which an ordinary village with as much as this one is
// shown 95 times of 100.
func (v *View) Range(x Indicator, c Cell) (low, high float64) {
	null := v.Nulls[x.ID]
	return null.ShownLimit(c.Den, c.Parts, 0.025), null.ShownLimit(c.Den, c.Parts, 0.975)
}

// Provenance is the last delivery of each indicator that a release knew.
func (s *Service) Provenance(ctx context.Context, r *Release) (map[string]Batch, error) {
	list, err := sqldb.Collect(ctx, s.o.DB.Reader(), func(rows *sql.Rows, b *Batch) error {
		var at int64
		err := rows.Scan(&b.ID, &b.IndicatorID, &b.Way, &b.Name, &b.SHA256, &b.Rows, &b.New, &b.ByID, &b.By, &at)
		b.At = sqldb.Time(at)
		return err
	}, `SELECT id, indicator_id, way, name, sha256, rows_read, rows_new, by_id, by_name, at FROM (
			SELECT id, indicator_id, way, name, sha256, rows_read, rows_new, by_id, by_name, at,
				row_number() OVER (PARTITION BY indicator_id ORDER BY at DESC, id DESC) AS place FROM outcome_batch WHERE at <= $1
		) AS b WHERE place = 1`, sqldb.Millis(r.PreviewedAt))
	out := make(map[string]Batch, len(list))
	for _, b := range list {
		out[b.IndicatorID] = s.forAll(b)
	}
	return out, err
}

// Delivered are an indicator's deliveries as everybody may see them.
type Delivered struct {
	Known []Batch // that a release knew, the latest first
	Later int     // that came since
}

// Deliveries are what a release knew of an indicator, so many of the latest.
func (s *Service) Deliveries(ctx context.Context, r *Release, indicatorID string, limit int) (out Delivered, err error) {
	known := sqldb.Millis(r.PreviewedAt)
	out.Known, err = readBatches(ctx, s.o.DB.Reader(), `indicator_id = $1 AND at <= $2 ORDER BY at DESC, id DESC LIMIT $3`, indicatorID, known, limit)
	if err != nil {
		return out, err
	}
	for i, b := range out.Known {
		out.Known[i] = s.forAll(b)
	}
	err = s.o.DB.Reader().QueryRowContext(ctx, `SELECT count(*) FROM outcome_batch WHERE indicator_id = $1 AND at > $2`, indicatorID, known).Scan(&out.Later)
	return out, err
}

// forAll is a delivery with a mark in the place of its digest, made with the
// city's key: of a correction of one row, a digest would tell the row to whoever
// tries a few. Its name isn't everybody's either: it is the address of a system
// inside, or what a clerk called a file.
func (s *Service) forAll(b Batch) Batch {
	b.SHA256 = s.o.Seal.Index("outcome-batch", b.SHA256)
	b.Name, b.ByID, b.By = "", "", ""
	return b
}

// Visible reports whether somebody may see anything of a release's lights.
func (s *Service) Visible(actor auth.Actor, r *Release) bool {
	_, err := s.sees(actor, r)
	return err == nil
}
