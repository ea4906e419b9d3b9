package auth

// What can be done with accounts and records.
const (
	ActSelf   Action = "account.self"   // one's own password, sessions and details
	ActManage Action = "account.manage" // create, disable, reset other people's accounts
	ActLink   Action = "account.link"   // hand a lead a one-time link
	ActToken  Action = "token.issue"    // issue and revoke bearer tokens
	ActAudit  Action = "audit.view"     // read the record of who did what
)

// Rules gives them to roles.
var Rules = []Rule{
	{Action: ActSelf, AnyAccount: true},
	{Action: ActManage, Roles: []Role{Admin}},
	{Action: ActLink, Roles: []Role{VillageOfficial, TownOfficial, Admin}},
	{Action: ActToken, Roles: []Role{Admin}},
	{Action: ActAudit, Roles: []Role{Auditor, Admin}},
}
