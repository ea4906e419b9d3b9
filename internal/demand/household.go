package demand

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"bilin/internal/sqldb"
)

// OpenOf says which of some households have a demand that isn't closed, for
// which their key is still needed.
func (s *Service) OpenOf(ctx context.Context, q sqldb.Querier, householdIDs []string) ([]string, error) {
	if len(householdIDs) == 0 {
		return nil, nil
	}
	args := []any{int(Closed)}
	marks := make([]string, len(householdIDs))
	for i, id := range householdIDs {
		args = append(args, id)
		marks[i] = "$" + strconv.Itoa(len(args))
	}
	rows, err := q.QueryContext(ctx, `SELECT DISTINCT household_id FROM demand WHERE stage < $1 AND household_id IN (`+strings.Join(marks, ",")+`)`, args...)
	if err != nil {
		return nil, fmt.Errorf("demand: open of households: %w", err)
	}
	defer rows.Close()
	var open []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("demand: open of households: %w", err)
		}
		open = append(open, id)
	}
	return open, rows.Err()
}
