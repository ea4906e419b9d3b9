package demand

import (
	"slices"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
)

// What can be done with demands. Confirming and re-opening are no actions of
// the network: they need the resident's own key.
const (
	ActRaise  auth.Action = "demand.raise"  // bring a matter: anybody
	ActTrack  auth.Action = "demand.track"  // follow, confirm and re-open one's own, with its key
	ActView   auth.Action = "demand.view"   // read a unit's demands
	ActHandle auth.Action = "demand.handle" // accept, answer, resolve, transfer
	ActEnter  auth.Action = "demand.enter"  // enter one for a household, or report one as a lead
	ActDecide auth.Action = "demand.decide" // settle a dispute, assign what nobody owns
	ActIntake auth.Action = "demand.intake" // bring work orders of the hotline
	ActDesk   auth.Action = "demand.desk"   // open the pages on which demands are worked on
)

var line = []auth.Role{auth.Lead, auth.GroupLead, auth.AreaLead, auth.LinkedOfficial,
	auth.VillageOfficial, auth.TownOfficial, auth.CityOffice}

// Rules gives them to roles. A department's post reaches no unit's demands by
// these rules: it sees what came to its department, which authority decides.
var Rules = []auth.Rule{
	{Action: ActRaise, Public: true},
	{Action: ActTrack, Public: true},
	{Action: ActView, Roles: line},
	{Action: ActHandle, Roles: line},
	{Action: ActEnter, Roles: line},
	{Action: ActDecide, Roles: []auth.Role{auth.CityOffice}},
	{Action: ActIntake, Roles: []auth.Role{auth.Hotline, auth.Admin}},
	{Action: ActDesk, Roles: append([]auth.Role{auth.Department}, line...)},
}

// authority decides over a demand with today's tree and the city's policy.
type authority struct {
	policy *auth.Policy
	tree   *network.Tree
}

// sees reports whether the actor may read the demand: whoever is over its
// owner, over whom it was offered to or who helps, and over the unit it comes
// from unless it is confined. Whom it is about never sees it, whatever other
// posts they hold.
func (a authority) sees(actor auth.Actor, d *Demand) bool {
	if d.hiddenFrom(actor) {
		return false
	}
	if a.at(actor, ActView, d.Owner()) || !d.Confined && a.over(actor, ActView, d.UnitID) {
		return true
	}
	return a.at(actor, ActView, d.Pending) || slices.ContainsFunc(d.Helpers, func(h Stop) bool { return a.at(actor, ActView, h) })
}

// handles reports whether the actor may act on it: whoever is over the owner,
// and, while nobody has accepted it, whoever is over the unit it comes from: a
// lead appointed since may take it back from the group.
func (a authority) handles(actor auth.Actor, d *Demand) bool {
	if d.hiddenFrom(actor) || d.reportedBy(actor) {
		return false
	}
	if a.at(actor, ActHandle, d.Owner()) {
		return true
	}
	free := d.Kind != Suggestion && (d.State == Open || d.State == Reopened) && d.OwnerDept == "" && d.Climbs == 0 && !d.Bound && d.Rung < Office
	return !d.Confined && free && a.over(actor, ActHandle, d.UnitID)
}

// helps reports whether the actor may say a word on it without having it.
func (a authority) helps(actor auth.Actor, d *Demand) bool {
	return !d.hiddenFrom(actor) && slices.ContainsFunc(d.Helpers, func(h Stop) bool { return a.at(actor, ActHandle, h) })
}

// offered reports whether the actor answers for whom a transfer waits.
func (a authority) offered(actor auth.Actor, d *Demand) bool {
	return d.Pending.UnitID != "" && !d.hiddenFrom(actor) && !d.reportedBy(actor) && a.exactly(actor, d.Pending)
}

// vouches reports whether the actor may pass on the word of a resident without
// a telephone: whoever is over the unit it comes from or has it, but not its handler.
func (a authority) vouches(actor auth.Actor, d *Demand) bool {
	if actor.PersonID == "" || d.hiddenFrom(actor) || d.handledBy(actor) {
		return false
	}
	if d.Source == FromHotline && actor.Has(auth.Hotline) {
		return true
	}
	return a.sees(actor, d) && (a.at(actor, ActHandle, d.Owner()) || a.over(actor, ActHandle, d.UnitID))
}

