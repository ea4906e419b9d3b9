package figures

import (
	"context"
	"database/sql"
	"time"

	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// Quarterly is what residents of a village said of the demands that were first
// said to be resolved in a stretch of time. It holds nothing of what anybody did.
type Quarterly struct {
	VillageID string
	Resolved  int
	Confirmed int // of Resolved
	Reopened  int // of Resolved, at least once
	Prompt    int // of Confirmed: first said to be resolved within so many calendar days of asking
}

// days between asking and the first resolution, by the city's calendar.
const quarterly = `SELECT village_id, count(*), count(*) FILTER (WHERE state = 'confirmed'), count(*) FILTER (WHERE reopens > 0),
		count(*) FILTER (WHERE state = 'confirmed' AND (first_resolved_at + 28800000) / 86400000 - (raised_at + 28800000) / 86400000 <= $3)
	FROM demand WHERE first_resolved_at >= $1 AND first_resolved_at < $2 AND state NOT IN ('withdrawn', 'merged') GROUP BY village_id`

// Quarterly counts for every village of the city, in the order of their codes;
// those that were merged into another count there.
func (s *Service) Quarterly(ctx context.Context, from, to time.Time, promptDays int) ([]Quarterly, error) {
	counted, err := sqldb.Collect(ctx, s.opt.DB.Reader(), func(r *sql.Rows, q *Quarterly) error {
		return r.Scan(&q.VillageID, &q.Resolved, &q.Confirmed, &q.Reopened, &q.Prompt)
	}, quarterly, sqldb.Millis(from), sqldb.Millis(to), promptDays)
	if err != nil {
		return nil, err
	}
	tree := s.opt.Tree()
	villages, place := tree.Units(network.Village), map[string]int{}
	out := make([]Quarterly, len(villages))
	for i, v := range villages {
		out[i].VillageID, place[v.ID] = v.ID, i
	}
	for _, q := range counted {
		u := tree.Current(tree.ByID(q.VillageID))
		if u == nil {
			continue // raised with the city or a town
		}
		if i, ok := place[u.ID]; ok {
			o := &out[i]
			o.Resolved, o.Confirmed, o.Reopened, o.Prompt = o.Resolved+q.Resolved, o.Confirmed+q.Confirmed, o.Reopened+q.Reopened, o.Prompt+q.Prompt
		}
	}
	return out, nil
}
