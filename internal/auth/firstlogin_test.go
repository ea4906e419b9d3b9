package auth_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// An administrator alone gets into no account that was ever in use, whether its
// owner has a second factor or not.
func TestNoLinkAloneToAnAccountInUse(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		svc, c := setup(t, db)
		ctx, admin := t.Context(), auth.Actor{AccountID: "admin", PersonID: "runner", Name: "管理员", Grants: []auth.Grant{{Role: auth.Admin, UnitID: "c"}}}
		never := create(t, svc, "town", "official", auth.KindOfficial) // has a password that nobody used yet
		_, err := svc.IssuePasswordLink(ctx, admin, never.ID)
		wantKind(t, err, errs.Conflict, "auth.link_in_use")
		used := create(t, svc, "village", "both", auth.KindOfficial)
		if _, err := svc.Login(ctx, "village", goodPassword, auth.Origin{}); err != nil {
			t.Fatal(err)
		}
		_, err = svc.IssuePasswordLink(ctx, admin, used.ID)
		wantKind(t, err, errs.Conflict, "auth.link_in_use")

		if err := svc.AskReset(ctx, admin, used.ID); err != nil {
			t.Fatalf("without a factor there is no way by two: %v", err)
		}
		if !slices.Contains(c.words, "both auth.told.asked") {
			t.Errorf("the owner isn't told that somebody asked: %v", c.words)
		}
		town := actor(auth.TownOfficial, "c/1")
		list, err := svc.Resets(ctx, town)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		_, err = svc.GrantReset(ctx, admin, list[0].ID)
		wantKind(t, err, errs.Forbidden, "auth.vouch_second")
		link, err := svc.GrantReset(ctx, town, list[0].ID)
		if err != nil || !slices.Contains(c.words, "both auth.told.reset") {
			t.Fatal(c.words, err)
		}
		_, err = svc.IssuePasswordLink(ctx, admin, used.ID) // nor in the gap until it is used
		wantKind(t, err, errs.Conflict, "auth.link_in_use")
		if _, err := svc.UseLink(ctx, link.Secret, "five yellow ducks", auth.Origin{}); err != nil {
			t.Error(err)
		}
	})
}

func TestAFirstLoginIsToldAndJudged(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		svc, c := setup(t, db)
		root := create(t, svc, "root", "runner", auth.KindAdmin)
		ctx, admin := t.Context(), auth.Actor{AccountID: root.ID, PersonID: "runner", Name: "管理员", Grants: []auth.Grant{{Role: auth.Admin, UnitID: "c"}}}
		office, town := actor(auth.CityOffice, "c"), actor(auth.TownOfficial, "c/1")
		a := comesIn(t, svc, admin, "village", "both")
		wantKind(t, svc.AskReset(ctx, admin, fresh(t, svc, admin, "city", "official").ID), errs.Conflict, "auth.reset_unused")
		if !slices.Contains(c.words, "both auth.told.first") {
			t.Errorf("the owner isn't told: %v", c.words)
		}
		f, found, err := svc.FirstLoginOf(ctx, auth.Actor{AccountID: a.ID}, a.ID)
		if err != nil || !found || f.MadeName != "管理员" || f.At.IsZero() || f.Device != "Linux/Chrome" {
			t.Errorf("the owner's page: %+v %v", f, err)
		}
		twin := auth.Actor{AccountID: "other", PersonID: "runner", Grants: office.Grants}
		for name, who := range map[string]auth.Actor{
			"who made it": admin, "the same person elsewhere": twin, "another town": actor(auth.TownOfficial, "c/2"), "a lead": actor(auth.Lead, "c/1/1/1"),
			"its owner": {AccountID: a.ID, PersonID: "both", Grants: []auth.Grant{{Role: auth.VillageOfficial, UnitID: "c/1/1"}}},
		} {
			if list, err := firsts(ctx, svc, who); err != nil || len(list) != 0 {
				t.Errorf("%s may judge: %v %v", name, list, err)
			}
			if svc.JudgeFirst(ctx, who, a.ID, auth.Theirs) == nil {
				t.Errorf("%s judged", name)
			}
		}
		if list, err := firsts(ctx, svc, town); err != nil || len(list) != 1 || list[0].Login != "village" {
			t.Fatal(list, err)
		}
		if err := svc.JudgeFirst(ctx, town, a.ID, auth.Theirs); err != nil {
			t.Fatal(err)
		}
		wantKind(t, svc.JudgeFirst(ctx, office, a.ID, auth.NotTheirs), errs.Gone, "auth.first_over")
		if list, err := firsts(ctx, svc, office); err != nil || len(list) != 0 {
			t.Error(list, err)
		}
	})
}

// Where it wasn't the owner, whoever came in is out, and stays out.
func TestAFirstLoginThatWasNotTheOwners(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		svc, _ := setup(t, db)
		ctx, admin := t.Context(), auth.Actor{AccountID: "admin", Name: "管理员", Grants: []auth.Grant{{Role: auth.Admin, UnitID: "c"}}}
		a := comesIn(t, svc, admin, "village", "both")
		if err := svc.JudgeFirst(ctx, actor(auth.TownOfficial, "c/1"), a.ID, auth.NotTheirs); err != nil {
			t.Fatal(err)
		}
		_, err := svc.Login(ctx, "village", "five yellow ducks", auth.Origin{})
		wantKind(t, err, errs.Unauthenticated, "auth.wrong_login")
		_, err = svc.IssuePasswordLink(ctx, admin, a.ID)
		wantKind(t, err, errs.Conflict, "auth.disabled")
		if list, err := svc.Sessions(ctx, admin, a.ID); err != nil || len(list) != 0 {
			t.Error(list, err)
		}
		if err := svc.SetDisabled(ctx, admin, a.ID, false, 0); err != nil {
			t.Fatal(err)
		}
		_, err = svc.Login(ctx, "village", "five yellow ducks", auth.Origin{}) // what the stranger chose
		wantKind(t, err, errs.Unauthenticated, "auth.wrong_login")
		_, err = svc.IssuePasswordLink(ctx, admin, a.ID)
		wantKind(t, err, errs.Conflict, "auth.link_in_use")
	})
}

// fresh is an account that its owner hasn't used yet.
func fresh(t *testing.T, svc *auth.Service, admin auth.Actor, login, person string) auth.Account {
	t.Helper()
	a, err := svc.CreateAccount(t.Context(), admin, auth.NewAccount{Login: login, Name: "名", PersonID: person, Kind: auth.KindOfficial})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// comesIn is a new account that somebody came in by for the first time, with
// the link that the administrator had in hand.
func comesIn(t *testing.T, svc *auth.Service, admin auth.Actor, login, person string) auth.Account {
	t.Helper()
	a := fresh(t, svc, admin, login, person)
	link, err := svc.IssuePasswordLink(t.Context(), admin, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	e, err := svc.UseLink(t.Context(), link.Secret, "five yellow ducks", auth.Origin{IP: "10.0.0.9", Device: "Linux/Chrome"})
	if err != nil || e.Pending != "" {
		t.Fatal(e, err)
	}
	if time.Until(link.ExpiresAt) > 25*time.Hour {
		t.Errorf("the link holds until %v", link.ExpiresAt)
	}
	return e.Account
}

func firsts(ctx context.Context, svc *auth.Service, who auth.Actor) ([]auth.FirstLogin, error) {
	list, _, err := svc.FirstLogins(ctx, who, auth.FirstCursor{}, 50)
	return list, err
}
