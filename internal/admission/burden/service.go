package burden

import (
	"cmp"
	"context"
	"slices"

	"bilin/internal/admission"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/workday"
)

const trendMonths = 12

// Report adds up one unit's burden of a month: the city's, a town's or a
// village's. Below, too few people are meant.
func (s *Service) Report(ctx context.Context, actor auth.Actor, unitCode string, month admission.Month) (*Report, error) {
	tree := s.opt.Tree()
	unit := tree.Root()
	if unitCode != "" {
		unit = tree.ByCode(unitCode)
	}
	if unit == nil || unit.Level > network.Village || !unit.Active() {
		return nil, errs.E(errs.NotFound, "burden.no_unit")
	}
	if err := s.opt.Policy.Can(actor, ActRead, auth.Object{UnitID: unit.ID}); err != nil {
		return nil, err
	}
	if month == "" {
		month = s.ThisMonth()
	}
	budgets, err := s.budgets(ctx)
	if err != nil {
		return nil, err
	}
	r := &Report{Month: month, Unit: unit}
	b := builder{tree: tree, report: r, in: villagesUnder(tree, unit), byDept: map[string]*Department{}, matters: map[string]map[string]bool{}, part: map[string]*Part{}}
	b.parts(budgets)
	if err := s.read(ctx, &b); err != nil {
		return nil, err
	}
	b.finish()
	return r, nil
}

func (s *Service) budgets(ctx context.Context) (admission.Budgets, error) {
	if s.opt.Budgets == nil {
		return nil, nil
	}
	return s.opt.Budgets(ctx)
}

// villagesUnder lists the villages' ids, or nil for the whole city.
func villagesUnder(tree *network.Tree, unit *network.Unit) []string {
	if unit.Level == network.City {
		return nil
	}
	var ids []string
	for _, u := range tree.Subtree(unit) {
		if u.Level == network.Village {
			ids = append(ids, u.ID)
		}
	}
	return ids
}

// builder gathers a report.
type builder struct {
	tree    *network.Tree
	report  *Report
	in      []string // villages; nil is all
	byDept  map[string]*Department
	matters map[string]map[string]bool // department → its matters
	part    map[string]*Part
}

// parts prepares the units directly under the one asked for, with their budgets.
func (b *builder) parts(budgets admission.Budgets) {
	for _, u := range b.tree.Children(b.report.Unit) {
		if u.Level <= network.Village {
			b.part[u.ID] = &Part{Unit: u}
		}
	}
	for _, u := range b.tree.Subtree(b.report.Unit) {
		if u.Level != network.Cell || b.tree.LeadOf(u.ID) == nil {
			continue
		}
		minutes := b.budgetOf(u, budgets)
		b.report.Leads++
		b.report.Budget += minutes
		if p := b.partOf(u.ID); p != nil {
			p.Leads++
			p.Budget += minutes
		}
	}
}

func (b *builder) budgetOf(u *network.Unit, budgets admission.Budgets) int {
	if len(budgets) == 0 {
		return admission.DefaultBudget
	}
	for ; u != nil; u = b.tree.Parent(u) {
		if minutes, ok := budgets[u.ID]; ok {
			return minutes
		}
	}
	return admission.DefaultBudget
}

// partOf returns the part that a unit lies in, or nil.
func (b *builder) partOf(unitID string) *Part {
	u := b.tree.ByID(unitID)
	if u == nil || len(b.part) == 0 {
		return nil
	}
	if at := b.tree.At(u, b.report.Unit.Level+1); at != nil {
		return b.part[at.ID]
	}
	return nil
}

func (b *builder) department(id string) *Department {
	d := b.byDept[id]
	if d == nil {
		d = &Department{ID: id, Name: id}
		if known := b.tree.Department(id); known != nil {
			d.Code, d.Name = known.Code, known.Name
		}
		b.byDept[id] = d
		b.matters[id] = map[string]bool{}
	}
	return d
}

// sent adds what one matter asked of one village.
func (b *builder) sent(matterID, departmentID, villageID string, sum Sum) {
	b.department(departmentID).add(sum)
	b.matters[departmentID][matterID] = true
	b.report.Whole.add(sum)
	b.report.Known = true
	if p := b.partOf(villageID); p != nil {
		p.Minutes += sum.Minutes
	}
}

func (b *builder) finish() {
	r := b.report
	for id, d := range b.byDept {
		d.Matters = len(b.matters[id])
		r.Whole.Matters += d.Matters
		r.Departments = append(r.Departments, *d)
	}
	slices.SortFunc(r.Departments, func(x, y Department) int {
		return cmp.Or(cmp.Compare(y.Minutes, x.Minutes), cmp.Compare(y.Offlist, x.Offlist), cmp.Compare(x.Code, y.Code))
	})
	for _, p := range b.part {
		r.Parts = append(r.Parts, *p)
	}
	slices.SortFunc(r.Parts, func(x, y Part) int {
		return cmp.Or(cmp.Compare(y.PerLead(), x.PerLead()), cmp.Compare(x.Unit.Code, y.Unit.Code))
	})
	for i := range r.Trend {
		r.Trend[i].PerLead = perLead(r.Trend[i].Minutes, r.Leads)
	}
	slices.SortFunc(r.Refused, func(x, y Turned) int {
		return cmp.Or(cmp.Compare(y.Minutes, x.Minutes), cmp.Compare(x.Number, y.Number))
	})
}

// ThisMonth is the month that runs.
func (s *Service) ThisMonth() admission.Month { return admission.Of(s.opt.Now().In(workday.City)) }
