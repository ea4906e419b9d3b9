package auth_test

import (
	"slices"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/errs"
)

// What is kept for those whose first log-in was confirmed is kept in every
// question that can be asked of the policy, and nothing else is.
func TestConfirmedKeepsANewAccountOut(t *testing.T) {
	const vouch, walk auth.Action = "thing.vouch", "thing.walk"
	p := auth.NewPolicy(paths{}, rules, []auth.Rule{
		{Action: vouch, Roles: []auth.Role{auth.TownOfficial}, Fresh: auth.Lately, Confirmed: true},
		{Action: walk, AnyAccount: true, Confirmed: true},
	})
	known := actor(auth.TownOfficial, "c/1")
	fresh := known
	fresh.Unconfirmed = true
	stranger := actor(auth.Auditor, "c")
	stranger.Unconfirmed = true
	town := auth.Object{UnitID: "c/1"}
	for _, action := range []auth.Action{vouch, walk} {
		if err := p.Can(known, action, town); err != nil || !p.May(known, action) {
			t.Errorf("%s is kept from who is known: %v", action, err)
		}
		wantKind(t, p.Can(fresh, action, town), errs.Forbidden, auth.CodeUnconfirmed)
		wantKind(t, p.Denied(fresh, action), errs.Forbidden, auth.CodeUnconfirmed)
		if p.May(fresh, action) || len(p.Scope(fresh, action)) > 0 {
			t.Errorf("%s by another question", action)
		}
	}
	if err := p.Can(fresh, see, town); err != nil {
		t.Errorf("other work stops: %v", err)
	}
	wantKind(t, p.Can(stranger, vouch, town), errs.Forbidden, "auth.forbidden")
	wantKind(t, p.Denied(stranger, vouch), errs.Forbidden, "auth.forbidden")
	if got := p.Confirmed(); !slices.Equal(got, []auth.Action{vouch, walk}) {
		t.Errorf("kept: %v", got)
	}
	if fresh.MaySecond("somebody") || !known.MaySecond("somebody") || known.MaySecond("a1") {
		t.Error("who may be a second person")
	}
}
