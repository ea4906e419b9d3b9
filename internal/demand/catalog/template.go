package catalog

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// Template is an answer that an office or a department keeps for another time.
type Template struct {
	ID           string
	UnitID       string // the office's unit; for a department the city
	DepartmentID string // "" for an office
	Title, Text  string
	Version      int
}

// Desk is whose answers are kept: an office, or a department.
type Desk struct{ UnitID, DepartmentID string }

// Desks lists the desks for which the actor may keep answers.
func (s *Service) Desks(actor auth.Actor) []Desk {
	var out []Desk
	for _, g := range actor.Grants {
		d := Desk{g.UnitID, g.DepartmentID}
		if s.mayKeep(actor, d) == nil && !slices.Contains(out, d) {
			out = append(out, d)
		}
	}
	return out
}

func (s *Service) mayKeep(actor auth.Actor, d Desk) error {
	if err := s.o.Policy.Can(actor, ActKeep, auth.Object{UnitID: d.UnitID, DepartmentID: d.DepartmentID}); err != nil {
		return err
	}
	if !answersFor(actor, d.UnitID, d.DepartmentID) {
		return auth.Denied(actor)
	}
	return nil
}

// Templates returns the answers an actor may use: those of their own offices,
// of the units above them, and of their departments; nearest first.
func (s *Service) Templates(ctx context.Context, actor auth.Actor) ([]Template, error) {
	depth, departments := s.reach(actor)
	if len(depth) == 0 {
		return nil, nil
	}
	units, err := s.filed(ctx, depth)
	if err != nil {
		return nil, err
	}
	all, err := readTemplates(ctx, s.o.DB.Reader(), units, departments)
	if err != nil {
		return nil, err
	}
	for i := range all {
		all[i].UnitID = s.today(all[i].UnitID)
	}
	near := func(t Template) int {
		if t.DepartmentID != "" {
			return 1 << 10 // a department's own go before the city's
		}
		return depth[t.UnitID]
	}
	slices.SortStableFunc(all, func(a, b Template) int {
		return cmp.Or(cmp.Compare(near(b), near(a)), strings.Compare(a.Title, b.Title), strings.Compare(a.ID, b.ID))
	})
	return all, nil
}

// reach returns the units whose answers the actor may use, with how deep they
// lie, and the actor's departments.
func (s *Service) reach(actor auth.Actor) (depth map[string]int, departments []string) {
	depth = map[string]int{}
	tree := s.o.Network.Tree()
	for _, g := range actor.Grants {
		for i, u := range tree.Path(tree.Current(tree.ByID(g.UnitID))) {
			depth[u.ID] = i + 1
		}
		if g.DepartmentID != "" && !slices.Contains(departments, g.DepartmentID) {
			departments = append(departments, g.DepartmentID)
		}
	}
	return depth, departments
}

// filed returns under which units the answers of those units are filed: a unit
// that was merged left its own to its successor.
func (s *Service) filed(ctx context.Context, depth map[string]int) ([]string, error) {
	all, err := templateUnits(ctx, s.o.DB.Reader())
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(id string) bool { return depth[s.today(id)] == 0 }), nil
}

// today returns the unit that a unit is today: itself, or what followed it.
func (s *Service) today(unitID string) string {
	tree := s.o.Network.Tree()
	if u := tree.Current(tree.ByID(unitID)); u != nil {
		return u.ID
	}
	return unitID
}

// PutTemplate keeps an answer, or changes one that is kept.
type PutTemplate struct {
	Key, ID              string // ID "" for a new one
	UnitID, DepartmentID string // of a new one
	Title, Text          string
	Version              int // at which it was shown
}

// PutTemplate keeps an answer.
func (s *Service) PutTemplate(ctx context.Context, actor auth.Actor, cmd PutTemplate) (Template, error) {
	return run(ctx, s, actor, "catalog.put_template", cmd.Key, cmd, func(w *work) (Template, record, error) {
		t, err := w.template(ctx, actor, cmd)
		if err != nil {
			return t, record{}, err
		}
		t.Title, t.Text, t.Version = cmd.Title, cmd.Text, t.Version+1
		if t, err = t.check(); err != nil {
			return t, record{}, err
		}
		return t, record{kind: "demand_template", id: t.ID, unitID: t.UnitID}, putTemplate(ctx, w.tx, t, w.now)
	})
}

// template returns the stored answer as it was shown, or the beginnings of a new one.
func (w *work) template(ctx context.Context, actor auth.Actor, cmd PutTemplate) (Template, error) {
	if cmd.ID != "" {
		return w.kept(ctx, actor, cmd.ID, cmd.Version)
	}
	t := Template{ID: sqldb.NewID(), UnitID: cmd.UnitID, DepartmentID: cmd.DepartmentID}
	if err := w.s.mayKeep(actor, Desk{t.UnitID, t.DepartmentID}); err != nil {
		return t, err
	}
	n, err := countTemplates(ctx, w.tx, t.UnitID, t.DepartmentID)
	if err == nil && n >= maxKept {
		err = errs.E(errs.Conflict, "catalog.many_templates", "max", maxKept)
	}
	return t, err
}

// kept reads an answer that the actor may change. Whoever may not is told the
// same as of one that isn't there.
func (w *work) kept(ctx context.Context, actor auth.Actor, id string, version int) (Template, error) {
	t, err := readTemplate(ctx, w.tx, id)
	if err != nil {
		return t, err
	}
	if w.s.mayKeep(actor, Desk{w.s.today(t.UnitID), t.DepartmentID}) != nil {
		return t, errs.E(errs.NotFound, "catalog.no_template")
	}
	return t, checkVersion(version, t.Version)
}

// DropTemplate throws an answer away.
type DropTemplate struct {
	Key, ID string
	Version int
}

// DropTemplate throws an answer away.
func (s *Service) DropTemplate(ctx context.Context, actor auth.Actor, cmd DropTemplate) error {
	_, err := run(ctx, s, actor, "catalog.drop_template", cmd.Key, cmd, func(w *work) (Template, record, error) {
		t, err := w.kept(ctx, actor, cmd.ID, cmd.Version)
		if err != nil {
			return t, record{}, err
		}
		return t, record{kind: "demand_template", id: t.ID, unitID: t.UnitID}, dropTemplate(ctx, w.tx, t.ID)
	})
	return err
}
