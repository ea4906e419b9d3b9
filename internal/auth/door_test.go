package auth_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

const deed auth.Action = "test.deed"

var deedRules = []auth.Rule{
	{Action: deed, Roles: []auth.Role{auth.TownOfficial}, Fresh: auth.Lately},
	{Action: deed, Roles: []auth.Role{auth.Lead}},
	{Action: "test.call", Roles: []auth.Role{auth.TownOfficial}, Fresh: auth.ThisHour},
}

func TestFreshProof(t *testing.T) {
	p := auth.NewPolicy(paths{}, deedRules)
	session := func(age time.Duration) auth.Door { return auth.Door{By: auth.BySession, Age: age} }
	cases := []struct {
		name   string
		role   auth.Role
		action auth.Action
		door   auth.Door
		code   string
	}{
		{"inside the house", auth.TownOfficial, deed, auth.Door{}, ""},
		{"fresh session", auth.TownOfficial, deed, session(9 * time.Minute), ""},
		{"old session", auth.TownOfficial, deed, session(11 * time.Minute), auth.CodeProve},
		{"old session that only looks", auth.TownOfficial, deed, auth.Door{By: auth.BySession, Age: time.Hour, Looking: true}, ""},
		{"old session, a lead", auth.Lead, deed, session(100 * time.Hour), ""},
		{"half an hour, an order", auth.TownOfficial, "test.call", session(30 * time.Minute), ""},
		{"two hours, an order", auth.TownOfficial, "test.call", session(2 * time.Hour), auth.CodeProve},
		{"token without scope", auth.TownOfficial, deed, auth.Door{By: auth.ByToken}, "auth.scope_needed"},
		{"token with another", auth.TownOfficial, deed, auth.Door{By: auth.ByToken, Scopes: []auth.Action{"test.call"}}, "auth.scope_needed"},
		{"token with it", auth.TownOfficial, deed, auth.Door{By: auth.ByToken, Scopes: []auth.Action{deed}}, ""},
		{"token for all", auth.TownOfficial, deed, auth.Door{By: auth.ByToken, Scopes: []auth.Action{auth.AllScopes}}, ""},
		{"not one's right at all", auth.Auditor, deed, auth.Door{By: auth.ByToken, Scopes: []auth.Action{auth.AllScopes}}, "auth.forbidden"},
	}
	for _, c := range cases {
		a := auth.Actor{AccountID: "a", Grants: []auth.Grant{{Role: c.role, UnitID: "c/1"}}, Door: c.door}
		err := p.Can(a, c.action, auth.Object{UnitID: "c/1/1"})
		if c.code == "" && err != nil || c.code != "" && errs.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %q", c.name, err, c.code)
		}
	}
}

// A page for an order asks early, so that sending it isn't held up.
func TestAskedWhenThePageOpens(t *testing.T) {
	p := auth.NewPolicy(paths{}, deedRules)
	a := auth.Actor{AccountID: "a", Grants: []auth.Grant{{Role: auth.TownOfficial, UnitID: "c/1"}}}
	a.Door = auth.Door{By: auth.BySession, Age: 20 * time.Minute, Looking: true}
	wantKind(t, p.Proved(a, "test.call"), errs.Unauthenticated, auth.CodeProve)
	a.Door.Looking = false
	if err := p.Proved(a, "test.call"); err != nil {
		t.Errorf("sending was held up: %v", err)
	}
	if err := p.Proved(auth.System("x"), deed); err != nil {
		t.Error(err)
	}
}

// The older the proof, the less is allowed; and no proof gives a right.
func TestProofNeverGivesARight(t *testing.T) {
	p := auth.NewPolicy(paths{}, deedRules)
	rapid.Check(t, func(t *rapid.T) {
		a := auth.Actor{AccountID: "a", Grants: []auth.Grant{{Role: rapid.SampledFrom(auth.Roles()).Draw(t, "role"), UnitID: "c"}}}
		action := rapid.SampledFrom([]auth.Action{deed, "test.call", "test.none"}).Draw(t, "action")
		inside := p.Can(a, action, auth.Object{}) == nil
		younger := time.Duration(rapid.Int64Range(0, int64(3*time.Hour)).Draw(t, "age"))
		older := younger + time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "more"))
		can := func(age time.Duration) bool {
			a.Door = auth.Door{By: auth.BySession, Age: age}
			return p.Can(a, action, auth.Object{}) == nil
		}
		if can(older) && !can(younger) || can(younger) && !inside {
			t.Fatalf("%v %s %v %v", a.Grants, action, younger, older)
		}
	})
}

func TestSeparate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var grants []auth.Grant
		for range rapid.IntRange(0, 5).Draw(t, "n") {
			grants = append(grants, auth.Grant{Role: rapid.SampledFrom(auth.Roles()).Draw(t, "role"), UnitID: "c"})
		}
		kinds := map[auth.Role]bool{}
		for _, g := range grants {
			if g.Role.Guarded() {
				kinds[g.Role] = true
			}
		}
		guarded, others := 0, 0
		for _, g := range auth.Separate(grants) {
			if g.Role.Guarded() {
				guarded++
			} else {
				others++
			}
		}
		if len(kinds) > 1 && guarded > 0 {
			t.Fatalf("%v kept two of the roles that stand apart", grants)
		}
		want := 0
		for _, g := range grants {
			if !g.Role.Guarded() {
				want++
			}
		}
		if others != want {
			t.Fatalf("%v lost a right that isn't guarded", grants)
		}
	})
}

