package outcome

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"bilin/internal/sqldb"
)

// record marks what is published beside the lights, so that it is signed with
// them: by whom and when, the objections, and the deliveries.
func record(ctx context.Context, q sqldb.Querier, r *Release, deliveries string) (map[string]string, error) {
	objections, err := readObjections(ctx, q, `period = $1 ORDER BY at, id`, int(r.Period))
	if err != nil {
		return nil, err
	}
	said := make([][]any, len(objections))
	for i, o := range objections {
		said[i] = []any{o.ID, o.UnitID, o.IndicatorID, o.Text, o.By, sqldb.MillisOrZero(o.At), o.Answer, o.AnsweredBy, sqldb.MillisOrZero(o.AnsweredAt), o.Upheld}
	}
	return map[string]string{"published": digest([]any{r.PublishedBy, sqldb.MillisOrZero(r.PublishedAt)}), "objections": digest(said), "deliveries": deliveries}, nil
}

// deliveries marks where the values that a release rests on came from, and when.
func (s *Service) deliveries(ctx context.Context, r *Release) (string, error) {
	sum := sha256.New()
	rows, err := s.o.DB.Reader().QueryContext(ctx, `SELECT v.indicator_id, v.period, v.unit_id, v.version, v.batch_id, v.at, b.way, b.name, b.sha256, b.by_id, b.at FROM outcome_value AS v
		JOIN outcome_batch AS b ON b.id = v.batch_id WHERE v.period BETWEEN $1 AND $2 AND v.seq <= $3 ORDER BY v.indicator_id, v.period, v.unit_id, v.version`,
		int(r.Period-TrendQuarters+1), int(r.Period), r.AsOf)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	for rows.Next() {
		var text [7]string
		var n [4]int64
		if err := rows.Scan(&text[0], &n[0], &text[1], &n[1], &text[2], &n[2], &text[3], &text[4], &text[5], &text[6], &n[3]); err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "%q %d\n", text, n)
	}
	return s.o.Seal.Index("outcome-deliveries", hex.EncodeToString(sum.Sum(nil))), rows.Err()
}

// recorded finds what was altered of that since.
func (v *Verified) recorded(ctx context.Context, s *Service) error {
	r := v.Release
	if r.Basis.Record == nil {
		return nil
	}
	deliveries, err := s.deliveries(ctx, r)
	if err != nil {
		return err
	}
	now, err := record(ctx, s.o.DB.Reader(), r, deliveries)
	for _, what := range []string{"published", "objections", "deliveries"} {
		if now[what] != r.Basis.Record[what] {
			v.Record = append(v.Record, what)
		}
	}
	return err
}

// Since counts the values of a release's quarters that came after it was reckoned.
func (s *Service) Since(ctx context.Context, r *Release) (n int, err error) {
	err = s.o.DB.Reader().QueryRowContext(ctx, `SELECT count(*) FROM outcome_value WHERE seq > $1 AND period BETWEEN $2 AND $3`,
		r.AsOf, int(r.Period-TrendQuarters+1), int(r.Period)).Scan(&n)
	return n, err
}
