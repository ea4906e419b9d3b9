package admission

import (
	"cmp"
	"context"
	"slices"

	"bilin/internal/auth"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// Examination is what the city office sees while deciding.
type Examination struct {
	Matter        *Matter
	Findings      []Finding
	Month         Month // the first one in which the matter is due
	Before, After *Load
	Precedents    []*Matter // decided before on the same function, the newest first
}

// Examine gathers it.
func (s *Service) Examine(ctx context.Context, actor auth.Actor, number string) (*Examination, error) {
	if err := s.opt.Policy.Can(actor, ActReview, auth.Object{}); err != nil {
		return nil, err
	}
	q := s.opt.DB.Reader()
	m, err := byNumber(ctx, q, number)
	if err != nil {
		return nil, err
	}
	x, err := s.examine(ctx, q, m)
	if err != nil {
		return nil, err
	}
	x.Precedents, err = many(ctx, q, `function_id = $1 AND id <> $2 AND state IN ('admitted', 'returned', 'refused', 'revoked', 'expired')
		ORDER BY decided_at DESC, id LIMIT 6`, m.FunctionID, m.ID)
	return x, err
}

// examine reckons with the month in which the matter is due first, and with what
// is admitted for that month.
func (s *Service) examine(ctx context.Context, q sqldb.Querier, m *Matter) (*Examination, error) {
	x := &Examination{Matter: m, Month: s.firstDue(&m.Content)}
	running, err := s.Running(ctx, q, x.Month)
	if err != nil {
		return nil, err
	}
	running = slices.DeleteFunc(running, func(o *Matter) bool { return o.ID == m.ID })
	budgets, err := s.Budgets(ctx, q)
	if err != nil {
		return nil, err
	}
	objected, err := s.Objected(ctx, q)
	if err != nil {
		return nil, err
	}
	x.Before = LoadOf(s.tree(), budgets, x.Month, running, objected)
	if err := s.owing(ctx, q, x.Before, append(running, m)); err != nil {
		return nil, err
	}
	x.After = x.Before.With(m)
	x.Findings = Examine(m, Facts{Duties: s.opt.Duties(), Tree: s.tree(), Running: running, Over: x.After.Over(), OverOld: len(x.Before.Over())})
	return x, nil
}

// firstDue is the first month, from this one on, in which a matter is due.
func (s *Service) firstDue(c *Content) Month {
	month := s.ThisMonth()
	for range 12 * MaxPermit {
		if c.Due(month) {
			return month
		}
		month = month.Next()
	}
	return s.ThisMonth()
}

// PreviewUnit is what a matter costs in one unit.
type PreviewUnit struct {
	UnitID         string
	Leads, Minutes int
	Before, After  Sum
}

// Preview is what a matter would cost, in the first month in which it is due.
type Preview struct {
	Month         Month
	People        int // leads asked
	Homes         int // households visited or called
	Minutes       int
	Before, After Sum
	Over          []Place        // leads past their budget, the worst first
	Units         []PreviewUnit  // towns; villages if the matter names one town only; the heaviest first
	Months        []PreviewMonth // from then on
	Findings      []Finding
}

// Preview reckons what a form would cost, whether it is finished or not.
func (s *Service) Preview(ctx context.Context, actor auth.Actor, c Content) (*Preview, error) {
	if s.opt.Policy.Can(actor, ActEmergency, auth.Object{}) != nil {
		if err := s.mayDraft(actor, c.DepartmentID); err != nil {
			return nil, err
		}
	}
	m := &Matter{Content: c}
	x, err := s.examine(ctx, s.opt.DB.Reader(), m)
	if err != nil {
		return nil, err
	}
	tree := s.tree()
	p := &Preview{Month: x.Month, Findings: x.Findings, Over: x.After.Over()}
	alone := LoadOf(tree, nil, x.Month, []*Matter{m}, nil)
	if c.Standing {
		if err := s.owing(ctx, s.opt.DB.Reader(), alone, []*Matter{m}); err != nil {
			return nil, err
		}
	}
	sum := alone.Under(tree.RootID())
	p.People, p.Minutes = sum.Leads, sum.Minutes
	for _, u := range c.Posts(tree) {
		if alone.Asked(u.ID) > 0 {
			p.Homes += c.Homes(u.Households, x.Month)
		}
	}
	if p.Months, err = s.previewMonths(ctx, m, x); err != nil {
		return nil, err
	}
	p.Before, p.After = p.Months[0].Before, p.Months[0].After
	for _, u := range s.previewUnits(&c) {
		one := alone.Under(u.ID)
		if one.Leads > 0 {
			p.Units = append(p.Units, PreviewUnit{u.ID, one.Leads, one.Minutes, x.Before.Under(u.ID), x.After.Under(u.ID)})
		}
	}
	slices.SortFunc(p.Units, func(a, b PreviewUnit) int {
		return cmp.Or(cmp.Compare(b.After.Over, a.After.Over), cmp.Compare(b.After.Median, a.After.Median), cmp.Compare(a.UnitID, b.UnitID))
	})
	return p, nil
}

// PreviewMonth is what a matter costs in one month.
type PreviewMonth struct {
	Month         Month
	Minutes       int // of the matter alone; 0 in a month in which it isn't due
	Before, After Sum
}

// monthsShown is how many months a preview looks ahead.
const monthsShown = 4

// previewMonths reckons the months after the one examined.
func (s *Service) previewMonths(ctx context.Context, m *Matter, x *Examination) ([]PreviewMonth, error) {
	tree, root := s.tree(), s.tree().RootID()
	of := func(before, after *Load) PreviewMonth {
		p := PreviewMonth{Month: before.month, Before: before.Under(root), After: after.Under(root)}
		p.Minutes = p.After.Minutes - p.Before.Minutes
		return p
	}
	out := []PreviewMonth{of(x.Before, x.After)}
	q := s.opt.DB.Reader()
	for month := x.Month.Next(); len(out) < monthsShown; month = month.Next() {
		running, err := s.Running(ctx, q, month)
		if err != nil {
			return nil, err
		}
		running = slices.DeleteFunc(running, func(o *Matter) bool { return o.ID == m.ID })
		before := LoadOf(tree, x.Before.budgets, month, running, x.Before.objects)
		if err := s.owing(ctx, q, before, append(running, m)); err != nil {
			return nil, err
		}
		out = append(out, of(before, before.With(m)))
	}
	return out, nil
}

// previewUnits are the towns, or the villages of the one town that is named.
func (s *Service) previewUnits(c *Content) []*network.Unit {
	tree := s.tree()
	var town *network.Unit
	for _, u := range c.roots(tree) {
		at := tree.At(u, network.Town)
		if at == nil || town != nil && at.ID != town.ID {
			return tree.Units(network.Town)
		}
		town = at
	}
	if town == nil {
		return tree.Units(network.Town)
	}
	return tree.Children(town)
}
