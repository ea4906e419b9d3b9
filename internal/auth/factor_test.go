package auth_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// enrol gives an account an authenticator and returns its secret and the recovery codes.
func enrol(t *testing.T, svc *auth.Service, c *city, a auth.Account) (secret string, codes []string) {
	t.Helper()
	me := auth.Actor{AccountID: a.ID, Login: a.Login}
	if err := svc.BeginAuthenticator(t.Context(), me); err != nil {
		t.Fatal(err)
	}
	set, err := svc.Authenticator(t.Context(), me)
	if err != nil {
		t.Fatal(err)
	}
	secret = strings.ReplaceAll(set.Secret, " ", "")
	codes, err = svc.ConfirmAuthenticator(t.Context(), me, auth.CodeAt(secret, c.now()), "")
	if err != nil {
		t.Fatal(err)
	}
	return secret, codes
}

func TestSecondStep(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		svc, c := setup(t, db)
		ctx, home := t.Context(), auth.Origin{IP: "10.0.0.1"}
		a := create(t, svc, "town", "official", auth.KindOfficial)
		secret, codes := enrol(t, svc, c, a)
		if len(codes) != 10 {
			t.Fatalf("%d recovery codes", len(codes))
		}
		login := func() string {
			t.Helper()
			e, err := svc.Login(ctx, "town", goodPassword, home)
			if err != nil || e.Pending == "" {
				t.Fatal("no second step was asked for", err)
			}
			return e.Pending
		}
		pending := login()
		_, err := svc.SecondStep(ctx, pending, auth.CodeAt(secret, c.now()), home)
		wantKind(t, err, errs.Invalid, "auth.invalid") // it set the authenticator up: no code works twice
		c.pass(30 * time.Second)
		now := auth.CodeAt(secret, c.now())
		if e, err := svc.SecondStep(ctx, pending, now, home); err != nil || e.Pending != "" {
			t.Fatal(err)
		}
		_, err = svc.SecondStep(ctx, pending, now, home)
		wantKind(t, err, errs.Unauthenticated, "auth.step_over")
		_, err = svc.SecondStep(ctx, login(), now, home)
		wantKind(t, err, errs.Invalid, "auth.invalid")
		for range 2 { // a recovery code works once, in whatever way it is typed
			_, err = svc.SecondStep(ctx, login(), strings.ToUpper(codes[3]), home)
		}
		wantKind(t, err, errs.Invalid, "auth.invalid")
		if f, err := svc.Factors(ctx, auth.Actor{AccountID: a.ID}, a.ID); err != nil || f.CodesLeft != 9 || f.TOTPSince.IsZero() {
			t.Errorf("%+v %v", f, err)
		}
		late := login()
		c.pass(11 * time.Minute)
		_, err = svc.SecondStep(ctx, late, auth.CodeAt(secret, c.now()), home)
		wantKind(t, err, errs.Unauthenticated, "auth.step_over")
		if err := svc.Sweep(ctx); err != nil {
			t.Error(err)
		}
	})
}

// Six digits are few: guesses are held back, from one address and from many,
// without end as long as they go on.
func TestCodesAreHeldBack(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		svc, c := setup(t, db)
		a := create(t, svc, "town", "official", auth.KindOfficial)
		secret, _ := enrol(t, svc, c, a)
		c.pass(time.Minute)
		e, err := svc.Login(t.Context(), "town", goodPassword, auth.Origin{})
		if err != nil {
			t.Fatal(err)
		}
		tried := 0
		for i := range 60 {
			from := auth.Origin{IP: "10.1.0." + string(rune('0'+i%10))}
			_, err := svc.SecondStep(t.Context(), e.Pending, "000000", from)
			if errs.KindOf(err) == errs.Invalid {
				tried++
			}
		}
		if tried > 20 {
			t.Errorf("%d guesses were checked", tried)
		}
		_, err = svc.SecondStep(t.Context(), e.Pending, auth.CodeAt(secret, c.now()), auth.Origin{IP: "10.9.9.9"})
		wantKind(t, err, errs.TooMany, "")
	})
}

