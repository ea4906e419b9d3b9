package auth_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// city is what the service under test is told about posts, records and time.
type city struct {
	mu      sync.Mutex
	posts   map[string][]auth.Grant
	entries []audit.Entry
	told    []string
	words   []string // what people were told on their own telephones
	at      time.Time
}

func (c *city) Grants(_ context.Context, personID string) ([]auth.Grant, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.posts[personID]), nil
}

func (c *city) Officials(_ context.Context, unitIDs []string) ([]string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []string
	for id, grants := range c.posts {
		if slices.ContainsFunc(grants, func(g auth.Grant) bool {
			return g.Role.IsOfficial() && slices.ContainsFunc(unitIDs, func(u string) bool { return paths{}.Contains(u, g.UnitID) })
		}) {
			list = append(list, id)
		}
	}
	return list, nil
}

func (c *city) Append(_ context.Context, tx *sqldb.Tx, e audit.Entry) error {
	tx.OnCommit(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.entries = append(c.entries, e)
	})
	return nil
}

func (c *city) Publish(_ context.Context, tx *sqldb.Tx, topic, data string) error {
	tx.OnCommit(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.told = append(c.told, topic+" "+data)
	})
	return nil
}

func (c *city) TellPerson(_ context.Context, tx *sqldb.Tx, personID string, what auth.Told, _ ...any) error {
	tx.OnCommit(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.words = append(c.words, personID+" "+string(what))
	})
	return nil
}

func (c *city) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *city) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func (c *city) actions() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []string
	for _, e := range c.entries {
		list = append(list, e.Action)
	}
	return list
}

const goodPassword = "four yellow ducks"

var cheap = auth.Params{Memory: 64, Time: 1, Threads: 1}

// setup returns a service with an administrator and three officials and leads:
// persons "official" (town c/1), "lead" (cell c/1/1/1), "both" (lead and
// official) and "idle" (no post).
func setup(t *testing.T, db *sqldb.DB) (*auth.Service, *city) {
	t.Helper()
	c := &city{at: time.Now().Truncate(time.Second), posts: map[string][]auth.Grant{
		"official": {{Role: auth.TownOfficial, UnitID: "c/1"}},
		"lead":     {{Role: auth.Lead, UnitID: "c/1/1/1"}},
		"both":     {{Role: auth.Lead, UnitID: "c/1/1/2"}, {Role: auth.VillageOfficial, UnitID: "c/1/1"}},
		"far":      {{Role: auth.Lead, UnitID: "c/1/1/3"}, {Role: auth.GroupLead, UnitID: "c/2/1"}},
	}}
	sealer, err := seal.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	svc := auth.New(auth.Options{DB: db, Policy: auth.NewPolicy(paths{}, auth.Rules), Grants: c, Audit: c, Live: c, Tell: c, Now: c.now, Hashing: cheap,
		Seal: sealer, Site: "https://bilin.example"})
	return svc, c
}

