package network

import "bilin/internal/auth"

// What can be done in the registry.
const (
	ActViewPublic   auth.Action = "network.view_public"   // names of units and who leads them; find one's lead
	ActView         auth.Action = "network.view"          // the desk: tree, posts, coverage
	ActHouseholds   auth.Action = "network.households"    // list the households of a cell, names masked
	ActNames        auth.Action = "network.names"         // and with their names
	ActManage       auth.Action = "network.manage"        // create, name, move, split, merge and end units; move households
	ActAppoint      auth.Action = "network.appoint"       // people, posts and who holds them
	ActAppointCity  auth.Action = "network.appoint_city"  // the same for the city's own posts
	ActKeepPhone    auth.Action = "network.keep_phone"    // replace a number, or show it to the public with its owner's consent
	ActSecond       auth.Action = "network.second"        // agree to or refuse what takes two people
	ActNominate     auth.Action = "network.nominate"      // nominate oneself or a neighbour
	ActSelectView   auth.Action = "network.select_view"   // see who is nominated
	ActSelectReview auth.Action = "network.select_review" // the village's review
	ActSelectFile   auth.Action = "network.select_file"   // the town's filing and the appointment
	ActRoster       auth.Action = "network.roster"        // import households
	ActExport       auth.Action = "network.export"        // export them
	ActReadPhone    auth.Action = "network.read_phone"    // open a sealed telephone number
)

// Rules gives them to roles. What changes a unit is held at the unit above it:
// a village arranges what lies below it, never itself.
var Rules = []auth.Rule{
	{Action: ActViewPublic, Public: true},
	{Action: ActView, Roles: auth.Roles()},
	{Action: ActHouseholds, Roles: []auth.Role{auth.Lead, auth.GroupLead, auth.AreaLead, auth.LinkedOfficial,
		auth.VillageOfficial, auth.TownOfficial, auth.CityOffice}},
	{Action: ActNames, Roles: []auth.Role{auth.Lead, auth.GroupLead, auth.AreaLead, auth.LinkedOfficial, auth.VillageOfficial}},
	{Action: ActManage, Roles: []auth.Role{auth.VillageOfficial, auth.TownOfficial, auth.CityOffice, auth.Admin}},
	{Action: ActAppoint, Roles: []auth.Role{auth.VillageOfficial, auth.TownOfficial, auth.CityOffice, auth.Admin}, Confirmed: true},
	{Action: ActKeepPhone, Roles: []auth.Role{auth.VillageOfficial, auth.TownOfficial, auth.CityOffice}, Confirmed: true},
	{Action: ActAppointCity, Roles: []auth.Role{auth.Admin}, Fresh: auth.Lately, Confirmed: true},
	{Action: ActSecond, Roles: []auth.Role{auth.CityOffice, auth.Admin}, Fresh: auth.Lately, Confirmed: true},
	{Action: ActNominate, Public: true},
	{Action: ActSelectView, Roles: []auth.Role{auth.VillageOfficial, auth.TownOfficial, auth.CityOffice, auth.Auditor, auth.Admin}},
	{Action: ActSelectReview, Roles: []auth.Role{auth.VillageOfficial}, Confirmed: true},
	{Action: ActSelectFile, Roles: []auth.Role{auth.TownOfficial}, Confirmed: true},
	{Action: ActRoster, Roles: []auth.Role{auth.VillageOfficial, auth.TownOfficial, auth.CityOffice}},
	{Action: ActExport, Roles: []auth.Role{auth.VillageOfficial, auth.TownOfficial, auth.CityOffice}, Fresh: auth.Lately},
	{Action: ActReadPhone, Roles: []auth.Role{auth.Lead, auth.GroupLead, auth.AreaLead, auth.LinkedOfficial,
		auth.VillageOfficial, auth.TownOfficial, auth.CityOffice, auth.Command}},
}
