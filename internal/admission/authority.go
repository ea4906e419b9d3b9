package admission

import (
	"slices"

	"bilin/internal/auth"
)

// What can be done with matters, tasks and what belongs to them.
const (
	ActMatters   auth.Action = "matter.read"      // read what was decided, and why
	ActDraft     auth.Action = "matter.draft"     // write a matter and hand it in
	ActReview    auth.Action = "matter.review"    // admit, return, refuse, revoke; settle objections
	ActPublish   auth.Action = "list.publish"     // freeze a month's list and make it known
	ActObject    auth.Action = "matter.object"    // say no for a village
	ActEmergency auth.Action = "matter.emergency" // issue a permit past list and budget
	ActBudget    auth.Action = "matter.budget"    // set what leads may be asked
	ActTask      auth.Action = "task.do"          // do and return what the list asks
	ActIssue     auth.Action = "task.issue"       // have a task go out by itself
	ActReturns   auth.Action = "task.returns"     // settle what leads returned
)

// Rules gives them to roles.
var Rules = []auth.Rule{
	{Action: ActMatters, Public: true},
	{Action: ActDraft, Roles: []auth.Role{auth.Department}, OfDepartment: true},
	{Action: ActDraft, Roles: []auth.Role{auth.CityOffice}},
	{Action: ActReview, Roles: []auth.Role{auth.CityOffice}},
	{Action: ActPublish, Roles: []auth.Role{auth.CityOffice}, Fresh: auth.Lately},
	{Action: ActObject, Roles: []auth.Role{auth.VillageOfficial, auth.TownOfficial}},
	{Action: ActEmergency, Roles: []auth.Role{auth.CityOffice, auth.Command}},
	{Action: ActBudget, Roles: []auth.Role{auth.CityOffice}},
	{Action: ActTask, Roles: []auth.Role{auth.Lead, auth.GroupLead, auth.AreaLead, auth.LinkedOfficial, auth.VillageOfficial}},
	{Action: ActIssue, Roles: []auth.Role{auth.Department}, OfDepartment: true},
	{Action: ActIssue, Roles: []auth.Role{auth.CityOffice}},
	{Action: ActReturns, Roles: []auth.Role{auth.CityOffice}},
}

// open reports whether everybody may read a matter in that state.
func (s State) open() bool {
	return slices.Contains([]State{Returned, Admitted, Refused, Revoked, Expired}, s)
}

// mayRead returns why the actor may not read a matter, or nil: what waits for a
// decision is between the department and the city office.
func (s *Service) mayRead(actor auth.Actor, m *Matter) error {
	if m.State.open() || s.mayDraft(actor, m.DepartmentID) == nil || s.opt.Policy.Can(actor, ActReview, auth.Object{}) == nil {
		return nil
	}
	// The command writes down its own emergency permit before it is issued.
	if m.CreatedBy == actor.ID() && s.opt.Policy.Can(actor, ActEmergency, auth.Object{}) == nil {
		return nil
	}
	return notHere()
}

func (s *Service) mayDraft(actor auth.Actor, departmentID string) error {
	return s.opt.Policy.Can(actor, ActDraft, auth.Object{DepartmentID: departmentID})
}

// role is the post in which the actor decided, for the record.
func role(actor auth.Actor) (role, unitID, departmentID string) {
	if actor.System || len(actor.Grants) == 0 {
		return "", "", ""
	}
	g := actor.Grants[0]
	return string(g.Role), g.UnitID, g.DepartmentID
}
