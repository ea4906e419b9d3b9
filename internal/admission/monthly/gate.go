package monthly

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"bilin/internal/admission"
	"bilin/internal/network"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

// ask is one task that somebody wants made.
type ask struct {
	matterID string
	unit     *network.Unit
}

// terms are what the gate reads once for many tasks.
type terms struct {
	tree      *network.Tree
	month     admission.Month
	matters   map[string]*admission.Matter
	published bool
	listed    map[string]bool // by the matter's id
	objected  map[string][]string
	budgets   admission.Budgets
	taken     map[string]int  // minutes, by the unit's id
	there     map[string]bool // unit and matter
	standing  string          // id of the matter of care contacts, "" for none
	owed      map[string]int  // minutes for it, by the unit's id
	given     map[string]int  // and those that its tasks have already
}

// issue is the gate: the only way in which a task comes to be. It makes those
// that pass, keeps count of them by village, and says by which rule each other
// was refused. What it knows is read in the same transaction.
func (s *Service) issue(ctx context.Context, tx *sqldb.Tx, month admission.Month, asks []ask) (made int, turned []Refusal, err error) {
	t, err := s.terms(ctx, tx, month, asks)
	if err != nil {
		return 0, nil, err
	}
	now := s.opt.Now().In(workday.City)
	var rows [][]any
	tallies := map[[2]string]*tally{}
	for _, a := range asks {
		f := t.facts(a)
		f.Now, f.Paused = now, s.opt.Paused(a.unit.ID)
		if rule := Gate(f); rule != Passes {
			turned = append(turned, Refusal{rule, a.matterID, a.unit.ID})
			continue
		}
		m := f.Matter
		t.there[a.unit.ID+m.ID] = true
		bypass := 1
		if !m.Emergency {
			t.taken[a.unit.ID] += f.Minutes
			bypass = 0
			if m.ID == t.standing {
				t.given[a.unit.ID] = f.Minutes
			}
		}
		first, last := m.Window(month)
		village := villageOf(t.tree, a.unit)
		rows = append(rows, []any{sqldb.NewID(), m.ID, string(month), a.unit.ID, village, m.Homes(a.unit.Households, month), f.Minutes,
			first, last, string(Open), sqldb.Millis(s.now()), "", "", bypass, 1, sqldb.Millis(s.now())})
		key := [2]string{village, m.ID}
		if tallies[key] == nil {
			tallies[key] = &tally{}
		}
		tallies[key].tasks++
		tallies[key].minutes += f.Minutes
	}
	if len(rows) == 0 {
		return 0, turned, nil
	}
	err = sqldb.InsertMany(ctx, tx, "task", []string{"id", "matter_id", "month", "unit_id", "village_id", "homes", "minutes",
		"first_day", "last_day", "state", "state_at", "reason", "person_id", "bypass", "version", "created_at"}, rows, "")
	if err != nil {
		return 0, nil, fmt.Errorf("monthly: tasks: %w", err)
	}
	return len(rows), turned, addTallies(ctx, tx, month, tallies)
}

func (t *terms) facts(a ask) Facts {
	m := t.matters[a.matterID]
	f := Facts{Matter: m, Month: t.month, Published: t.published, Listed: t.listed[a.matterID], Budget: t.budgets.For(t.tree, a.unit), Asked: t.taken[a.unit.ID]}
	if m == nil {
		return f
	}
	f.InAudience = m.Covers(t.tree, a.unit)
	f.Minutes = m.LeadMinutes(a.unit.Households, t.month)
	if m.ID == t.standing {
		f.Minutes = min(t.owed[a.unit.ID], f.Budget)
	} else {
		f.Asked += max(0, min(t.owed[a.unit.ID], f.Budget)-t.given[a.unit.ID])
	}
	f.Served = t.tree.LeadOf(a.unit.ID) != nil
	f.Already = t.there[a.unit.ID+m.ID]
	f.Objected = slices.ContainsFunc(t.objected[m.ID], func(id string) bool { return t.tree.Contains(id, a.unit.ID) })
	return f
}

