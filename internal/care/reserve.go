package care

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"bilin/internal/care/need"
	"bilin/internal/sqldb"
)

// cost is what a contact of a kind takes of a lead's month, in minutes.
func cost(do need.Do) int { return do.Minutes() + doorstep }

// monthDays are the first and the last day of a month.
func monthDays(month string) (first, last string) {
	t, err := time.Parse("2006-01", month)
	if err != nil {
		return "", ""
	}
	return t.Format(time.DateOnly), t.AddDate(0, 1, -1).Format(time.DateOnly)
}

// Reserve says how many minutes of each lead's month are owed to households on
// the list, by cell: the contacts that leads have or had in the month, and those
// that come by the plans. unitIDs nil asks for every cell.
func (s *Service) Reserve(ctx context.Context, q sqldb.Querier, month string, unitIDs []string) (map[string]int, error) {
	out := map[string]int{}
	if err := reservePlans(ctx, q, month, s.today(), unitIDs, out); err != nil {
		return nil, fmt.Errorf("care: reserve: %w", err)
	}
	if err := reserveMade(ctx, q, month, unitIDs, out); err != nil {
		return nil, fmt.Errorf("care: reserve: %w", err)
	}
	return out, nil
}

// reservePlans adds what will come: an entry is taken to go on past its end,
// since it can be renewed.
func reservePlans(ctx context.Context, q sqldb.Querier, month, today string, unitIDs []string, out map[string]int) error {
	first, last := monthDays(month)
	var w sqldb.Where
	w.Add("who = ?", string(need.ByLead))
	w.Add("lapses_on >= ?", today)
	if unitIDs != nil {
		w.In("unit_id", unitIDs)
	}
	rows, err := q.QueryContext(ctx, `SELECT unit_id, way, every_days, next_on, due_contact <> '' FROM care_entry WHERE `+w.Text(), w.Args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	type plan struct {
		next  string
		every int
		open  bool
	}
	times := map[plan]int{} // few plans are different
	for rows.Next() {
		var unit, nextOn string
		var do need.Do
		var every int
		var open bool
		if err := rows.Scan(&unit, &do, &every, &nextOn, &open); err != nil {
			return err
		}
		p := plan{nextOn, every, open}
		n, known := times[p]
		if !known {
			if open {
				nextOn = addDays(nextOn, every)
			}
			n = occurrences(nextOn, every, first, last)
			times[p] = n
		}
		if n > 0 {
			out[unit] += n * cost(do)
		}
	}
	return rows.Err()
}

// reserveMade adds the month's contacts that a lead has, or did.
func reserveMade(ctx context.Context, q sqldb.Querier, month string, unitIDs []string, out map[string]int) error {
	type made struct {
		unit string
		do   need.Do
		n    int
	}
	var w sqldb.Where
	w.Add("c.month = ?", month)
	w.Add("c.role = 'lead'")
	if unitIDs != nil {
		w.In("c.unit_id", unitIDs)
	}
	list, err := sqldb.Collect(ctx, q, func(r *sql.Rows, m *made) error { return r.Scan(&m.unit, &m.do, &m.n) },
		`SELECT c.unit_id, e.way, COUNT(*) FROM care_contact c JOIN care_entry e ON e.id = c.entry_id WHERE `+w.Text()+` GROUP BY c.unit_id, e.way`, w.Args...)
	for _, m := range list {
		out[m.unit] += m.n * cost(m.do)
	}
	return err
}

func scanText(r *sql.Rows, text *string) error { return r.Scan(text) }
