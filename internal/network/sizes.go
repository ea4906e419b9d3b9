package network

import (
	"context"
	"database/sql"
	"fmt"
)

// HouseholdsOfSize counts the active households of at least least and, unless it
// is 0, at most most people, by the unit they are directly in. It is one pass
// over all households, outside any transaction.
func (s *Service) HouseholdsOfSize(ctx context.Context, least, most int) (map[string]int, error) {
	if most <= 0 {
		most = 1 << 30
	}
	out := map[string]int{}
	err := each(ctx, s.db.Reader(), func(rows *sql.Rows) error {
		var unit string
		var n int
		err := rows.Scan(&unit, &n)
		out[unit] = n
		return err
	}, `SELECT unit_id, COUNT(*) FROM household WHERE state = 'active' AND size >= $1 AND size <= $2 GROUP BY unit_id`, least, most)
	if err != nil {
		return nil, fmt.Errorf("network: households of a size: %w", err)
	}
	return out, nil
}
