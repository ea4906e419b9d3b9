package app

import (
	"testing"

	"bilin/internal/auth"
	"bilin/internal/care"
	"bilin/internal/care/need"
	"bilin/internal/honour"
	"bilin/internal/mobilise"
	"bilin/internal/network"
	"bilin/internal/practice"
	"bilin/internal/purpose"
)

// confirmed is what waits until a second person said that a new account is its
// owner's, each with its reason. Whoever takes an action out, or makes a rule
// that asks for two people, has to write here why.
var confirmed = map[auth.Action]string{
	auth.ActManage:          "opens accounts and asks for resets",
	auth.ActVouch:           "second person to a reset and to a first log-in",
	auth.ActLink:            "lets leads in",
	auth.ActToken:           "lets programs in",
	network.ActAppoint:      "fills posts, and so gives rights",
	network.ActAppointCity:  "fills the city's posts",
	network.ActSecond:       "second person to an appointment",
	network.ActKeepPhone:    "where owners are told of their accounts",
	network.ActSelectReview: "first of two words on who leads",
	network.ActSelectFile:   "second word on who leads, which appoints",
	mobilise.ActApprove:     "second person to a large order",
	mobilise.ActReview:      "looks at a missing person's order after whoever gave it",
	purpose.ActReview:       "looks at a break-glass after whoever broke it",
	need.ActApprove:         "second person to a need",
	care.ActRenew:           "second person to an entry",
	honour.ActJudge:         "a vote, and second person to a revocation",
	practice.ActEdit:        "the other side of what both agree to",
}

func TestWhatANewAccountMayNotDoYet(t *testing.T) {
	policy := auth.NewPolicy(nil, Rules()...)
	kept := map[auth.Action]bool{}
	for _, action := range policy.Confirmed() {
		kept[action] = true
		if confirmed[action] == "" {
			t.Errorf("%s waits for a word: write down here why", action)
		}
	}
	everything := auth.Actor{AccountID: "a", PersonID: "p", Unconfirmed: true}
	for _, role := range auth.Roles() {
		everything.Grants = append(everything.Grants, auth.Grant{Role: role, UnitID: "c"})
	}
	for action := range confirmed {
		if !kept[action] {
			t.Errorf("%s no longer waits for a word", action)
		}
		if policy.May(everything, action) {
			t.Errorf("an account that nobody confirmed may %s, by another rule", action)
		}
	}
}
