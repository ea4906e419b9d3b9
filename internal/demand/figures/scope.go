package figures

import (
	"slices"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
)

// ActView is reading figures. Neighbour leads don't have it: figures begin at the group.
const ActView auth.Action = "demand.figures"

// Rules gives it to roles. A department's post sees what its department has.
var Rules = []auth.Rule{{Action: ActView, Roles: []auth.Role{
	auth.GroupLead, auth.AreaLead, auth.LinkedOfficial, auth.VillageOfficial,
	auth.TownOfficial, auth.CityOffice, auth.Department,
}}}

// Reach is what somebody may count.
type Reach struct {
	Units       []*network.Unit       // at and under which, in the order of their codes
	Departments []*network.Department // whose demands
}

// Reach returns what the actor may count, or why nothing.
func (s *Service) Reach(actor auth.Actor) (Reach, error) {
	tree := s.opt.Tree()
	line := actor
	line.Grants = nil
	var r Reach
	for _, g := range actor.Grants {
		if g.Role != auth.Department {
			line.Grants = append(line.Grants, g)
		} else if d := tree.Department(g.DepartmentID); d != nil && !slices.Contains(r.Departments, d) {
			r.Departments = append(r.Departments, d)
		}
	}
	for _, id := range s.opt.Policy.Scope(line, ActView) {
		if u := tree.ByID(id); u != nil && shown(tree, u) {
			r.Units = append(r.Units, u)
		}
	}
	if len(r.Units) == 0 && len(r.Departments) == 0 {
		return r, auth.Denied(actor)
	}
	slices.SortFunc(r.Units, func(a, b *network.Unit) int { return strings.Compare(a.Code, b.Code) })
	return r, nil
}

// shown reports whether a unit has figures: a group or above that is more than
// one cell, since the figures of a single cell would be those of its lead.
func shown(tree *network.Tree, u *network.Unit) bool {
	return u.Level < network.Cell && tree.Coverage(u.ID).Units[network.Cell] != 1
}

// view is what is counted for somebody, after it was decided that they may.
type view struct {
	unit       *network.Unit
	department string
	over       string // unit of the post by which they may; what only its owner's line may read counts if it lies under it
	person     string // whose own complaints aren't counted, or ""
}

// look decides whether the actor may count what the filter asks for.
func (s *Service) look(actor auth.Actor, f Filter) (view, error) {
	reach, err := s.Reach(actor)
	if err != nil {
		return view{}, err
	}
	tree := s.opt.Tree()
	v := view{person: actor.PersonID, department: f.DepartmentID}
	if v.department == "" && len(reach.Units) == 0 {
		v.department = reach.Departments[0].ID
	}
	if v.department != "" {
		return s.lookAtDepartment(actor, reach, v, f.UnitCode)
	}
	v.unit = reach.Units[0]
	if f.UnitCode != "" {
		if v.unit = tree.Current(tree.ByCode(f.UnitCode)); v.unit == nil {
			return v, errs.E(errs.NotFound, "demand.figures.no_unit")
		}
	}
	for _, u := range reach.Units {
		if tree.Contains(u.ID, v.unit.ID) {
			v.over = u.ID
		}
	}
	return v, s.allowed(actor, v)
}

// lookAtDepartment decides on a department's figures: its own posts and the city office see them.
func (s *Service) lookAtDepartment(actor auth.Actor, reach Reach, v view, unitCode string) (view, error) {
	tree := s.opt.Tree()
	v.unit = tree.Root()
	if unitCode != "" {
		v.unit = tree.Current(tree.ByCode(unitCode))
	}
	if v.unit == nil || tree.Department(v.department) == nil {
		return v, errs.E(errs.NotFound, "demand.figures.no_unit")
	}
	own := slices.ContainsFunc(reach.Departments, func(d *network.Department) bool { return d.ID == v.department })
	if own || slices.Contains(reach.Units, tree.Root()) {
		v.over = tree.RootID()
	}
	return v, s.allowed(actor, v)
}

func (s *Service) allowed(actor auth.Actor, v view) error {
	switch {
	case v.over == "":
		return auth.Denied(actor)
	case !shown(s.opt.Tree(), v.unit):
		return errs.E(errs.Forbidden, "demand.figures.too_low")
	}
	return nil
}

// parts says under which line a demand is counted, by the id of the unit that
// the query returns for it.
type parts struct {
	tree *network.Tree
	unit *network.Unit
	line map[string]string
}

// here is the line of what lies in the unit and in none of the parts that have
// figures of their own.
const here = ""

// of returns the line of a unit, and whether it lies in the unit in view at all.
func (p *parts) of(id string) (string, bool) {
	line, known := p.line[id]
	if !known {
		line = p.find(id)
		p.line[strings.Clone(id)] = line
	}
	return line, line != elsewhere
}

const elsewhere = "-"

func (p *parts) find(id string) string {
	u := p.tree.Current(p.tree.ByID(id))
	if u == nil {
		if p.unit.Level <= network.Village {
			return here // the query asked for nothing else
		}
		return elsewhere
	}
	for u != nil && u.ID != p.unit.ID && u.ParentID != p.unit.ID {
		u = p.tree.Parent(u)
	}
	switch {
	case u == nil:
		return elsewhere
	case u.ID == p.unit.ID || !shown(p.tree, u):
		return here
	}
	return u.ID
}

// order is the ids of the parts that have figures, by code.
func (p *parts) order() []string {
	var ids []string
	for _, u := range p.tree.Children(p.unit) {
		if shown(p.tree, u) {
			ids = append(ids, u.ID)
		}
	}
	return ids
}