// The first log-in begins the days of grace; after them nothing is left but to
// get a second factor.
func TestGrace(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		svc, c := setup(t, db)
		official := create(t, svc, "town", "official", auth.KindOfficial)
		lead := create(t, svc, "lead", "lead", auth.KindLead)
		trial, err := svc.CreateAccount(t.Context(), auth.System("test"),
			auth.NewAccount{Login: "trial", Name: "试", PersonID: "both", Kind: auth.KindOfficial, Password: goodPassword, Demo: true})
		if err != nil {
			t.Fatal(err)
		}
		at := doors(t, svc, c)
		_, secret, err := svc.IssueToken(t.Context(), auth.System("cli"), auth.NewToken{Login: "town"})
		if err != nil {
			t.Fatal(err)
		}
		byToken := func() auth.Actor {
			who, err := svc.Bearer(t.Context(), secret)
			if err != nil {
				t.Fatal(err)
			}
			return who
		}
		for _, a := range []auth.Account{official, lead, trial} {
			if _, err := svc.Login(t.Context(), a.Login, goodPassword, auth.Origin{}); err != nil {
				t.Fatal(err)
			}
		}
		if who := at(official); who.Door.Locked || len(who.Grants) == 0 || len(byToken().Grants) == 0 {
			t.Errorf("locked on the first day: %+v", who)
		}
		c.pass(8 * 24 * time.Hour)
		who := at(official)
		if !who.Door.Locked || len(who.Grants) != 0 {
			t.Fatalf("not locked after a week: %+v", who)
		}
		if who := byToken(); !who.Door.Locked || len(who.Grants) != 0 {
			t.Errorf("a token outlives the days of grace: %+v", who)
		}
		wantKind(t, svc.Policy().Can(who, auth.ActLink, auth.Object{UnitID: "c/1"}), errs.Forbidden, auth.CodeFactor)
		if err := svc.Policy().Can(who, auth.ActFactors, auth.Object{}); err != nil {
			t.Errorf("can't even get a factor: %v", err)
		}
		for _, a := range []auth.Account{lead, trial} {
			if who := at(a); who.Door.Locked || len(who.Grants) == 0 {
				t.Errorf("%s is locked: %+v", a.Login, who)
			}
		}
		enrol(t, svc, c, official)
		if who := at(official); who.Door.Locked || len(who.Grants) == 0 {
			t.Errorf("still locked with a factor: %+v", who)
		}
		if len(byToken().Grants) == 0 {
			t.Error("the token stays locked with a factor")
		}
	})
}

// doors returns how a new session of an account comes in, some time after its log-in.
func doors(t *testing.T, svc *auth.Service, c *city) func(auth.Account) auth.Actor {
	sessions := auth.NewSessions(svc, false)
	return func(a auth.Account) auth.Actor {
		t.Helper()
		a, err := svc.Account(t.Context(), auth.System("test"), a.ID)
		if err != nil {
			t.Fatal(err)
		}
		var who auth.Actor
		handler := sessions.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/login" {
				if err := sessions.Start(r.Context(), auth.Complete(a), "x"); err != nil {
					t.Error(err)
				}
			}
			who = auth.From(r.Context())
			_, _ = io.WriteString(w, "")
		}))
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/login", nil))
		next := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
		for _, cookie := range answer.Result().Cookies() {
			next.AddCookie(cookie)
		}
		handler.ServeHTTP(httptest.NewRecorder(), next)
		return who
	}
}

func TestTokenScopes(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		svc, c := setup(t, db)
		create(t, svc, "town", "official", auth.KindOfficial)
		c.posts["official"] = []auth.Grant{{Role: auth.Admin, UnitID: "c"}}
		_, _, err := svc.IssueToken(t.Context(), auth.System("cli"), auth.NewToken{Login: "town", Scopes: []auth.Action{"no.such"}})
		wantKind(t, err, errs.Invalid, "auth.scope_bad")
		for _, scopes := range [][]auth.Action{nil, {auth.ActManage}} {
			_, secret, err := svc.IssueToken(t.Context(), auth.System("cli"), auth.NewToken{Login: "town", Scopes: scopes})
			if err != nil {
				t.Fatal(err)
			}
			who, err := svc.Bearer(t.Context(), secret)
			if err != nil {
				t.Fatal(err)
			}
			if may := svc.Policy().Can(who, auth.ActManage, auth.Object{}) == nil; may != (len(scopes) > 0) {
				t.Errorf("scopes %v: %v", scopes, may)
			}
			if svc.Policy().Can(who, auth.ActAudit, auth.Object{}) != nil {
				t.Errorf("scopes %v: what isn't sensitive is refused", scopes)
			}
		}
	})
}
