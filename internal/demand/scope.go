package demand

import (
	"strconv"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
)

// conditions is a WHERE clause in the making; "?" becomes the next placeholder.
type conditions struct {
	parts []string
	args  []any
}

func (c *conditions) add(text string, args ...any) {
	for _, a := range args {
		c.args = append(c.args, a)
		text = strings.Replace(text, "?", "$"+strconv.Itoa(len(c.args)), 1)
	}
	c.parts = append(c.parts, text)
}

func (c *conditions) text() string { return strings.Join(c.parts, " AND ") }

// within returns the condition for what the actor may see, at and under a unit
// if one is named. It says in SQL what authority.sees says of one demand, and a
// test holds the two together. nil: nothing at all.
func (s *Service) within(actor auth.Actor, unitCode string) (*conditions, error) {
	tree := s.tree()
	scope := s.opt.Policy.Scope(actor, ActView)
	if len(scope) == 0 {
		return nil, auth.Denied(actor)
	}
	if unitCode != "" {
		u := tree.ByCode(unitCode)
		if u == nil {
			return nil, errs.E(errs.NotFound, "demand.unit_unknown")
		}
		scope = narrowed(tree, scope, u)
		if len(scope) == 0 {
			return nil, auth.Denied(actor)
		}
	}
	c := &conditions{}
	var either conditions
	for _, id := range scope {
		either.reach(c, tree, tree.ByID(id))
	}
	if len(either.parts) == 0 {
		return nil, nil
	}
	c.parts = append(c.parts, "("+strings.Join(either.parts, " OR ")+")")
	if actor.PersonID != "" {
		c.add("about_id <> ?", actor.PersonID)
	}
	return c, nil
}

// narrowed returns the part of a scope that lies at or under u.
func narrowed(tree *network.Tree, scope []string, u *network.Unit) []string {
	var part []string
	for _, id := range scope {
		switch {
		case tree.Contains(id, u.ID):
			return []string{u.ID}
		case tree.Contains(u.ID, id):
			part = append(part, id)
		}
	}
	return part
}

// reach adds the condition for one unit of the scope; its arguments go to c.
func (o *conditions) reach(c *conditions, tree *network.Tree, u *network.Unit) {
	if u == nil {
		return
	}
	part := conditions{args: c.args}
	switch u.Level {
	case network.City:
		part.add("stage >= 0") // everything
	case network.Town:
		part.add("town_id = ? AND (kind <> 'complaint' OR owner_id <> ?)", u.ID, tree.RootID())
	case network.Village:
		part.add("village_id = ? AND (kind <> 'complaint' OR owner_id NOT IN (town_id, ?))", u.ID, tree.RootID())
	default:
		part.few(tree.Subtree(u))
	}
	c.args = part.args
	o.parts = append(o.parts, "("+part.text()+")")
}

// few is the condition for an area, a group or a cell: what comes from there,
// but of complaints only those that were given to one of these units.
func (c *conditions) few(units []*network.Unit) {
	ids := make([]any, 0, len(units))
	for _, u := range units {
		ids = append(ids, u.ID)
	}
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(ids)), ", ")
	c.add("unit_id IN ("+marks+") AND (kind <> 'complaint' OR owner_id IN ("+marks+"))", append(ids, ids...)...)
}