func create(t *testing.T, svc *auth.Service, login, person string, kind auth.Kind) auth.Account {
	t.Helper()
	a, err := svc.CreateAccount(t.Context(), auth.System("test"),
		auth.NewAccount{Login: login, Name: "名" + login, PersonID: person, Kind: kind, Password: goodPassword})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func wantKind(t *testing.T, err error, kind errs.Kind, code string) {
	t.Helper()
	if err == nil || errs.KindOf(err) != kind || code != "" && errs.CodeOf(err) != code {
		t.Errorf("got %v, want %v %s", err, kind, code)
	}
}

func TestCreateAccount(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		svc, _ := setup(t, db)
		create(t, svc, "Town ", "official", auth.KindOfficial)
		admin := auth.System("test")
		cases := []struct {
			name string
			cmd  auth.NewAccount
			code string
		}{
			{"taken", auth.NewAccount{Login: "ＴＯＷＮ", Name: "x", PersonID: "p", Kind: auth.KindOfficial}, "auth.login_taken"},
			{"no login", auth.NewAccount{Name: "x", PersonID: "p", Kind: auth.KindOfficial}, "auth.login_missing"},
			{"odd login", auth.NewAccount{Login: "a b", Name: "x", PersonID: "p", Kind: auth.KindOfficial}, "auth.login_bad"},
			{"no name", auth.NewAccount{Login: "n", PersonID: "p", Kind: auth.KindOfficial}, "auth.name_bad"},
			{"no kind", auth.NewAccount{Login: "n", Name: "x", PersonID: "p"}, "auth.kind_bad"},
			{"no person", auth.NewAccount{Login: "n", Name: "x", Kind: auth.KindLead}, "auth.person_missing"},
			{"weak", auth.NewAccount{Login: "n", Name: "x", PersonID: "p", Kind: auth.KindLead, Password: "short"}, "auth.password_short"},
		}
		for _, c := range cases {
			_, err := svc.CreateAccount(t.Context(), admin, c.cmd)
			if err == nil || errs.As(err).Fields[0].Code != c.code {
				t.Errorf("%s: %v, want %s", c.name, err, c.code)
			}
		}
		_, err := svc.CreateAccount(t.Context(), actor(auth.TownOfficial, "c"), auth.NewAccount{})
		wantKind(t, err, errs.Forbidden, "")
		list, err := svc.Accounts(t.Context(), admin, "to", "", 10)
		if err != nil || len(list) != 1 || list[0].Login != "town" {
			t.Errorf("list %v %v", list, err)
		}
		if list, err = svc.Accounts(t.Context(), admin, "名", "town", 10); err != nil || len(list) != 0 {
			t.Errorf("page after the last: %v %v", list, err)
		}
	})
}

func TestLogin(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		svc, c := setup(t, db)
		a := create(t, svc, "town", "official", auth.KindOfficial)
		home := auth.Origin{IP: "10.0.0.1", Device: "Windows/Edge"}
		got, err := svc.Login(t.Context(), " TOWN", goodPassword, home)
		if err != nil || got.ID != a.ID {
			t.Fatal(got, err)
		}
		for _, wrong := range [][2]string{{"town", "wrong"}, {"nobody", goodPassword}, {"town", ""}, {"", ""}} {
			_, err := svc.Login(t.Context(), wrong[0], wrong[1], home)
			wantKind(t, err, errs.Unauthenticated, "auth.wrong_login")
		}
		if err := svc.SetDisabled(t.Context(), auth.System("test"), a.ID, true, 0); err != nil {
			t.Fatal(err)
		}
		_, err = svc.Login(t.Context(), "town", goodPassword, home)
		wantKind(t, err, errs.Unauthenticated, "auth.wrong_login")
		want := []string{"account.create", "account.login", "account.login_failed", "account.login_failed",
			"account.login_failed", "account.login_failed", "account.disable", "account.login_failed"}
		if !slices.Equal(c.actions(), want) {
			t.Errorf("record %v", c.actions())
		}
	})
}

func TestLoginLocksOut(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		svc, c := setup(t, db)
		create(t, svc, "town", "official", auth.KindOfficial)
		for _, login := range []string{"town", "nobody"} { // who exists can't be told from the answers
			for range 5 {
				_, err := svc.Login(t.Context(), login, "wrong", auth.Origin{IP: "10.0.0.9"})
				wantKind(t, err, errs.Unauthenticated, "auth.wrong_login")
			}
			_, err := svc.Login(t.Context(), login, goodPassword, auth.Origin{IP: "10.0.0.9"})
			wantKind(t, err, errs.TooMany, "auth.locked_seconds")
		}
		if _, err := svc.Login(t.Context(), "town", goodPassword, auth.Origin{IP: "10.0.0.1"}); err != nil {
			t.Errorf("locked out by somebody else's guesses: %v", err)
		}
		c.pass(31 * time.Second)
		if _, err := svc.Login(t.Context(), "town", goodPassword, auth.Origin{IP: "10.0.0.9"}); err != nil {
			t.Errorf("still locked after the wait: %v", err)
		}
		if err := svc.Sweep(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// Guesses made at the same time can't slip past the count.
func TestLoginLocksOutParallelGuesses(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		svc, _ := setup(t, db)
		create(t, svc, "town", "official", auth.KindOfficial)
		var wg sync.WaitGroup
		checked := make(chan bool, 40)
		for range 40 {
			wg.Go(func() {
				_, err := svc.Login(context.Background(), "town", "wrong", auth.Origin{IP: "10.0.0.9"})
				checked <- errs.KindOf(err) == errs.Unauthenticated
			})
		}
		wg.Wait()
		close(checked)
		n := 0
		for ok := range checked {
			if ok {
				n++
			}
		}
		if n > 5 {
			t.Errorf("%d passwords were checked before the lock", n)
		}
	})
}