func villageOf(tree *network.Tree, u *network.Unit) string {
	if v := tree.At(u, network.Village); v != nil {
		return v.ID
	}
	return ""
}

func (s *Service) terms(ctx context.Context, tx *sqldb.Tx, month admission.Month, asks []ask) (*terms, error) {
	t := &terms{tree: s.tree(), month: month, listed: map[string]bool{}, taken: map[string]int{}, there: map[string]bool{}, given: map[string]int{}}
	var ids, units []string
	for _, a := range asks {
		ids, units = append(ids, a.matterID), append(units, a.unit.ID)
	}
	slices.Sort(ids)
	slices.Sort(units)
	var err error
	if t.matters, err = s.opt.Admission.ByIDs(ctx, tx, slices.Compact(ids)); err != nil {
		return nil, err
	}
	if t.objected, err = s.opt.Admission.Objected(ctx, tx); err != nil {
		return nil, err
	}
	if t.budgets, err = s.opt.Admission.Budgets(ctx, tx); err != nil {
		return nil, err
	}
	if err := t.readList(ctx, tx); err != nil {
		return nil, err
	}
	units = slices.Compact(units)
	if err := s.readOwed(ctx, tx, t, units); err != nil {
		return nil, err
	}
	for part := range slices.Chunk(units, 500) {
		if err := t.readTaken(ctx, tx, part); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (t *terms) readList(ctx context.Context, q sqldb.Querier) error {
	return each(ctx, q, `SELECT l.matter_id FROM list_line l JOIN monthly_list m ON m.month = l.month WHERE l.month = $1 AND m.state = 'published'`,
		[]any{string(t.month)}, func(scan func(...any) error) error {
			var id string
			if err := scan(&id); err != nil {
				return err
			}
			t.published, t.listed[id] = true, true
			return nil
		})
}

// readTaken reads what leads' months hold already.
func (t *terms) readTaken(ctx context.Context, q sqldb.Querier, units []string) error {
	var w sqldb.Where
	w.Add("month = ?", string(t.month))
	w.In("unit_id", units)
	return each(ctx, q, `SELECT unit_id, matter_id, minutes, state, bypass FROM task WHERE `+w.Text(), w.Args, func(scan func(...any) error) error {
		var unit, matter string
		var minutes int
		var state TaskState
		var bypass bool
		if err := scan(&unit, &matter, &minutes, &state, &bypass); err != nil {
			return err
		}
		t.there[unit+matter] = true
		if state != Cancelled && !bypass {
			t.taken[unit] += minutes
		}
		if matter == t.standing {
			t.given[unit] = minutes // what was returned is not reserved again
		}
		return nil
	})
}

// tally is what changes in the count of a village and a matter.
type tally struct{ tasks, minutes, done, returned int }

func addTallies(ctx context.Context, tx *sqldb.Tx, month admission.Month, tallies map[[2]string]*tally) error {
	keys := make([][2]string, 0, len(tallies))
	for key := range tallies {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b [2]string) int { return strings.Compare(a[0]+a[1], b[0]+b[1]) })
	for _, key := range keys {
		n := tallies[key]
		_, err := tx.ExecContext(ctx, `INSERT INTO task_tally (month, village_id, matter_id, tasks, minutes, done, returned) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (month, village_id, matter_id) DO UPDATE SET tasks = task_tally.tasks + excluded.tasks, minutes = task_tally.minutes + excluded.minutes,
			done = task_tally.done + excluded.done, returned = task_tally.returned + excluded.returned`,
			string(month), key[0], key[1], n.tasks, n.minutes, n.done, n.returned)
		if err != nil {
			return fmt.Errorf("monthly: tally: %w", err)
		}
	}
	return nil
}

// each scans every row of a query.
func each(ctx context.Context, q sqldb.Querier, text string, args []any, row func(scan func(...any) error) error) error {
	rows, err := q.QueryContext(ctx, text, args...)
	if err != nil {
		return fmt.Errorf("monthly: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return fmt.Errorf("monthly: %w", err)
		}
	}
	return rows.Err()
}
