package monthly

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"bilin/internal/admission"
	"bilin/internal/admission/plan"
	"bilin/internal/auth"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

func tasks(ctx context.Context, q sqldb.Querier, where string, args ...any) (out []Task, err error) {
	err = each(ctx, q, `SELECT `+taskColumns+` FROM task t JOIN matter m ON m.id = t.matter_id WHERE `+where, args, func(scan func(...any) error) error {
		var t Task
		var at int64
		var raw string
		err := scan(&t.ID, &t.MatterID, &t.Month, &t.UnitID, &t.VillageID, &t.Homes, &t.Minutes, &t.FirstDay, &t.LastDay, &t.State, &at, &t.Reason,
			&t.PersonID, &t.Bypass, &t.Version, &t.Number, &raw, &t.Conditions, &t.Priority)
		if err != nil {
			return err
		}
		t.StateAt = sqldb.TimeOrZero(at)
		var c admission.Content
		if err := json.Unmarshal([]byte(raw), &c); err != nil {
			return err
		}
		t.Title, t.Ask, t.Support, t.DepartmentID = c.Title, c.Ask, c.Support, c.DepartmentID
		t.Way, t.Rotation, t.HomeMinutes, t.Standing = c.Way, c.Rotation, c.HomeMinutes, c.Standing
		out = append(out, t)
		return nil
	})
	return out, err
}

// Home is a household that has its turn.
type Home struct {
	ID, Address string
	Marked      bool // by the lead, of every task that asks for it
}

// Call is one visit of a lead's month.
type Call struct {
	Day     string // "YYYY-MM-DD"
	Home    Home
	Tasks   []int // places in the sheet's tasks
	Minutes int
}

// Sheet is one lead's month.
type Sheet struct {
	Unit   *network.Unit
	Month  admission.Month
	Budget int
	Asked  int    // minutes charged, without merging
	Tasks  []Task // what matters first: emergencies, open ones by priority and last day, then what is over
	Calls  []Call // households to go to for open tasks, by day
	Saved  int    // minutes that merging the calls saves
	Paused bool   // the unit is in emergency mode: routine tasks wait
}

// Tasks returns the sheet of a unit's post. Households are there only for
// whoever does the work or stands over it.
func (s *Service) Tasks(ctx context.Context, actor auth.Actor, unitID string, month admission.Month) (*Sheet, error) {
	u := s.tree().ByID(unitID)
	if u == nil {
		return nil, noTask()
	}
	if err := s.opt.Policy.Can(actor, admission.ActTask, auth.Object{UnitID: u.ID}); err != nil {
		return nil, err
	}
	q := s.opt.DB.Reader()
	list, err := tasks(ctx, q, `t.unit_id = $1 AND t.month = $2`, u.ID, string(month))
	if err != nil {
		return nil, err
	}
	budgets, err := s.opt.Admission.Budgets(ctx, q)
	if err != nil {
		return nil, err
	}
	sh := &Sheet{Unit: u, Month: month, Budget: budgets.For(s.tree(), u), Tasks: list, Paused: s.opt.Paused(u.ID)}
	sh.order()
	for i, t := range list {
		if t.State != Cancelled && !t.Bypass {
			sh.Asked += t.Minutes
		}
		list[i].Waits = sh.Paused && t.State == Open && !t.Bypass && !t.Standing
	}
	return sh, s.visits(ctx, q, sh)
}

// order puts what matters first.
func (sh *Sheet) order() {
	weight := map[TaskState]int{Open: 0, Returned: 1, Done: 2, Cancelled: 3}
	slices.SortFunc(sh.Tasks, func(a, b Task) int {
		urgent := func(t Task) int {
			if t.Bypass {
				return 0
			}
			return 1
		}
		return cmp.Or(cmp.Compare(weight[a.State], weight[b.State]), cmp.Compare(urgent(a), urgent(b)), cmp.Compare(a.Priority, b.Priority),
			cmp.Compare(a.LastDay, b.LastDay), cmp.Compare(a.Number, b.Number))
	})
}