func TestHashIsRenewed(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		svc, c := setup(t, db)
		a := create(t, svc, "town", "official", auth.KindOfficial)
		dearer := auth.New(auth.Options{DB: db, Policy: svc.Policy(), Grants: c, Audit: c, Now: c.now,
			Hashing: auth.Params{Memory: 128, Time: 1, Threads: 1}})
		if _, err := dearer.Login(t.Context(), "town", goodPassword, auth.Origin{}); err != nil {
			t.Fatal(err)
		}
		got, err := svc.Account(t.Context(), auth.System("test"), a.ID)
		if err != nil || !strings.Contains(got.Password, "m=128,") {
			t.Errorf("%q %v", got.Password, err)
		}
	})
}

func TestChangePassword(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		svc, _ := setup(t, db)
		a := create(t, svc, "town", "official", auth.KindOfficial)
		me := auth.Actor{AccountID: a.ID}
		wantKind(t, svc.ChangePassword(t.Context(), me, "wrong", "five yellow ducks", ""), errs.Invalid, "auth.invalid")
		wantKind(t, svc.ChangePassword(t.Context(), me, goodPassword, "short", ""), errs.Invalid, "auth.invalid")
		wantKind(t, svc.ChangePassword(t.Context(), auth.Actor{}, goodPassword, "five yellow ducks", ""), errs.Unauthenticated, "")
		if err := svc.ChangePassword(t.Context(), me, goodPassword, "five yellow ducks", ""); err != nil {
			t.Fatal(err)
		}
		_, err := svc.Login(t.Context(), "town", goodPassword, auth.Origin{})
		wantKind(t, err, errs.Unauthenticated, "")
		if _, err := svc.Login(t.Context(), "town", "five yellow ducks", auth.Origin{}); err != nil {
			t.Error(err)
		}
	})
}

func TestLinks(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		svc, c := setup(t, db)
		ctx := t.Context()
		village := actor(auth.VillageOfficial, "c/1/1")
		link, err := svc.IssueLink(ctx, village, "lead", "李四")
		if err != nil {
			t.Fatal(err)
		}
		for range 3 { // previews look as often as they like
			if got, err := svc.Link(ctx, link.Secret); err != nil || got.Name != "李四" {
				t.Fatal(got, err)
			}
		}
		a, err := svc.UseLink(ctx, link.Secret, "", auth.Origin{Device: "Android/WeChat"})
		if err != nil || a.PersonID != "lead" || a.Kind != auth.KindLead {
			t.Fatal(a, err)
		}
		_, err = svc.UseLink(ctx, link.Secret, "", auth.Origin{})
		wantKind(t, err, errs.Gone, "auth.link_used")
		_, err = svc.Link(ctx, "madeup")
		wantKind(t, err, errs.NotFound, "auth.no_link")

		first, _ := svc.IssueLink(ctx, village, "lead", "李四")
		second, err := svc.IssueLink(ctx, village, "lead", "李四")
		if err != nil || second.AccountID != a.ID {
			t.Fatal("a second link made a second account", second, err)
		}
		_, err = svc.Link(ctx, first.Secret)
		wantKind(t, err, errs.NotFound, "auth.no_link")
		c.pass(73 * time.Hour)
		_, err = svc.UseLink(ctx, second.Secret, "", auth.Origin{})
		wantKind(t, err, errs.Gone, "auth.link_expired")
	})
}