// What is kept of a factor lets nobody in who reads it.
func TestFactorsAreSealedAndHashed(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		svc, c := setup(t, db)
		secret, codes := enrol(t, svc, c, create(t, svc, "town", "official", auth.KindOfficial))
		var kept string
		if err := db.Reader().QueryRowContext(t.Context(), `SELECT secret FROM totp`).Scan(&kept); err != nil || strings.Contains(kept, secret) {
			t.Errorf("%q %v", kept, err)
		}
		var n int
		err := db.Reader().QueryRowContext(t.Context(), `SELECT count(*) FROM recovery_code WHERE id = $1 OR id = $2`,
			codes[0], strings.ReplaceAll(codes[0], "-", "")).Scan(&n)
		if err != nil || n != 0 {
			t.Error(n, err)
		}
		for _, e := range c.entries {
			if text, ok := e.Detail.(map[string]any); ok {
				for _, v := range text {
					if v == secret || v == codes[0] {
						t.Errorf("the record tells a secret: %v", e)
					}
				}
			}
		}
	})
}

func TestLastFactorStays(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		svc, c := setup(t, db)
		a := create(t, svc, "town", "official", auth.KindOfficial)
		me := auth.Actor{AccountID: a.ID, Login: "town"}
		wantKind(t, svc.DropPasskey(t.Context(), me, "none", ""), errs.NotFound, "auth.no_passkey")
		enrol(t, svc, c, a)
		wantKind(t, svc.DropAuthenticator(t.Context(), me, ""), errs.Conflict, "auth.last_factor")
		lead := create(t, svc, "lead", "lead", auth.KindLead)
		wantKind(t, svc.BeginAuthenticator(t.Context(), auth.Actor{AccountID: lead.ID}), errs.Conflict, "auth.lead_factor")
	})
}

// A new telephone takes the old one's place with its first code; until then,
// and if that never comes, the old one counts.
func TestAnAuthenticatorMoves(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		svc, c := setup(t, db)
		ctx := t.Context()
		a := create(t, svc, "town", "official", auth.KindOfficial)
		me := auth.Actor{AccountID: a.ID, Login: "town"}
		old, _ := enrol(t, svc, c, a)
		_, err := svc.Authenticator(ctx, me)
		wantKind(t, err, errs.NotFound, "auth.totp_none")
		if err := svc.BeginAuthenticator(ctx, me); err != nil {
			t.Fatal(err)
		}
		next, err := svc.Authenticator(ctx, me)
		if err != nil {
			t.Fatal(err)
		}
		secret := strings.ReplaceAll(next.Secret, " ", "")
		comes := func(secret string) error {
			c.pass(time.Minute)
			e, err := svc.Login(ctx, "town", goodPassword, auth.Origin{IP: "10.0.0.1"})
			if err != nil {
				t.Fatal(err)
			}
			_, err = svc.SecondStep(ctx, e.Pending, auth.CodeAt(secret, c.now()), auth.Origin{IP: "10.0.0.1"})
			return err
		}
		if err := comes(old); err != nil {
			t.Errorf("the old telephone while the new one isn't ready: %v", err)
		}
		wantKind(t, comes(secret), errs.Invalid, "auth.invalid")
		_, err = svc.ConfirmAuthenticator(ctx, me, auth.CodeAt(old, c.now()), "")
		wantKind(t, err, errs.Invalid, "auth.invalid")
		codes, err := svc.ConfirmAuthenticator(ctx, me, auth.CodeAt(secret, c.now()), "")
		if err != nil || codes != nil {
			t.Fatalf("%v %v: recovery codes stay", codes, err)
		}
		wantKind(t, comes(old), errs.Invalid, "auth.invalid")
		if err := comes(secret); err != nil {
			t.Errorf("the new telephone: %v", err)
		}
	})
}

