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
	ActHandle auth.Action = "demand.handle" // accept, answer, resolve
)

var line = []auth.Role{auth.Lead, auth.GroupLead, auth.AreaLead, auth.LinkedOfficial,
	auth.VillageOfficial, auth.TownOfficial, auth.CityOffice}

// Rules gives them to roles.
var Rules = []auth.Rule{
	{Action: ActRaise, Public: true},
	{Action: ActTrack, Public: true},
	{Action: ActView, Roles: line},
	{Action: ActHandle, Roles: line},
}

// authority decides over a demand with today's tree and the city's policy.
type authority struct {
	policy *auth.Policy
	tree   *network.Tree
}

// sees reports whether the actor may read the demand: whoever is over the unit
// that has it, and whoever is over the unit it comes from unless it is a
// complaint, which its subject never sees, whatever other posts they hold.
func (a authority) sees(actor auth.Actor, d *Demand) bool {
	if d.hiddenFrom(actor) {
		return false
	}
	return a.over(actor, ActView, d.OwnerID) || d.Kind != Complaint && a.over(actor, ActView, d.UnitID)
}

// handles reports whether the actor may act on it: whoever is over the unit
// that has it, and, while nobody has accepted it, whoever is over the unit it
// comes from: a lead appointed since may take it back from the group.
func (a authority) handles(actor auth.Actor, d *Demand) bool {
	if d.hiddenFrom(actor) {
		return false
	}
	if a.over(actor, ActHandle, d.OwnerID) {
		return true
	}
	return d.Kind != Complaint && (d.State == Open || d.State == Reopened) && a.over(actor, ActHandle, d.UnitID)
}

// handling returns why the actor may not act on the demand, or nil. Of a demand
// they may not even see, it says that there is none.
func (a authority) handling(actor auth.Actor, d *Demand) error {
	switch {
	case !a.sees(actor, d):
		return notHere()
	case !a.handles(actor, d):
		return errs.E(errs.Forbidden, "demand.not_yours")
	}
	return nil
}

func (a authority) over(actor auth.Actor, action auth.Action, unitID string) bool {
	return a.policy.Can(actor, action, auth.Object{UnitID: unitID}) == nil
}

// by is how the timeline shows the actor: in the post that lies closest over
// the demand.
func (a authority) by(actor auth.Actor, d *Demand) By {
	by := By{Side: Network, ActorID: actor.ID(), PersonID: actor.PersonID, Name: actor.Name}
	var best *network.Unit
	for _, g := range actor.Grants {
		u := a.tree.ByID(g.UnitID)
		if u == nil || best != nil && u.Level <= best.Level || !isLine(g.Role) {
			continue
		}
		if a.tree.Contains(u.ID, d.OwnerID) || d.Kind != Complaint && a.tree.Contains(u.ID, d.UnitID) {
			best = u
			by.Role, by.UnitID, by.UnitName = g.Role, u.ID, u.Name
		}
	}
	return by
}

// hiddenFrom reports whether the demand is a complaint about the actor.
func (d *Demand) hiddenFrom(actor auth.Actor) bool {
	return d.AboutID != "" && d.AboutID == actor.PersonID
}

func isLine(r auth.Role) bool { return slices.Contains(line, r) }
