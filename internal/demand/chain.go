package demand

import (
	"bilin/internal/auth"
	"bilin/internal/demand/catalog"
	"bilin/internal/errs"
	"bilin/internal/network"
)

// The rungs that rules speak of.
const (
	Village = catalog.Village
	Town    = catalog.Town
	Office  = catalog.Office
)

// chainOf returns the stops a demand from unit u can go to: its cell, group,
// village and town, as far as they lie at or above u. skip serves nowhere.
func chainOf(tree *network.Tree, u *network.Unit, skip string) []Stop {
	var chain []Stop
	for ; u != nil && u.Level > network.City; u = tree.Parent(u) {
		if u.Level == network.Area && len(chain) > 0 {
			continue // an area's lead sees what its groups have; it isn't a step of its own
		}
		chain = append(chain, stopAt(tree, u, skip))
	}
	return chain
}

// complaintChain is chainOf for a demand that somebody mustn't judge: the person
// complained of, or whoever reported it. It leaves out whatever lies under the
// highest unit at which they serve: a lead who is the village's official too
// isn't judged by the groups of that village.
func complaintChain(tree *network.Tree, u *network.Unit, about string) []Stop {
	top := highestPost(tree, u, about)
	if top == u {
		return chainOf(tree, u, about)
	}
	return append([]Stop{stopAt(tree, u, about)}, chainOf(tree, top, about)...)
}

// highestPost returns the highest unit at or above u at which a person serves, or u.
func highestPost(tree *network.Tree, u *network.Unit, personID string) *network.Unit {
	top := u
	for at := u; personID != "" && at != nil && at.Level > network.City; at = tree.Parent(at) {
		for _, p := range tree.Posts(at.ID) {
			if h := p.Serving(); h != nil && h.PersonID == personID {
				top = at
			}
		}
	}
	return top
}

// stopAt says who answers for a unit.
func stopAt(tree *network.Tree, u *network.Unit, skip string) Stop {
	stop := Stop{UnitID: u.ID, UnitName: u.Name, Role: answering(u.Level), Rung: rungOf(u.Level)}
	for _, p := range tree.Posts(u.ID) {
		h := p.Serving()
		if p.Role != stop.Role || h == nil || skip != "" && h.PersonID == skip {
			continue
		}
		stop.PersonID, stop.Name = h.PersonID, h.Name
		break
	}
	return stop
}

// departmentStop says who answers for a department; ok is false if there is no such department.
func departmentStop(tree *network.Tree, id string) (stop Stop, ok bool) {
	dept := tree.Department(id)
	if dept == nil {
		return Stop{}, false
	}
	stop = Stop{UnitID: tree.RootID(), UnitName: dept.Name, DepartmentID: id, Role: auth.Department, Rung: catalog.Department}
	for _, p := range tree.Posts(stop.UnitID) {
		if h := p.Serving(); p.DepartmentID == id && h != nil {
			stop.PersonID, stop.Name = h.PersonID, h.Name
			break
		}
	}
	return stop, true
}

// stopOf says who answers at an owner: a unit, or with the city as unit a department.
func stopOf(tree *network.Tree, unitID, departmentID, skip string) (Stop, bool) {
	if departmentID != "" {
		return departmentStop(tree, departmentID)
	}
	u := tree.ByID(unitID)
	if u == nil {
		return Stop{}, false
	}
	return stopAt(tree, u, skip), true
}

// above says who has a demand after its owner's limit ran out: the next level
// with somebody serving, after the town the department that its category
// belongs to, or the city office. The zero Stop means that there is nobody higher.
func above(tree *network.Tree, c *catalog.Catalog, d *Demand) Stop {
	u := tree.ByID(d.OwnerID)
	if u == nil || d.OwnerDept != "" || u.Level <= network.City {
		return Stop{}
	}
	next := tree.Parent(u)
	if next.Level == network.Area {
		next = tree.Parent(next)
	}
	if chain := chainOf(tree, highestPost(tree, next, d.AboutID), d.AboutID); len(chain) > 0 {
		to, _ := Route("", chain, "")
		return to
	}
	if to, ok := departmentStop(tree, c.Department(d.CategoryID)); ok && d.AboutID == "" {
		return to
	}
	return stopAt(tree, tree.Root(), d.AboutID)
}

// answering is the role that answers for units of a level.
func answering(l network.Level) auth.Role {
	switch l {
	case network.Cell:
		return auth.Lead
	case network.Group:
		return auth.GroupLead
	case network.Area:
		return auth.AreaLead
	case network.Village:
		return auth.VillageOfficial
	case network.Town:
		return auth.TownOfficial
	default:
		return auth.CityOffice
	}
}

// rungOf is the rung of a unit's level; an area stands with its groups.
func rungOf(l network.Level) Rung {
	switch l {
	case network.Cell:
		return catalog.Cell
	case network.Group, network.Area:
		return catalog.Group
	case network.Village:
		return catalog.Village
	case network.Town:
		return catalog.Town
	default:
		return catalog.Office
	}
}

// place files the demand under the unit it comes from.
func (d *Demand) place(tree *network.Tree, u *network.Unit) {
	d.UnitID, d.VillageID, d.TownID = u.ID, "", ""
	if village := tree.At(u, network.Village); village != nil {
		d.VillageID = village.ID
	}
	if town := tree.At(u, network.Town); town != nil {
		d.TownID = town.ID
	}
}

// AboutMatter is a complaint about no person of the network.
const AboutMatter = "matter"

// Complained lists the roles over a unit that one can complain of, from below.
func Complained(tree *network.Tree, u *network.Unit) []Stop {
	var list []Stop
	for ; u != nil && u.Level > network.City; u = tree.Parent(u) {
		for _, p := range tree.Posts(u.ID) {
			if h := p.Serving(); h != nil && isLine(p.Role) {
				list = append(list, Stop{UnitID: u.ID, UnitName: u.Name, PersonID: h.PersonID, Name: h.Name, Role: p.Role, Rung: rungOf(u.Level)})
			}
		}
	}
	return list
}

// about fills in whom a complaint is about and returns the unit of their post,
// from above which it is handled. role is that of the post; empty means whoever
// answers for the unit itself.
func (d *Demand) about(tree *network.Tree, u *network.Unit, role string) (*network.Unit, error) {
	if d.Kind != Complaint || role == AboutMatter {
		return nil, nil
	}
	d.Confined = true
	if role == "" {
		d.AboutID = stopAt(tree, u, "").PersonID
		return u, nil
	}
	for at := u; at != nil && at.Level > network.City; at = tree.Parent(at) {
		for _, p := range tree.Posts(at.ID) {
			if h := p.Serving(); h != nil && string(p.Role) == role {
				d.AboutID = h.PersonID
				return at, nil
			}
		}
		if answering(at.Level) == auth.Role(role) {
			return at, nil // the post is vacant; the complaint passes it over all the same
		}
	}
	return nil, errs.E(errs.Invalid, "demand.check").WithField("about", "demand.about_unknown")
}
