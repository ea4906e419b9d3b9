package demand

import (
	"context"
	"fmt"
	"slices"

	"bilin/internal/sqldb"
)

var eventColumns = []string{"demand_id", "seq", "at", "step", "side", "actor_id", "name", "role", "unit_id", "unit_name", "dept_id",
	"to_unit_id", "to_unit_name", "to_dept_id", "to_person_id", "to_name", "to_role", "reason", "text", "basis", "internal", "state"}

// addEvents writes what rules added to timelines and marks it as written.
func addEvents(ctx context.Context, tx *sqldb.Tx, list ...*Demand) error {
	var rows [][]any
	for _, d := range list {
		for _, e := range d.news {
			rows = append(rows, []any{d.ID, e.Seq, sqldb.Millis(e.At), string(e.Step), string(e.Side), e.ActorID, e.Name,
				string(e.Role), e.UnitID, e.UnitName, e.DepartmentID, e.To.UnitID, e.To.UnitName, e.To.DepartmentID, e.To.PersonID, e.To.Name,
				string(e.To.Role), string(e.Reason), e.Text, e.Basis, sqldb.Flag(e.Internal), string(e.State)})
		}
		d.news = nil
	}
	return sqldb.InsertMany(ctx, tx, "demand_event", eventColumns, rows, "")
}

// eventsOf returns a demand's timeline, oldest first.
func eventsOf(ctx context.Context, q sqldb.Querier, id string) ([]Event, error) {
	rows, err := q.QueryContext(ctx, `SELECT seq, at, step, side, actor_id, name, role, unit_id, unit_name, dept_id, to_unit_id,
		to_unit_name, to_dept_id, to_person_id, to_name, to_role, reason, text, basis, internal, state
		FROM demand_event WHERE demand_id = $1 ORDER BY seq`, id)
	if err != nil {
		return nil, fmt.Errorf("demand: timeline: %w", err)
	}
	defer rows.Close()
	var events []Event
	for rows.Next() {
		var e Event
		if err := rows.Scan(&e.Seq, moment{&e.At}, &e.Step, &e.Side, &e.ActorID, &e.Name, &e.Role, &e.UnitID, &e.UnitName, &e.DepartmentID,
			&e.To.UnitID, &e.To.UnitName, &e.To.DepartmentID, &e.To.PersonID, &e.To.Name, &e.To.Role, &e.Reason, &e.Text, &e.Basis,
			truth{&e.Internal}, &e.State); err != nil {
			return nil, fmt.Errorf("demand: timeline: %w", err)
		}
		events = append(events, e)
	}
	return events, rows.Err()
}

// shown keeps the pictures that came with entries that the reader sees.
func shown(photos []Photo, events []Event) []Photo {
	return slices.DeleteFunc(photos, func(p Photo) bool {
		return !slices.ContainsFunc(events, func(e Event) bool { return e.Seq == p.Seq })
	})
}

// open leaves out what the resident may not read yet: notes within the network
// since the last resolution.
func open(events []Event) []Event {
	resolved := 0
	for _, e := range events {
		if e.Step == StepResolved {
			resolved = e.Seq
		}
	}
	var list []Event
	for _, e := range events {
		if !e.Internal || e.Seq < resolved {
			list = append(list, e)
		}
	}
	return list
}
