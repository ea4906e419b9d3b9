package monthly

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"bilin/internal/admission"
	"bilin/internal/sqldb"
)

// readOwed reads the matter of care contacts and what is owed in the units' months.
func (s *Service) readOwed(ctx context.Context, q sqldb.Querier, t *terms, units []string) error {
	m, err := s.opt.Admission.Standing(ctx, q, t.month)
	if err != nil || m == nil {
		return err
	}
	t.standing = m.ID
	t.owed, err = s.opt.Admission.Owed(ctx, q, t.month, units)
	return err
}

// Permit says whether care contacts may be asked in a month, because their
// matter stands on its published list, and which cells' leads have room for what
// they are owed. Each of those has the month's task for it then: made by the
// gate, or longer than it was. A lead who returned it has no room.
func (s *Service) Permit(ctx context.Context, tx *sqldb.Tx, month admission.Month, cells []string) (listed bool, room map[string]bool, err error) {
	m, err := s.opt.Admission.Standing(ctx, tx, month)
	if err != nil || m == nil {
		return false, nil, err
	}
	asks := make([]ask, 0, len(cells))
	for _, id := range cells {
		if u := s.tree().ByID(id); u != nil && u.Active() {
			asks = append(asks, ask{m.ID, u})
		}
	}
	t, err := s.terms(ctx, tx, month, asks)
	if err != nil || !t.listed[m.ID] {
		return false, nil, err
	}
	if _, _, err := s.issue(ctx, tx, month, asks); err != nil {
		return false, nil, err
	}
	room, err = s.lengthen(ctx, tx, t, m.ID, asks)
	return true, room, err
}

// has is a task of care contacts as it is.
type has struct {
	id, unit, village string
	minutes           int
}

// lengthen gives the tasks of care contacts the minutes that are owed by now,
// where the month has them.
func (s *Service) lengthen(ctx context.Context, tx *sqldb.Tx, t *terms, matterID string, asks []ask) (map[string]bool, error) {
	var w sqldb.Where
	w.Add("month = ?", string(t.month))
	w.Add("matter_id = ?", matterID)
	var units []string
	budget := map[string]int{}
	for _, a := range asks {
		units = append(units, a.unit.ID)
		budget[a.unit.ID] = t.budgets.For(t.tree, a.unit)
	}
	w.In("unit_id", units)
	var list []has
	room := map[string]bool{}
	err := each(ctx, tx, `SELECT id, unit_id, village_id, minutes FROM task WHERE state IN ('open', 'done') AND `+w.Text(), w.Args, func(scan func(...any) error) error {
		var h has
		err := scan(&h.id, &h.unit, &h.village, &h.minutes)
		list = append(list, h)
		return err
	})
	if err != nil {
		return nil, err
	}
	tallies := map[[2]string]*tally{}
	for _, h := range list {
		more := t.owed[h.unit] - h.minutes
		if !t.there[h.unit+matterID] {
			more = 0 // made just now
		}
		taken := t.taken[h.unit]
		switch {
		case more <= 0:
			room[h.unit] = true
			continue
		case taken+more > budget[h.unit]:
			continue
		}
		room[h.unit] = true
		if _, err := tx.ExecContext(ctx, `UPDATE task SET minutes = minutes + $1, version = version + 1 WHERE id = $2`, more, h.id); err != nil {
			return nil, fmt.Errorf("monthly: lengthen: %w", err)
		}
		key := [2]string{h.village, matterID}
		if tallies[key] == nil {
			tallies[key] = &tally{}
		}
		tallies[key].minutes += more
	}
	return room, addTallies(ctx, tx, t.month, tallies)
}

// CloseStanding ends the open tasks of care contacts of a month that is over,
// but those of cells where some contact of it is open still.
func (s *Service) CloseStanding(ctx context.Context, month admission.Month, cells []string) error {
	if month >= s.ThisMonth() {
		return nil
	}
	m, err := s.opt.Admission.Standing(ctx, s.opt.DB.Reader(), month)
	if err != nil || m == nil {
		return err
	}
	left := map[string]bool{}
	for _, id := range cells {
		left[id] = true
	}
	after := ""
	for {
		list, err := sqldb.Collect(ctx, s.opt.DB.Reader(), func(r *sql.Rows, h *has) error { return r.Scan(&h.id, &h.unit, &h.village, &h.minutes) },
			`SELECT id, unit_id, village_id, minutes FROM task WHERE matter_id = $1 AND month = $2 AND state = 'open' AND id > $3 ORDER BY id LIMIT $4`,
			m.ID, string(month), after, mostAtOnce)
		if err != nil || len(list) == 0 {
			return err
		}
		after = list[len(list)-1].id
		list = slices.DeleteFunc(list, func(h has) bool { return left[h.unit] })
		if err := s.closeSome(ctx, month, m.ID, list); err != nil {
			return err
		}
	}
}

func (s *Service) closeSome(ctx context.Context, month admission.Month, matterID string, list []has) error {
	if len(list) == 0 {
		return nil
	}
	return s.opt.DB.Write(ctx, func(tx *sqldb.Tx) error {
		tallies := map[[2]string]*tally{}
		for _, h := range list {
			done, err := tx.ExecContext(ctx, `UPDATE task SET state = 'done', state_at = $1, version = version + 1 WHERE id = $2 AND state = 'open'`, sqldb.Millis(s.now()), h.id)
			if err != nil {
				return fmt.Errorf("monthly: close: %w", err)
			}
			switch n, err := done.RowsAffected(); {
			case err != nil:
				return err
			case n == 0:
				continue
			}
			key := [2]string{h.village, matterID}
			if tallies[key] == nil {
				tallies[key] = &tally{}
			}
			tallies[key].done++
		}
		return addTallies(ctx, tx, month, tallies)
	})
}
