package auth

// What can be done with accounts and records.
const (
	ActSelf    Action = "account.self"    // one's own password, sessions and details
	ActManage  Action = "account.manage"  // create, disable, reset other people's accounts
	ActFactors Action = "account.factors" // one's own second factors
	ActVouch   Action = "account.vouch"   // say in person that somebody's second factors may be reset
	ActLink    Action = "account.link"    // hand a lead a one-time link
	ActToken   Action = "token.issue"     // issue and revoke bearer tokens
	ActAudit   Action = "audit.view"      // read the record of who did what
)

// Rules gives them to roles.
var Rules = []Rule{
	{Action: ActSelf, AnyAccount: true},
	{Action: ActFactors, AnyAccount: true, Fresh: Lately},
	{Action: ActManage, Roles: []Role{Admin}, Fresh: Lately, Confirmed: true},
	{Action: ActVouch, Roles: []Role{VillageOfficial, TownOfficial, CityOffice, Admin}, Fresh: Lately, Confirmed: true},
	{Action: ActLink, Roles: []Role{VillageOfficial, TownOfficial}, Confirmed: true},
	{Action: ActToken, Roles: []Role{Admin}, Fresh: Lately, Confirmed: true},
	{Action: ActAudit, Roles: []Role{Auditor, Admin}},
}