// A password link sets a password and opens nothing past a second factor.
func TestLinkDoesNotReplaceAFactor(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		svc, c := setup(t, db)
		a := create(t, svc, "town", "official", auth.KindOfficial)
		enrol(t, svc, c, a)
		link, err := svc.IssuePasswordLink(t.Context(), auth.System("cli"), a.ID)
		if err != nil {
			t.Fatal(err)
		}
		e, err := svc.UseLink(t.Context(), link.Secret, "seven yellow ducks", auth.Origin{})
		if err != nil || e.Pending == "" {
			t.Errorf("the link logged in: %v", err)
		}
		sessions := auth.NewSessions(svc, false)
		wantKind(t, sessions.Start(t.Context(), e, ""), errs.Unauthenticated, "auth.step_over")
	})
}

func TestReset(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		svc, c := setup(t, db)
		ctx := t.Context()
		a := create(t, svc, "town", "official", auth.KindOfficial)
		admin := auth.Actor{AccountID: "admin", Name: "管理员", Grants: []auth.Grant{{Role: auth.Admin, UnitID: "c"}}}
		enrol(t, svc, c, a)
		wantKind(t, svc.AskReset(ctx, actor(auth.CityOffice, "c"), a.ID), errs.Forbidden, "")
		wantKind(t, svc.AskReset(ctx, auth.Actor{AccountID: a.ID, Grants: admin.Grants}, a.ID), errs.Conflict, "auth.reset_self")
		if err := svc.AskReset(ctx, admin, a.ID); err != nil {
			t.Fatal(err)
		}
		wantKind(t, svc.AskReset(ctx, admin, a.ID), errs.Conflict, "auth.reset_asked")
		for name, who := range map[string]auth.Actor{
			"who asked": admin, "another town": actor(auth.TownOfficial, "c/2"), "a village below": actor(auth.VillageOfficial, "c/1/1"),
			"the one concerned": {AccountID: a.ID, PersonID: "official", Grants: []auth.Grant{{Role: auth.TownOfficial, UnitID: "c/1"}}},
			"a lead":            actor(auth.Lead, "c/1/1/1"), "an auditor": actor(auth.Auditor, "c"),
		} {
			if list, err := svc.Resets(ctx, who); err != nil || len(list) != 0 {
				t.Errorf("%s may vouch: %v %v", name, list, err)
			}
		}
		if f, err := svc.Factors(ctx, auth.Actor{AccountID: a.ID}, a.ID); err != nil || f.AskedAt.IsZero() {
			t.Errorf("the person isn't told that a reset was asked for: %+v %v", f, err)
		}
		office := actor(auth.CityOffice, "c")
		list, err := svc.Resets(ctx, office)
		if err != nil || len(list) != 1 || list[0].Login != "town" {
			t.Fatal(list, err)
		}
		_, err = svc.GrantReset(ctx, admin, list[0].ID)
		wantKind(t, err, errs.Forbidden, "auth.vouch_second")
		_, err = svc.GrantReset(ctx, actor(auth.TownOfficial, "c/2"), list[0].ID)
		wantKind(t, err, errs.Forbidden, "auth.forbidden")
		link, err := svc.GrantReset(ctx, office, list[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		_, err = svc.GrantReset(ctx, office, list[0].ID)
		wantKind(t, err, errs.Gone, "auth.reset_over")
		_, err = svc.Login(ctx, "town", goodPassword, auth.Origin{})
		wantKind(t, err, errs.Unauthenticated, "auth.wrong_login")
		e, err := svc.UseLink(ctx, link.Secret, "eight yellow ducks", auth.Origin{})
		if err != nil || e.Pending != "" {
			t.Fatal(err)
		}
		f, err := svc.Factors(ctx, auth.Actor{AccountID: a.ID}, a.ID)
		if err != nil || f.Any() || f.CodesLeft != 0 || f.ResetAt.IsZero() {
			t.Errorf("%+v %v", f, err)
		}
		if !slices.Contains(c.actions(), "account.reset_ask") || !slices.Contains(c.actions(), "account.reset") {
			t.Errorf("record %v", c.actions())
		}
	})
}

