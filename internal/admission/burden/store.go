package burden

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"bilin/internal/admission"
	"bilin/internal/network"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

// read fills the report: five queries, whatever the city's size.
func (s *Service) read(ctx context.Context, b *builder) error {
	for _, part := range []func(context.Context, sqldb.Querier, *builder) error{readSent, readOfflist, readTrend, readMerged, readRefused} {
		if err := part(ctx, s.opt.DB.Reader(), b); err != nil {
			return fmt.Errorf("burden: %w", err)
		}
	}
	return nil
}

func (b *builder) where(column string) *sqldb.Where {
	w := &sqldb.Where{}
	w.Add("month = ?", string(b.report.Month))
	b.within(w, column)
	return w
}

func (b *builder) within(w *sqldb.Where, column string) {
	if b.in != nil {
		w.In(column, b.in)
	}
}

func readSent(ctx context.Context, q sqldb.Querier, b *builder) error {
	w := b.where("village_id")
	return each(ctx, q, `SELECT t.matter_id, m.department_id, t.village_id, t.tasks, t.minutes, t.done, t.returned
		FROM task_tally t JOIN matter m ON m.id = t.matter_id WHERE `+w.Text(), w.Args, func(scan func(...any) error) error {
		var matter, department, village string
		var sum Sum
		if err := scan(&matter, &department, &village, &sum.Tasks, &sum.Minutes, &sum.Done, &sum.Returned); err != nil {
			return err
		}
		b.sent(matter, department, village, sum)
		return nil
	})
}

// readOfflist counts confirmed reports by department. Of one village none are
// told: with the month and the department, its lead would be known.
func readOfflist(ctx context.Context, q sqldb.Querier, b *builder) error {
	if b.report.Unit.Level > network.Town {
		return nil
	}
	w := &sqldb.Where{}
	w.Add("month = ?", string(b.report.Month))
	w.Add("state = 'confirmed'")
	if b.report.Unit.Level == network.Town {
		w.Add("town_id = ?", b.report.Unit.ID)
	}
	return each(ctx, q, `SELECT department_id, COUNT(*), SUM(minutes) FROM offlist WHERE `+w.Text()+` GROUP BY department_id`, w.Args,
		func(scan func(...any) error) error {
			var department string
			var sum Sum
			if err := scan(&department, &sum.Offlist, &sum.OfflistMinutes); err != nil {
				return err
			}
			b.department(department).add(sum)
			b.report.Whole.add(sum)
			return nil
		})
}

func readTrend(ctx context.Context, q sqldb.Querier, b *builder) error {
	month := b.report.Month
	for range trendMonths - 1 {
		month = month.Prev()
	}
	at := map[admission.Month]int{}
	for m := month; m <= b.report.Month; m = m.Next() {
		at[m] = len(b.report.Trend)
		b.report.Trend = append(b.report.Trend, Point{Month: m})
	}
	w := &sqldb.Where{}
	w.Add("month BETWEEN ? AND ?", string(month), string(b.report.Month))
	b.within(w, "village_id")
	err := each(ctx, q, `SELECT month, SUM(minutes) FROM task_tally WHERE `+w.Text()+` GROUP BY month`, w.Args, func(scan func(...any) error) error {
		var m admission.Month
		var minutes int
		if err := scan(&m, &minutes); err != nil {
			return err
		}
		b.report.Trend[at[m]].Minutes = minutes
		return nil
	})
	if err != nil || b.report.Unit.Level > network.Town {
		return err
	}
	w = &sqldb.Where{}
	w.Add("month BETWEEN ? AND ?", string(month), string(b.report.Month))
	w.Add("state = 'confirmed'")
	if b.report.Unit.Level == network.Town {
		w.Add("town_id = ?", b.report.Unit.ID)
	}
	return each(ctx, q, `SELECT month, COUNT(*) FROM offlist WHERE `+w.Text()+` GROUP BY month`, w.Args, func(scan func(...any) error) error {
		var m admission.Month
		var n int
		if err := scan(&m, &n); err != nil {
			return err
		}
		b.report.Trend[at[m]].Offlist = n
		return nil
	})
}

func readMerged(ctx context.Context, q sqldb.Querier, b *builder) error {
	w := b.where("village_id")
	row := q.QueryRowContext(ctx, `SELECT COALESCE(SUM(visits), 0), COALESCE(SUM(separate), 0), COALESCE(SUM(saved), 0)
		FROM village_plan WHERE `+w.Text(), w.Args...)
	return row.Scan(&b.report.Merged.Visits, &b.report.Merged.Separate, &b.report.Merged.Saved)
}

// readRefused reckons what each matter refused in the month would have asked.
func readRefused(ctx context.Context, q sqldb.Querier, b *builder) error {
	first, err := time.ParseInLocation(time.DateOnly, b.report.Month.First(), workday.City)
	if err != nil {
		return err
	}
	w := &sqldb.Where{}
	w.Add("state = 'refused'")
	w.Add("decided_at >= ? AND decided_at < ?", sqldb.Millis(first), sqldb.Millis(first.AddDate(0, 1, 0)))
	return each(ctx, q, `SELECT number, content FROM matter WHERE `+w.Text(), w.Args, func(scan func(...any) error) error {
		var number, content string
		if err := scan(&number, &content); err != nil {
			return err
		}
		m := &admission.Matter{Number: number}
		if err := json.NewDecoder(strings.NewReader(content)).Decode(&m.Content); err != nil {
			return err
		}
		if t, reached := b.turned(m); reached {
			b.report.Refused = append(b.report.Refused, t)
		}
		return nil
	})
}

// turned is what the matter would have cost in its first month that is due.
func (b *builder) turned(m *admission.Matter) (Turned, bool) {
	month := admission.Month("")
	if len(m.From) >= len("2006-01") {
		month = admission.Month(m.From[:len("2006-01")])
	}
	for i := 0; i < trendMonths && !m.Due(month); i++ {
		month = month.Next()
	}
	sum := admission.LoadOf(b.tree, nil, month, []*admission.Matter{m}, nil).Under(b.report.Unit.ID)
	t := Turned{Number: m.Number, Title: m.Title, DepartmentID: m.DepartmentID, Minutes: sum.Minutes, PerLead: perLead(sum.Minutes, b.report.Leads)}
	return t, sum.Minutes > 0 || b.report.Unit.Level == network.City
}

// each scans every row of a query.
func each(ctx context.Context, q sqldb.Querier, text string, args []any, row func(scan func(...any) error) error) error {
	rows, err := q.QueryContext(ctx, text, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
