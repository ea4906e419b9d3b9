package mobilise

import (
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
)

// What can be done with orders. Answering by one's own link is no action of the
// network: it needs the link.
const (
	ActView    auth.Action = "order.view"    // read an order and the people of one's part of the city
	ActIssue   auth.Action = "order.issue"   // propose one, correct and end it
	ActApprove auth.Action = "order.approve" // let somebody else's go out
	ActEnter   auth.Action = "order.enter"   // write down what somebody said on the telephone or at the door
	ActMine    auth.Action = "order.mine"    // see and answer what one is called to oneself
	ActAnswer  auth.Action = "order.answer"  // answer by link
	ActReport  auth.Action = "order.report"  // bring gateways' reports
	ActReview  auth.Action = "order.review"  // look at an order about a missing person afterwards
)

var above = []auth.Role{auth.VillageOfficial, auth.TownOfficial, auth.CityOffice, auth.Command}

// Rules gives them to roles.
var Rules = []auth.Rule{
	{Action: ActView, Roles: append([]auth.Role{auth.GroupLead, auth.AreaLead, auth.LinkedOfficial}, above...)},
	{Action: ActIssue, Roles: above, Fresh: auth.ThisHour},
	{Action: ActApprove, Roles: []auth.Role{auth.TownOfficial, auth.CityOffice, auth.Command}, Fresh: auth.ThisHour, Confirmed: true},
	{Action: ActEnter, Roles: append([]auth.Role{auth.GroupLead, auth.AreaLead, auth.LinkedOfficial}, above...)},
	{Action: ActMine, AnyAccount: true},
	{Action: ActAnswer, Public: true},
	{Action: ActReport, Roles: []auth.Role{auth.Gateway, auth.Admin}},
	{Action: ActReview, Roles: []auth.Role{auth.PrivacyOfficer}, Fresh: auth.Lately, Confirmed: true},
}

// sees reports whether somebody may look at an order: whoever stands over the
// place it calls from, or over a part of that.
func (s *Service) sees(tree *network.Tree, actor auth.Actor, o *Order) bool {
	if actor.System || o.Hazard == Missing && s.o.Policy.May(actor, ActReview) {
		return true
	}
	for _, unit := range s.o.Policy.Scope(actor, ActView) {
		if tree.Contains(unit, o.UnitID) || !o.IssuedAt.IsZero() && tree.Contains(o.UnitID, unit) {
			return true
		}
	}
	return false
}

// May says what the asker can do with an order, for its page.
type May struct {
	Approve, Correct, Cancel, Close, Enter, Review bool
}

func (s *Service) may(actor auth.Actor, o *Order) May {
	at := func(a auth.Action) bool { return s.o.Policy.Can(actor, a, auth.Object{UnitID: o.over(a)}) == nil }
	return May{
		Approve: o.State == Proposed && !actor.Is(o.ProposedBy) && at(ActApprove),
		Correct: o.Live() && at(ActIssue),
		Cancel:  (o.Live() || o.State == Proposed) && at(ActIssue),
		Close:   o.Live() && at(ActIssue),
		Enter:   o.Live() && s.o.Policy.May(actor, ActEnter),
		Review:  o.Hazard == Missing && o.Missing.ReviewedAt.IsZero() && !o.IssuedAt.IsZero() && s.o.Policy.May(actor, ActReview),
	}
}

// can asks for a right over the whole of an order. Who may not even see it
// doesn't hear that there is one.
func (s *Service) can(actor auth.Actor, action auth.Action, o *Order) error {
	if !s.sees(s.o.Network.Tree(), actor, o) {
		return errs.E(errs.NotFound, "order.none")
	}
	return s.o.Policy.Can(actor, action, auth.Object{UnitID: o.over(action)})
}

// over is the unit at which a right on an order is asked for. It is its
// proposer's to change and to end: a village that is called by the city doesn't
// call that off.
func (o *Order) over(action auth.Action) string {
	if (action == ActIssue || action == ActApprove) && o.FromUnitID != "" {
		return o.FromUnitID
	}
	return o.UnitID
}

// from is the widest unit that somebody may call out from and that holds another.
func (s *Service) from(actor auth.Actor, unitID string) string {
	if actor.System {
		return unitID // nobody stands behind it
	}
	for _, unit := range s.o.Policy.Scope(actor, ActIssue) {
		if s.o.Network.Tree().Contains(unit, unitID) {
			return unit
		}
	}
	return unitID
}
