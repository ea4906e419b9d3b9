package meeting

import (
	"context"
	"fmt"
	"time"

	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

// Filled is a meeting of a demo, as it would be after it was held.
type Filled struct {
	Meeting
	Items    []Item
	Minutes  string
	Resolved []Resolution // DueDay, owner and words; the rest is filled in
}

// Fill puts meetings of a demo in, in the order of their time. What was resolved
// and done before the next one of the same unit was read out there.
func (s *Service) Fill(ctx context.Context, list []Filled) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		f := filler{open: map[string][]*Resolution{}}
		for i := 0; i < len(list); {
			year := list[i].StartsAt.In(workday.City).Year()
			n := i
			for n < len(list) && list[n].StartsAt.In(workday.City).Year() == year {
				n++
			}
			first, err := reserve(ctx, tx, year, n-i)
			if err != nil {
				return err
			}
			for j := i; j < n; j++ {
				f.add(&list[j], numbered(year, first+j-i))
			}
			i = n
		}
		return f.store(ctx, tx)
	})
}

// filler gathers rows, so that each table is written at once.
type filler struct {
	meetings           []*Meeting
	resolved           []*Resolution
	items, words, read [][]any
	open               map[string][]*Resolution // by unit, not read out yet
}

func (f *filler) add(x *Filled, num string) {
	m := &x.Meeting
	m.ID, m.Number, m.MadeAt, m.Version = sqldb.NewID(), num, m.StartsAt.AddDate(0, 0, -4), 1
	if m.State == Held {
		f.readOut(m)
		if x.Minutes != "" {
			m.Edition = 1
			f.words = append(f.words, minutesRow(m.ID, Minutes{Edition: 1, Words: x.Minutes, At: m.StartsAt.Add(2 * Length)}))
		}
	}
	f.meetings = append(f.meetings, m)
	f.items = append(f.items, itemRows(m.ID, x.Items)...)
	for i := range x.Resolved {
		r := &x.Resolved[i]
		r.ID, r.MeetingID, r.UnitID, r.Kind, r.MadeAt, r.Version = sqldb.NewID(), m.ID, m.UnitID, Promise, m.StartsAt.Add(Length), 1
		if r.WithUnit == "" {
			r.WithUnit = r.OwnerUnit
		}
		if r.DoneAt.IsZero() {
			r.NextAt = due(r.DueDay).Add(climbAfter)
		}
		f.resolved = append(f.resolved, r)
		f.open[m.UnitID] = append(f.open[m.UnitID], r)
	}
}

// readOut reads out what was resolved at the unit before.
func (f *filler) readOut(m *Meeting) {
	var left []*Resolution
	for _, r := range f.open[m.UnitID] {
		became := Open
		switch {
		case !r.DoneAt.IsZero() && r.DoneAt.Before(m.StartsAt):
			became, r.ToldAt = Done, m.StartsAt
		case !due(r.DueDay).After(m.StartsAt):
			became = Overdue
		}
		outcome := ""
		if became == Done {
			outcome = r.Outcome
		} else {
			left = append(left, r)
		}
		f.read = append(f.read, []any{m.ID, r.ID, string(became), outcome, sqldb.Millis(m.StartsAt.Add(10 * time.Minute))})
	}
	f.open[m.UnitID] = left
}

func (f *filler) store(ctx context.Context, tx *sqldb.Tx) error {
	if err := insertMeetings(ctx, tx, f.meetings...); err != nil {
		return fmt.Errorf("meeting: fill: %w", err)
	}
	if err := insertResolutions(ctx, tx, f.resolved...); err != nil {
		return fmt.Errorf("meeting: fill: %w", err)
	}
	for _, x := range []struct {
		table string
		into  []string
		rows  [][]any
	}{{"meeting_item", itemInto, f.items}, {"meeting_minutes", minutesInto, f.words}, {"meeting_read", readInto, f.read}} {
		if err := sqldb.InsertMany(ctx, tx, x.table, x.into, x.rows, ""); err != nil {
			return fmt.Errorf("meeting: fill: %w", err)
		}
	}
	return nil
}
