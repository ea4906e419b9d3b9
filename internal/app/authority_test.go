package app

import (
	"slices"
	"testing"

	"bilin/internal/auth"
)

// What the three roles that stand apart may do beyond what everybody may. None
// of it opens what the city knows of a household: names, numbers, needs,
// demands. Whoever gives one of them more has to write it here, and say why.
var standApart = map[auth.Role]map[auth.Action]string{
	auth.Admin: {
		"account.manage": "log-ins, by the name of the post's holder", "account.vouch": "says who stands before them",
		"token.issue": "for programs, with scopes by name", "audit.view": "that something was done; not what was written",
		"network.view": "units and who holds posts, which are public", "network.manage": "units", "network.appoint": "posts",
		"network.appoint_city": "posts", "network.second": "posts", "network.select_view": "nominations, which are announced",
		"calendar.view": "working days", "calendar.manage": "working days", "catalog.edit": "categories and limits",
		"alert.view": "warnings", "alert.take": "warnings", "demand.intake": "brings the hotline's orders, and reads none",
		"order.report": "brings gateways' reports by message id", "oldnet.map": "old nets and their workers' posts",
		"oldnet.read": "old nets", "duty.edit": "the duty lists",
		"recovery.view": "how backups went, in numbers", "recovery.release": "lets a city that was brought back send again",
	},
	auth.PrivacyOfficer: {
		"network.view":   "units and who holds posts, which are public",
		"order.review":   "that an order named a missing person, after the fact",
		"purpose.review": "that a glass was broken, by whom and why; not what lay behind it", "purpose.overdue": "that a review is late",
		"privacy.answer": "a person's own request, which climbed there when its time ran out", "privacy.watch": "that a promise was broken",
		"care.approve": "needs as such, of nobody",
	},
	auth.Auditor: {
		"audit.view": "the record", "network.view": "units and who holds posts, which are public",
		"network.select_view": "nominations, which are announced", "calendar.view": "working days", "oldnet.read": "old nets",
		"outreach.reach": "how many households a notice reached, by village",
	},
}

func TestRolesThatStandApartOpenNothingPersonal(t *testing.T) {
	given := map[auth.Role][]auth.Action{}
	for _, rules := range Rules() {
		for _, r := range rules {
			for role := range standApart {
				if slices.Contains(r.Roles, role) {
					given[role] = append(given[role], r.Action)
				}
			}
		}
	}
	for role, actions := range given {
		for _, action := range actions {
			if standApart[role][action] == "" {
				t.Errorf("%s may %s: write down here why that opens nothing personal", role, action)
			}
		}
		for action := range standApart[role] {
			if !slices.Contains(actions, action) {
				t.Errorf("%s may no longer %s", role, action)
			}
		}
	}
}

// Leads come in by a link on their own telephone and have nothing to prove
// themselves with: nothing of theirs may ask for a fresh proof. And an action
// that is open to everybody proves nobody.
func TestWhoCanBeAskedForAProof(t *testing.T) {
	for _, rules := range Rules() {
		for _, r := range rules {
			if r.Fresh == 0 {
				continue
			}
			if slices.ContainsFunc(r.Roles, auth.Role.IsLead) || r.Public {
				t.Errorf("%s asks leads, or everybody, for a proof", r.Action)
			}
			if r.AnyAccount && r.Action != auth.ActFactors {
				t.Errorf("%s asks every account for a proof", r.Action)
			}
			if r.Fresh != auth.Lately && r.Fresh != auth.ThisHour {
				t.Errorf("%s asks for %v", r.Action, r.Fresh)
			}
		}
	}
}

// What the issue calls sensitive asks for a fresh proof.
func TestSensitiveActionsAskForAProof(t *testing.T) {
	sensitive := auth.NewPolicy(nil, Rules()...).Sensitive()
	for _, action := range []auth.Action{
		auth.ActManage, auth.ActToken, auth.ActVouch, auth.ActFactors,
		"network.export", "network.appoint_city", "network.second", "order.issue", "order.approve", "order.review",
		"outcome.publish", "list.publish", "purpose.glass", "purpose.review", "recovery.release",
	} {
		if !slices.Contains(sensitive, action) {
			t.Errorf("%s asks for no proof", action)
		}
	}
}
