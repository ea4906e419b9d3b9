package admission

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// Matter returns one that the actor may read.
func (s *Service) Matter(ctx context.Context, actor auth.Actor, number string) (*Matter, error) {
	m, err := byNumber(ctx, s.opt.DB.Reader(), number)
	if err != nil {
		return nil, err
	}
	return m, s.mayRead(actor, m)
}

// ByNumber reads a matter for other parts of the slice, which ask for themselves who may.
func (s *Service) ByNumber(ctx context.Context, q sqldb.Querier, number string) (*Matter, error) {
	return byNumber(ctx, q, number)
}

// Events is its course. Names of those who decided are the offices' own; who
// objected is told by the village.
func (s *Service) Events(ctx context.Context, actor auth.Actor, number string) ([]Event, error) {
	m, err := s.Matter(ctx, actor, number)
	if err != nil {
		return nil, err
	}
	return eventsOf(ctx, s.opt.DB.Reader(), m.ID)
}

// Filter chooses matters. Zero fields choose all.
type Filter struct {
	States       []State
	DepartmentID string
	FunctionID   string
	Text         string // part of the title
	Cursor       string // number of the last one seen
	Limit        int    // 1 to 100; default 25
}

// Matters lists those the actor may read, the newest first, and the cursor of the
// next page, "" at the end.
func (s *Service) Matters(ctx context.Context, actor auth.Actor, f Filter) ([]*Matter, string, error) {
	var w sqldb.Where
	w.Add("1 = 1")
	if len(f.States) > 0 {
		states := make([]string, len(f.States))
		for i, st := range f.States {
			states[i] = string(st)
		}
		w.In("state", states)
	}
	s.onlyReadable(actor, &w)
	if f.DepartmentID != "" {
		w.Add("department_id = ?", f.DepartmentID)
	}
	if f.FunctionID != "" {
		w.Add("function_id = ?", f.FunctionID)
	}
	if text := strings.TrimSpace(f.Text); text != "" {
		w.Add(`title LIKE ? ESCAPE '\'`, "%"+strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)+"%")
	}
	if f.Cursor != "" {
		w.Add("id < ?", f.Cursor)
	}
	limit := f.Limit
	if limit < 1 || limit > 100 {
		limit = 25
	}
	list, err := many(ctx, s.opt.DB.Reader(), w.Text()+` ORDER BY id DESC LIMIT `+strconv.Itoa(limit+1), w.Args...)
	if err != nil || len(list) <= limit {
		return list, "", err
	}
	return list[:limit], list[limit-1].ID, nil
}

// onlyReadable leaves out what is between a department and the city office.
func (s *Service) onlyReadable(actor auth.Actor, w *sqldb.Where) {
	if s.opt.Policy.Can(actor, ActReview, auth.Object{}) == nil {
		return
	}
	own := []string{}
	for _, d := range s.tree().Departments() {
		if s.mayDraft(actor, d.ID) == nil {
			own = append(own, d.ID)
		}
	}
	open := w.OneOf("state", []string{string(Returned), string(Admitted), string(Refused), string(Revoked), string(Expired)})
	w.Parts = append(w.Parts, "("+open+" OR "+w.OneOf("department_id", own)+")")
}

// DepartmentsOf lists the departments for which the actor may draft.
func (s *Service) DepartmentsOf(actor auth.Actor) []string {
	var own []string
	for _, d := range s.tree().Departments() {
		if s.mayDraft(actor, d.ID) == nil {
			own = append(own, d.ID)
		}
	}
	return own
}

// Desk is what waits for the city office.
type Desk struct {
	Submitted   []*Matter // by the day they are to be decided
	Objections  int
	Emergencies []*Matter // running, or over and not yet looked at
}

// Desk gathers it.
func (s *Service) Desk(ctx context.Context, actor auth.Actor) (*Desk, error) {
	if err := s.opt.Policy.Can(actor, ActReview, auth.Object{}); err != nil {
		return nil, err
	}
	q := s.opt.DB.Reader()
	submitted, err := many(ctx, q, `state = 'submitted' ORDER BY decide_by, id LIMIT 200`)
	if err != nil {
		return nil, err
	}
	urgent, err := many(ctx, q, `emergency = 1 AND reviewed_at = 0 ORDER BY ends_at, id LIMIT 100`)
	if err != nil {
		return nil, err
	}
	d := &Desk{Submitted: submitted, Emergencies: urgent}
	return d, q.QueryRowContext(ctx, `SELECT COUNT(*) FROM matter_objection WHERE state = 'open'`).Scan(&d.Objections)
}

