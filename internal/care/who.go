package care

import (
	"slices"

	"bilin/internal/auth"
	"bilin/internal/care/need"
	"bilin/internal/network"
)

// holder is a post that a contact can be with.
type holder struct {
	step   Step
	unitID string
	role   auth.Role
}

// chain lists the posts that an entry's contacts go to, one after the other, as
// they are served today. Each post is there once, and who serves in two of them in
// turn has one turn. The village is the last.
func (s *Service) chain(e *Entry) []holder {
	tree := s.tree()
	cell := tree.Current(tree.ByID(e.UnitID))
	if cell == nil {
		return []holder{{Village, e.VillageID, auth.VillageOfficial}}
	}
	officials := officialsOver(tree, cell)
	var out []holder
	add := func(h holder) {
		if n := len(out); n > 0 && h.step < Village && s.same(out[n-1], h) {
			return
		}
		if !slices.ContainsFunc(out, func(o holder) bool { return o.unitID == h.unitID && o.role == h.role }) {
			out = append(out, h)
		}
	}
	if e.Who == need.ByLead && tree.LeadOf(cell.ID) != nil {
		add(holder{First, cell.ID, auth.Lead})
	}
	if e.Who == need.ByOfficial && len(officials) > 0 {
		add(holder{First, officials[0].ID, auth.LinkedOfficial})
	}
	if u := s.standIn(e, cell); u != nil {
		add(holder{StandIn, u.ID, auth.Lead})
	}
	for _, u := range officials {
		add(holder{Official, u.ID, auth.LinkedOfficial})
	}
	if v := tree.At(cell, network.Village); v != nil {
		add(holder{Village, v.ID, auth.VillageOfficial})
	}
	return out
}

// officialsOver lists the units over a cell that a linked official serves, nearest first.
func officialsOver(tree *network.Tree, cell *network.Unit) (units []*network.Unit) {
	for _, b := range tree.BackersOf(cell.ID) {
		if b.Post.Role == auth.LinkedOfficial {
			units = append(units, b.Unit)
		}
	}
	return units
}

// standIn is the cell whose lead stands in: the one that the plan names, or the
// next one in the same group whose lead serves. Where an official is the first,
// a lead stands in only if the plan says so.
func (s *Service) standIn(e *Entry, cell *network.Unit) *network.Unit {
	tree := s.tree()
	if e.StandIn != "" {
		if u := tree.Current(tree.ByID(e.StandIn)); u != nil && u.Level == network.Cell && u.ID != cell.ID && tree.LeadOf(u.ID) != nil {
			return u
		}
	}
	if e.Who == need.ByOfficial {
		return nil
	}
	beside := tree.Children(tree.Parent(cell))
	at := slices.IndexFunc(beside, func(u *network.Unit) bool { return u.ID == cell.ID })
	for i := range beside {
		u := beside[(at+1+i)%len(beside)]
		if u.ID != cell.ID && u.Level == network.Cell && tree.LeadOf(u.ID) != nil {
			return u
		}
	}
	return nil
}

// from returns the first holder of a chain at a step or above it, among those
// that refused doesn't name.
func from(chain []holder, step Step, refused func(holder) bool) holder {
	for _, h := range chain {
		if h.step >= step && !refused(h) {
			return h
		}
	}
	return chain[len(chain)-1]
}

// StandIns lists the cells whose leads can stand in for a household's: those of
// the same area.
func (s *Service) StandIns(cellID string) (units []*network.Unit) {
	tree := s.tree()
	cell := tree.ByID(cellID)
	if cell == nil {
		return nil
	}
	top := tree.At(cell, network.Area)
	if top == nil {
		top = tree.Parent(cell)
	}
	for _, u := range tree.Subtree(top) {
		if u.Level == network.Cell && u.ID != cell.ID && tree.LeadOf(u.ID) != nil {
			units = append(units, u)
		}
	}
	return units
}

// same reports whether one person serves in two posts.
func (s *Service) same(a, b holder) bool {
	x, y := s.serving(a.unitID, a.role), s.serving(b.unitID, b.role)
	return x != "" && x == y
}

// serving is the person who serves in a post, or "".
func (s *Service) serving(unitID string, role auth.Role) string {
	for _, p := range s.tree().Posts(unitID) {
		if h := p.Serving(); p.Role == role && h != nil {
			return h.PersonID
		}
	}
	return ""
}

// named is the name of whoever serves in a post, or "".
func (s *Service) named(unitID string, role auth.Role) string {
	for _, p := range s.tree().Posts(unitID) {
		if h := p.Serving(); p.Role == role && h != nil {
			return h.Name
		}
	}
	return ""
}

// Plan is whom an entry's contacts go to, one after the other.
type Plan struct {
	Step   Step
	UnitID string
	Role   auth.Role
	Name   string // of whoever serves there
}

// Plan names whom an entry's contacts go to.
func (s *Service) Plan(e *Entry) (list []Plan) {
	for _, h := range s.chain(e) {
		list = append(list, Plan{h.step, h.unitID, h.role, s.named(h.unitID, h.role)})
	}
	return list
}

// holds reports whether somebody's own post has a contact at a place.
func holds(actor auth.Actor, unitID string, role auth.Role) bool {
	return slices.ContainsFunc(actor.Grants, func(g auth.Grant) bool { return g.UnitID == unitID && g.Role == role })
}