func TestLinkIsUsedOnce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		svc, _ := setup(t, db)
		link, err := svc.IssueLink(t.Context(), auth.System("test"), "lead", "李四")
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		won := make(chan error, 16)
		for range cap(won) {
			wg.Go(func() {
				_, err := svc.UseLink(context.Background(), link.Secret, "", auth.Origin{})
				won <- err
			})
		}
		wg.Wait()
		close(won)
		n := 0
		for err := range won {
			if err == nil {
				n++
			} else if errs.KindOf(err) != errs.Gone {
				t.Error(err)
			}
		}
		if n != 1 {
			t.Errorf("used %d times", n)
		}
	})
}

// A link is as good as a log-in, so nobody issues one for more than they reach.
func TestWhoMayIssueLinks(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		svc, _ := setup(t, db)
		cases := []struct {
			name   string
			actor  auth.Actor
			person string
			kind   errs.Kind
			ok     bool
		}{
			{"village, own lead", actor(auth.VillageOfficial, "c/1/1"), "lead", 0, true},
			{"town, lead below", actor(auth.TownOfficial, "c/1"), "lead", 0, true},
			{"another village", actor(auth.VillageOfficial, "c/1/2"), "lead", errs.Forbidden, false},
			{"lead of two villages", actor(auth.VillageOfficial, "c/1/1"), "far", errs.Forbidden, false},
			{"somebody who is also an official", actor(auth.TownOfficial, "c/1"), "both", errs.Conflict, false},
			{"an official", actor(auth.TownOfficial, "c/1"), "official", errs.Conflict, false},
			{"nobody's post", actor(auth.TownOfficial, "c/1"), "idle", errs.Conflict, false},
			{"a lead", actor(auth.Lead, "c/1/1/1"), "lead", errs.Forbidden, false},
			{"city office", actor(auth.CityOffice, "c"), "lead", errs.Forbidden, false},
			{"anonymous", auth.Actor{}, "lead", errs.Unauthenticated, false},
		}
		for _, c := range cases {
			_, err := svc.IssueLink(t.Context(), c.actor, c.person, "某人")
			if c.ok != (err == nil) || err != nil && errs.KindOf(err) != c.kind {
				t.Errorf("%s: %v", c.name, err)
			}
		}
	})
}

func TestPasswordLink(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		svc, c := setup(t, db)
		a, err := svc.CreateAccount(t.Context(), auth.System("test"), auth.NewAccount{Login: "town", Name: "镇", PersonID: "official", Kind: auth.KindOfficial})
		if err != nil {
			t.Fatal(err)
		}
		_, err = svc.IssuePasswordLink(t.Context(), actor(auth.TownOfficial, "c/1"), a.ID)
		wantKind(t, err, errs.Forbidden, "")
		link, err := svc.IssuePasswordLink(t.Context(), actor(auth.Admin, "c"), a.ID)
		if err != nil || link.ExpiresAt.Sub(c.now()) > 24*time.Hour {
			t.Fatal(link.ExpiresAt, err)
		}
		_, err = svc.UseLink(t.Context(), link.Secret, "short", auth.Origin{})
		wantKind(t, err, errs.Invalid, "auth.invalid")
		if _, err := svc.UseLink(t.Context(), link.Secret, "six yellow ducks", auth.Origin{}); err != nil {
			t.Fatal(err)
		}
		if _, err := svc.Login(t.Context(), "town", "six yellow ducks", auth.Origin{}); err != nil {
			t.Error(err)
		}
	})
}