// Running lists the permits that are valid on some day of a month, but for
// emergencies, in the order in which they come within a budget.
func (s *Service) Running(ctx context.Context, q sqldb.Querier, month Month) ([]*Matter, error) {
	return many(ctx, q, `state = 'admitted' AND emergency = 0 AND from_day <= $1 AND until_day >= $2 ORDER BY priority, decided_at, id`, month.Last(), month.First())
}

// BudgetRow is a budget that a unit sets.
type BudgetRow struct {
	UnitID  string
	Minutes int
	Reason  string
	Version int
}

// BudgetRows lists them.
func (s *Service) BudgetRows(ctx context.Context, q sqldb.Querier) ([]BudgetRow, error) {
	rows, err := q.QueryContext(ctx, `SELECT unit_id, minutes, reason, version FROM minutes_budget ORDER BY unit_id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []BudgetRow
	for rows.Next() {
		var b BudgetRow
		if err := rows.Scan(&b.UnitID, &b.Minutes, &b.Reason, &b.Version); err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, rows.Err()
}

// Budgets are those of today.
func (s *Service) Budgets(ctx context.Context, q sqldb.Querier) (Budgets, error) {
	rows, err := s.BudgetRows(ctx, q)
	out := Budgets{}
	for _, r := range rows {
		out[r.UnitID] = r.Minutes
	}
	return out, err
}

// AllBudgets are those of today, for whoever has no connection of their own.
func (s *Service) AllBudgets(ctx context.Context) (Budgets, error) {
	return s.Budgets(ctx, s.opt.DB.Reader())
}

// SetBudget sets what each lead under a unit may be asked, or with −1 that the
// unit above says it.
func (s *Service) SetBudget(ctx context.Context, actor auth.Actor, unitID string, minutes int, cmd Command) error {
	u := s.tree().ByID(unitID)
	if u == nil || !u.Active() {
		return errs.E(errs.Invalid, "matter.check").WithField("unit", "matter.unknown")
	}
	if err := s.opt.Policy.Can(actor, ActBudget, auth.Object{UnitID: u.ID}); err != nil {
		return err
	}
	switch bad := errs.E(errs.Invalid, "matter.check"); {
	case minutes < -1 || minutes > 2400:
		return bad.WithField("minutes", "matter.range", "min", 0, "max", 2400)
	case strings.TrimSpace(cmd.Note) == "":
		return bad.WithField("note", "matter.no_word")
	}
	return s.opt.DB.Write(ctx, func(tx *sqldb.Tx) error { return s.setBudget(ctx, tx, actor, u.ID, minutes, cmd) })
}

// ByIDs reads matters for other parts of the slice.
func (s *Service) ByIDs(ctx context.Context, q sqldb.Querier, ids []string) (map[string]*Matter, error) {
	out := map[string]*Matter{}
	if len(ids) == 0 {
		return out, nil
	}
	var w sqldb.Where
	w.In("id", ids)
	list, err := many(ctx, q, w.Text(), w.Args...)
	for _, m := range list {
		out[m.ID] = m
	}
	return out, err
}

// Emergencies lists the emergency permits that run.
func (s *Service) Emergencies(ctx context.Context, q sqldb.Querier) ([]*Matter, error) {
	return many(ctx, q, `state = 'admitted' AND emergency = 1 AND ends_at > $1 ORDER BY id`, sqldb.MillisOrZero(s.now()))
}

// AllBudgetRows are the budgets that units set, for whoever has no connection of their own.
func (s *Service) AllBudgetRows(ctx context.Context) ([]BudgetRow, error) {
	return s.BudgetRows(ctx, s.opt.DB.Reader())
}

// Bypassed lists the emergency permits issued between two moments for places at,
// above or under a unit, the latest first.
func (s *Service) Bypassed(ctx context.Context, unitID string, from, to time.Time) ([]*Matter, error) {
	list, err := many(ctx, s.opt.DB.Reader(), `emergency = 1 AND decided_at BETWEEN $1 AND $2 ORDER BY decided_at DESC, id LIMIT 200`, sqldb.MillisOrZero(from), sqldb.MillisOrZero(to))
	if err != nil {
		return nil, err
	}
	tree := s.tree()
	var out []*Matter
	for _, m := range list {
		if slices.ContainsFunc(m.roots(tree), func(u *network.Unit) bool { return tree.Contains(unitID, u.ID) || tree.Contains(u.ID, unitID) }) {
			out = append(out, m)
		}
	}
	return out, nil
}
