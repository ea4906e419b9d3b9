package offlist

import (
	"context"
	"fmt"

	"bilin/internal/admission"
	"bilin/internal/auth"
	"bilin/internal/sqldb"
)

// departmentQuery is the only text by which a department's page reads reports.
// It names no reporter, village, number, day or time, and none of the
// reporter's words; the order tells nothing of when a report came.
const departmentQuery = `SELECT month, town_id, summary FROM offlist
	WHERE department_id = $1 AND state = 'confirmed' AND month BETWEEN $2 AND $3
	ORDER BY month DESC, town_id, summary LIMIT 2000`

// OfDepartment lists what was confirmed about a department in a year, the
// latest month first.
func (s *Service) OfDepartment(ctx context.Context, actor auth.Actor, departmentID string, year int) ([]Seen, error) {
	if err := s.mayRead(actor, departmentID); err != nil {
		return nil, err
	}
	rows, err := s.o.DB.Reader().QueryContext(ctx, departmentQuery, departmentID, fmt.Sprintf("%04d-01", year), fmt.Sprintf("%04d-12", year))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Seen
	for rows.Next() {
		var v Seen
		if err := rows.Scan(&v.Month, &v.TownID, &v.Summary); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// mayRead lets a department read of itself, and whoever settles reports of all.
func (s *Service) mayRead(actor auth.Actor, departmentID string) error {
	if s.o.Policy.Can(actor, ActSettle, auth.Object{}) == nil {
		return nil
	}
	return s.o.Policy.Can(actor, ActRead, auth.Object{DepartmentID: departmentID})
}

// Departments lists the departments of which the actor may read.
func (s *Service) Departments(actor auth.Actor) (ids []string) {
	for _, d := range s.o.Network.Tree().Departments() {
		if s.mayRead(actor, d.ID) == nil {
			ids = append(ids, d.ID)
		}
	}
	return ids
}

// Tally counts a month's confirmed reports by department: what the burden page says.
func Tally(ctx context.Context, q sqldb.Querier, month admission.Month) (map[string]int, error) {
	rows, err := q.QueryContext(ctx, `SELECT department_id, count(*) FROM offlist WHERE month = $1 AND state = 'confirmed' GROUP BY department_id`, string(month))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]int{}
	for rows.Next() {
		var id string
		var n int
		if err := rows.Scan(&id, &n); err != nil {
			return nil, err
		}
		out[id] = n
	}
	return out, rows.Err()
}
