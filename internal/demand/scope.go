package demand

import (
	"slices"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// conditions are those of a queue.
type conditions struct {
	sqldb.Where
	// scattered: the scope has several parts, whose demands are found part by part
	// and then sorted.
	scattered bool
}

// within returns the condition for what the actor may see, at and under a unit
// if one is named. It says in SQL what authority.sees says of one demand, apart
// from transfers and helpers, which have queues of their own; a test holds the
// two together.
//
// stage is a condition on the stage, such as "stage = 0". What came to the
// actor's units from others is found while it is to be done.
func (s *Service) within(actor auth.Actor, unitCode, stage string) (*conditions, error) {
	tree := s.tree()
	scope := s.opt.Policy.Scope(actor, ActView)
	c := &conditions{}
	var either []string
	for _, id := range scope {
		u := tree.ByID(id)
		if u == nil {
			continue
		}
		either = append(either, "("+c.seen(tree, u)+")")
		if u.Level > network.City && stage != closedStages { // given to them by another village or town
			either = append(either, "owner_id = "+c.Arg(u.ID))
		}
	}
	for _, id := range departmentsOf(actor) {
		either = append(either, "owner_dept <> '' AND owner_dept = "+c.Arg(id))
	}
	if len(either) == 0 {
		return nil, auth.Denied(actor)
	}
	c.either(either, stage)
	if actor.PersonID != "" {
		c.Add("about_id <> ?", actor.PersonID)
	}
	if unitCode == "" {
		return c, nil
	}
	return c, c.narrow(actor, tree, scope, unitCode)
}

// The stages that a queue can ask for.
const (
	todoStage    = "stage = 0"
	openStages   = "stage < 2"
	closedStages = "stage >= 1"
)

// either adds the condition that one of several parts holds. Each is looked up
// by itself: with OR between them the database would read all demands in order
// to sift out a few.
func (c *conditions) either(parts []string, stage string) {
	if c.scattered = len(parts) > 1; !c.scattered {
		c.Parts = append(c.Parts, parts[0])
		return
	}
	looked := make([]string, len(parts))
	for i, p := range parts {
		looked[i] = "SELECT id FROM demand WHERE " + stage + " AND " + p
	}
	c.Parts = append(c.Parts, "id IN ("+strings.Join(looked, " UNION ")+")")
}

// departmentsOf lists the departments in which the actor holds a post.
func departmentsOf(actor auth.Actor) []string {
	var ids []string
	for _, g := range actor.Grants {
		if g.Role == auth.Department && g.DepartmentID != "" && !slices.Contains(ids, g.DepartmentID) {
			ids = append(ids, g.DepartmentID)
		}
	}
	return ids
}

// narrow adds the condition for one unit, which must touch the scope.
func (c *conditions) narrow(actor auth.Actor, tree *network.Tree, scope []string, unitCode string) error {
	u := tree.ByCode(unitCode)
	if u == nil {
		return errs.E(errs.NotFound, "demand.unit_unknown")
	}
	touches := func(id string) bool { return tree.Contains(id, u.ID) || tree.Contains(u.ID, id) }
	if len(departmentsOf(actor)) == 0 && !slices.ContainsFunc(scope, touches) {
		return auth.Denied(actor)
	}
	c.Parts = append(c.Parts, c.from(tree, u))
	return nil
}

// seen is the condition for one unit of a scope: what comes from there, but of
// complaints only those that were given to a unit of the scope.
func (c *conditions) seen(tree *network.Tree, u *network.Unit) string {
	from := c.from(tree, u)
	switch u.Level {
	case network.City:
		return from
	default:
		return from + " AND (confined = 0 OR owner_id IN (" + c.ids(tree.Subtree(u)) + "))"
	}
}

// from is the condition for what comes from a unit's subtree.
func (c *conditions) from(tree *network.Tree, u *network.Unit) string {
	switch u.Level {
	case network.City:
		return "stage >= 0" // everything
	case network.Town:
		return "town_id = " + c.Arg(u.ID)
	case network.Village:
		return "village_id = " + c.Arg(u.ID)
	default: // the village is what the index knows
		return "village_id = " + c.Arg(tree.At(u, network.Village).ID) + " AND unit_id IN (" + c.ids(tree.Subtree(u)) + ")"
	}
}

func (c *conditions) ids(units []*network.Unit) string {
	marks := make([]string, len(units))
	for i, u := range units {
		marks[i] = c.Arg(u.ID)
	}
	return strings.Join(marks, ", ")
}