func TestRefusedReset(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		svc, c := setup(t, db)
		a := create(t, svc, "town", "official", auth.KindOfficial)
		enrol(t, svc, c, a)
		if err := svc.AskReset(t.Context(), actor(auth.Admin, "c"), a.ID); err != nil {
			t.Fatal(err)
		}
		office := auth.Actor{AccountID: "office", Grants: []auth.Grant{{Role: auth.CityOffice, UnitID: "c"}}}
		list, err := svc.Resets(t.Context(), office)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		if err := svc.RefuseReset(t.Context(), office, list[0].ID); err != nil {
			t.Fatal(err)
		}
		if f, err := svc.Factors(t.Context(), auth.Actor{AccountID: a.ID}, a.ID); err != nil || !f.Any() {
			t.Errorf("%+v %v", f, err)
		}
	})
}

// Guesses from elsewhere don't lock the owner out where they use to log in.
func TestGuessesDoNotLockTheOwnerOut(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		svc, c := setup(t, db)
		create(t, svc, "town", "official", auth.KindOfficial)
		home, cafe := auth.Origin{IP: "10.0.0.1"}, auth.Origin{IP: "10.200.0.1"}
		if _, err := svc.Login(t.Context(), "town", goodPassword, home); err != nil {
			t.Fatal(err)
		}
		c.pass(25 * 24 * time.Hour)
		var last error
		for i := range 70 {
			_, last = svc.Login(t.Context(), "town", "wrong", auth.Origin{IP: "10.3." + string(rune('0'+i/10)) + "." + string(rune('0'+i%10))})
		}
		wantKind(t, last, errs.TooMany, "")
		if _, err := svc.Login(t.Context(), "town", goodPassword, home); err != nil {
			t.Errorf("locked out at the usual place: %v", err)
		}
		for range 70 {
			_, _ = svc.Login(t.Context(), "town", "wrong", auth.Origin{IP: "10.4.0.1"})
			c.pass(2 * time.Second)
		}
		_, err := svc.Login(t.Context(), "town", goodPassword, cafe)
		if err != nil {
			wantKind(t, err, errs.TooMany, "")
		}
		c.pass(5*time.Minute + time.Second)
		if _, err := svc.Login(t.Context(), "town", goodPassword, cafe); err != nil {
			t.Errorf("still locked out elsewhere after five minutes: %v", err)
		}
	})
}

// An administrator who also holds a post, and an account for it, is one person
// still: they don't vouch for what they asked themself.
func TestOnePersonByTwoAccountsIsNoSecond(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		svc, c := setup(t, db)
		a := create(t, svc, "town", "official", auth.KindOfficial)
		enrol(t, svc, c, a)
		root := create(t, svc, "root", "both", auth.KindAdmin)
		asker := auth.Actor{AccountID: root.ID, PersonID: "both", Grants: []auth.Grant{{Role: auth.Admin, UnitID: "c"}}}
		if err := svc.AskReset(t.Context(), asker, a.ID); err != nil {
			t.Fatal(err)
		}
		twin := auth.Actor{AccountID: "other", PersonID: "both", Grants: []auth.Grant{{Role: auth.CityOffice, UnitID: "c"}}}
		if list, err := svc.Resets(t.Context(), twin); err != nil || len(list) != 0 {
			t.Errorf("they are asked to vouch for themself: %v %v", list, err)
		}
		second := auth.Actor{AccountID: "office", PersonID: "somebody", Grants: twin.Grants}
		list, err := svc.Resets(t.Context(), second)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		_, err = svc.GrantReset(t.Context(), twin, list[0].ID)
		wantKind(t, err, errs.Forbidden, "auth.vouch_second")
	})
}