func TestTokens(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		svc, c := setup(t, db)
		ctx := t.Context()
		a := create(t, svc, "town", "official", auth.KindOfficial)
		_, _, err := svc.IssueToken(ctx, actor(auth.TownOfficial, "c/1"), auth.NewToken{Login: "town"})
		wantKind(t, err, errs.Forbidden, "")
		_, _, err = svc.IssueToken(ctx, actor(auth.Admin, "c"), auth.NewToken{Login: "town"})
		wantKind(t, err, errs.Forbidden, "auth.token_holder")
		owner := auth.Actor{AccountID: a.ID, Door: auth.Door{By: auth.BySession, Age: time.Hour}}
		_, _, err = svc.IssueToken(ctx, owner, auth.NewToken{Login: "town"})
		wantKind(t, err, errs.Unauthenticated, auth.CodeProve)
		owner.Door.Age = 0
		_, own, err := svc.IssueToken(ctx, owner, auth.NewToken{Login: "town"})
		if err != nil {
			t.Fatal(err)
		}
		for _, door := range []auth.Door{{By: auth.ByToken, Scopes: []auth.Action{auth.AllScopes}}, {By: auth.BySession, Locked: true}} {
			_, _, err = svc.IssueToken(ctx, auth.Actor{AccountID: a.ID, Door: door}, auth.NewToken{Login: "town"})
			wantKind(t, err, errs.Forbidden, "")
		}
		if err := svc.ChangePassword(ctx, owner, goodPassword, "seven grey herons", ""); err != nil {
			t.Fatal(err)
		}
		_, err = svc.Bearer(ctx, own)
		wantKind(t, err, errs.Unauthenticated, "auth.token_wrong")
		token, secret, err := svc.IssueToken(ctx, auth.System("cli"), auth.NewToken{Login: "TOWN", Life: time.Hour})
		if err != nil || !strings.HasPrefix(secret, "bln_") {
			t.Fatal(secret, err)
		}
		who, err := svc.Bearer(ctx, secret)
		if err != nil || who.AccountID != a.ID || !who.Has(auth.TownOfficial) {
			t.Fatal(who, err)
		}
		c.posts["official"] = nil
		if who, err = svc.Bearer(ctx, secret); err != nil || len(who.Grants) != 0 {
			t.Errorf("a post that ended still gives %v (%v)", who.Grants, err)
		}
		for _, bad := range []string{"", "bln_", secret + "x", strings.TrimPrefix(secret, "bln_"), "bln_" + strings.Repeat("a", 500)} {
			_, err := svc.Bearer(ctx, bad)
			wantKind(t, err, errs.Unauthenticated, "auth.token_wrong")
		}
		me := auth.Actor{AccountID: a.ID}
		list, err := svc.Tokens(ctx, me, a.ID)
		if err != nil || len(list) != 1 || list[0].UsedAt.IsZero() {
			t.Errorf("list %v %v", list, err)
		}
		wantKind(t, svc.RevokeToken(ctx, auth.Actor{AccountID: "other"}, a.ID, token.ID), errs.Forbidden, "")
		if err := svc.RevokeToken(ctx, me, a.ID, token.ID); err != nil {
			t.Fatal(err)
		}
		_, err = svc.Bearer(ctx, secret)
		wantKind(t, err, errs.Unauthenticated, "auth.token_wrong")
		_, late, _ := svc.IssueToken(ctx, auth.System("cli"), auth.NewToken{Login: "town", Life: time.Hour})
		c.pass(time.Hour)
		_, err = svc.Bearer(ctx, late)
		wantKind(t, err, errs.Unauthenticated, "auth.token_wrong")
	})
}

// Nothing that is kept lets its reader in.
func TestSecretsAreHashed(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		svc, _ := setup(t, db)
		create(t, svc, "town", "official", auth.KindOfficial)
		_, secret, err := svc.IssueToken(t.Context(), auth.System("cli"), auth.NewToken{Login: "town"})
		if err != nil {
			t.Fatal(err)
		}
		link, err := svc.IssueLink(t.Context(), auth.System("test"), "lead", "李四")
		if err != nil {
			t.Fatal(err)
		}
		for query, leaked := range map[string]string{
			`SELECT COUNT(*) FROM token WHERE hash = $1 OR id = $1 OR label = $1`: secret,
			`SELECT COUNT(*) FROM link WHERE id = $1`:                             link.Secret,
			`SELECT COUNT(*) FROM account WHERE password = $1`:                    goodPassword,
		} {
			var n int
			if err := db.Reader().QueryRowContext(t.Context(), query, leaked).Scan(&n); err != nil || n != 0 {
				t.Errorf("%s: %d %v", query, n, err)
			}
		}
	})
}
