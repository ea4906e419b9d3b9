package demand

import (
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
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

// complaintChain is chainOf for a complaint. It leaves out whatever lies under the
// highest unit at which the person complained of serves: a lead who is the
// village's official too isn't judged by the groups of that village.
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
	stop := Stop{UnitID: u.ID, UnitName: u.Name, Role: answering(u.Level)}
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

// place fills in where the demand comes from and, for a complaint, whom it is about.
func (d *Demand) place(tree *network.Tree, u *network.Unit) error {
	village, town := tree.At(u, network.Village), tree.At(u, network.Town)
	if village == nil || town == nil {
		return errs.E(errs.Invalid, "demand.check").WithField("unit", "demand.unit_too_big")
	}
	d.UnitID, d.VillageID, d.TownID = u.ID, village.ID, town.ID
	if d.Kind == Complaint {
		d.AboutID = stopAt(tree, u, "").PersonID
	}
	return nil
}