// may returns why the actor may not do what ok decides, or nil. Of a demand
// they may not even see, it says that there is none.
func (a authority) may(actor auth.Actor, d *Demand, ok bool) error {
	switch {
	case ok:
		return nil
	case !a.sees(actor, d):
		return notHere()
	}
	return errs.E(errs.Forbidden, "demand.not_yours")
}

func (a authority) over(actor auth.Actor, action auth.Action, unitID string) bool {
	return a.policy.Can(actor, action, auth.Object{UnitID: unitID}) == nil
}

// at reports whether the actor holds the action over an owner: over the unit,
// or for a department in one of its posts or for the whole city.
func (a authority) at(actor auth.Actor, action auth.Action, s Stop) bool {
	if s.UnitID == "" {
		return false
	}
	return ofDepartment(actor, s.DepartmentID) || a.over(actor, action, s.UnitID)
}

// exactly reports whether the actor holds a post at that very owner.
func (a authority) exactly(actor auth.Actor, s Stop) bool {
	if actor.System || ofDepartment(actor, s.DepartmentID) {
		return true
	}
	return s.DepartmentID == "" && slices.ContainsFunc(actor.Grants, func(g auth.Grant) bool {
		return g.UnitID == s.UnitID && isLine(g.Role)
	})
}

func ofDepartment(actor auth.Actor, id string) bool {
	return id != "" && slices.ContainsFunc(actor.Grants, func(g auth.Grant) bool {
		return g.Role == auth.Department && g.DepartmentID == id
	})
}

// by is how the timeline shows the actor: in the post that lies closest over
// the demand. preferred owners are tried first: a transfer is accepted in the
// post that it was offered to.
func (a authority) by(actor auth.Actor, d *Demand, preferred ...Stop) By {
	by := By{Side: Network, ActorID: actor.ID(), PersonID: actor.PersonID, Name: actor.Name}
	for _, s := range append(preferred, d.Owner()) {
		for _, g := range actor.Grants {
			if g.DepartmentID == s.DepartmentID && g.UnitID == s.UnitID && (isLine(g.Role) || ofDepartment(actor, s.DepartmentID)) {
				return a.in(by, g)
			}
		}
	}
	var best *network.Unit
	for _, g := range actor.Grants {
		u := a.tree.ByID(g.UnitID)
		switch {
		case u == nil || best != nil && u.Level <= best.Level || !isLine(g.Role):
		case a.tree.Contains(u.ID, d.OwnerID) || !d.Confined && a.tree.Contains(u.ID, d.UnitID):
			best, by = u, a.in(by, g)
		}
	}
	if best == nil && len(actor.Grants) > 0 {
		return a.in(by, actor.Grants[0]) // a helper from elsewhere
	}
	return by
}

// in fills in the post in which somebody acts.
func (a authority) in(by By, g auth.Grant) By {
	by.Role, by.UnitID, by.DepartmentID = g.Role, g.UnitID, g.DepartmentID
	if s, ok := stopOf(a.tree, g.UnitID, g.DepartmentID, ""); ok {
		by.UnitName, by.Rung = s.UnitName, s.Rung
	}
	return by
}

// hiddenFrom reports whether the demand is a complaint about the actor.
func (d *Demand) hiddenFrom(actor auth.Actor) bool {
	return d.AboutID != "" && d.AboutID == actor.PersonID
}

// reportedBy reports whether the actor reported it themselves: they confirm it,
// and so can't handle it.
func (d *Demand) reportedBy(actor auth.Actor) bool {
	return d.Own && d.AuthorID == actor.PersonID && actor.PersonID != ""
}

// handledBy reports whether the actor handles or resolved it.
func (d *Demand) handledBy(actor auth.Actor) bool {
	return actor.PersonID != "" && (actor.PersonID == d.ResolvedBy || actor.PersonID == d.HandlerID)
}

func isLine(r auth.Role) bool { return slices.Contains(line, r) }