// visits plans the calls of the open tasks that lead to households.
func (s *Service) visits(ctx context.Context, q sqldb.Querier, sh *Sheet) error {
	if !slices.ContainsFunc(sh.Tasks, func(t Task) bool { return t.State == Open && t.Homes > 0 }) {
		return nil
	}
	var homes []Home
	err := each(ctx, q, `SELECT id, address FROM household WHERE unit_id = $1 AND state = 'active' ORDER BY id`, []any{sh.Unit.ID}, func(scan func(...any) error) error {
		var h Home
		err := scan(&h.ID, &h.Address)
		homes = append(homes, h)
		return err
	})
	if err != nil {
		return err
	}
	marks, err := s.marks(ctx, q, sh)
	if err != nil {
		return err
	}
	jobs, whose := sh.jobs(homes)
	p := plan.Best(jobs, plan.Limits{Month: 1 << 30, Doorstep: admission.Doorstep})
	for _, v := range p.Visits {
		if v.Home == plan.NoHome {
			continue
		}
		c := Call{Day: sh.Month.Day(v.Day), Home: homes[v.Home], Minutes: v.Minutes}
		c.Home.Marked = true
		for _, j := range v.Jobs {
			c.Tasks = append(c.Tasks, whose[j])
			c.Home.Marked = c.Home.Marked && marks[sh.Tasks[whose[j]].ID+c.Home.ID]
		}
		sh.Calls = append(sh.Calls, c)
	}
	sh.Saved = p.Saved
	return nil
}

func (s *Service) marks(ctx context.Context, q sqldb.Querier, sh *Sheet) (map[string]bool, error) {
	var w sqldb.Where
	var ids []string
	for _, t := range sh.Tasks {
		if t.State == Open && t.Homes > 0 {
			ids = append(ids, t.ID)
		}
	}
	w.In("task_id", ids)
	marks := map[string]bool{}
	err := each(ctx, q, `SELECT task_id, household_id FROM task_mark WHERE `+w.Text(), w.Args, func(scan func(...any) error) error {
		var task, home string
		err := scan(&task, &home)
		marks[task+home] = true
		return err
	})
	return marks, err
}

// jobs are what the open tasks ask, household by household.
func (sh *Sheet) jobs(homes []Home) (jobs []plan.Job, whose []int) {
	for i, t := range sh.Tasks {
		if t.State != Open || t.Homes == 0 {
			continue
		}
		c := admission.Content{Way: t.Way, Rotation: t.Rotation}
		for h := range homes {
			if c.Turn(h, sh.Month) {
				jobs = append(jobs, plan.Job{Matter: i, Home: h, First: dayOf(t.FirstDay), Last: dayOf(t.LastDay), Minutes: t.HomeMinutes, Rank: t.Priority})
				whose = append(whose, i)
			}
		}
	}
	return jobs, whose
}

// dayOf is the day of the month of a date.
func dayOf(date string) int {
	if len(date) < len("2006-01-02") {
		return 1
	}
	n, err := strconv.Atoi(date[8:10])
	if err != nil {
		return 1
	}
	return n
}

// JobsOf is what one lead's month holds of the matters, for the plan of a city.
func JobsOf(households int, month admission.Month, matters []*admission.Matter) []plan.Job {
	var jobs []plan.Job
	for i, m := range matters {
		first, last := m.Window(month)
		job := plan.Job{Matter: i, Home: plan.NoHome, First: dayOf(first), Last: max(dayOf(first), dayOf(last)), Minutes: m.Minutes, Rank: m.Priority}
		if job.Minutes > 0 {
			jobs = append(jobs, job)
		}
		for h := range households {
			if m.Turn(h, month) {
				job.Home, job.Minutes = h, m.HomeMinutes
				jobs = append(jobs, job)
			}
		}
	}
	return jobs
}

// planVillage writes down what merging visits saves in a village.
func (s *Service) planVillage(ctx context.Context, month admission.Month, village *network.Unit, matters []*admission.Matter) error {
	tree := s.tree()
	var sheets [][]plan.Job
	for _, u := range tree.Subtree(village) {
		if u.Level != network.Cell || tree.LeadOf(u.ID) == nil {
			continue
		}
		var here []*admission.Matter
		for _, m := range matters {
			if m.Covers(tree, u) {
				here = append(here, m)
			}
		}
		if jobs := JobsOf(u.Households, month, here); len(jobs) > 0 {
			sheets = append(sheets, jobs)
		}
	}
	t := plan.City(len(sheets), func(i int) ([]plan.Job, plan.Limits) {
		return sheets[i], plan.Limits{Month: 1 << 30, Doorstep: admission.Doorstep}
	})
	return s.opt.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO village_plan (month, village_id, leads, visits, separate, minutes, saved) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (month, village_id) DO UPDATE SET leads = excluded.leads, visits = excluded.visits, separate = excluded.separate,
			minutes = excluded.minutes, saved = excluded.saved`, string(month), village.ID, t.Leads, t.Visits, t.Separate, t.Minutes, t.Saved)
		if err != nil {
			return fmt.Errorf("monthly: plan: %w", err)
		}
		return nil
	})
}
