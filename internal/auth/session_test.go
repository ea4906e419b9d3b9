package auth_test

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// browser talks to a site that logs in, says who it sees, and logs out.
type browser struct {
	t      *testing.T
	client *http.Client
	url    string
}

func site(t *testing.T, svc *auth.Service, sessions *auth.Sessions) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/login/{id}", func(_ http.ResponseWriter, r *http.Request) {
		a, err := svc.Account(r.Context(), auth.System("test"), r.PathValue("id"))
		if err != nil {
			t.Error(err)
		}
		if err := sessions.Start(r.Context(), auth.Complete(a), "Windows/Edge"); err != nil {
			t.Error(err)
		}
	})
	mux.HandleFunc("/who", func(w http.ResponseWriter, r *http.Request) {
		a := auth.From(r.Context())
		_, _ = io.WriteString(w, a.ID()+" "+strings.Join(a.Units(), ","))
	})
	mux.HandleFunc("/session", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, sessions.Current(r.Context()))
	})
	mux.HandleFunc("/logout", func(_ http.ResponseWriter, r *http.Request) {
		if err := sessions.End(r.Context()); err != nil {
			t.Error(err)
		}
	})
	srv := httptest.NewServer(sessions.Wrap(mux))
	t.Cleanup(srv.Close)
	return srv.URL
}

func open(t *testing.T, url string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, &http.Client{Jar: jar}, url}
}

func (b *browser) get(path string) string {
	b.t.Helper()
	res, err := b.client.Get(b.url + path)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		b.t.Fatal(res.Status, err)
	}
	return string(body)
}

func TestSession(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		svc, c := setup(t, db)
		a := create(t, svc, "town", "official", auth.KindOfficial)
		url := site(t, svc, auth.NewSessions(svc, false))
		b, stranger := open(t, url), open(t, url)
		if got := b.get("/who"); got != "anonymous " {
			t.Errorf("before: %q", got)
		}
		b.get("/login/" + a.ID)
		if got := b.get("/who"); got != a.ID+" c/1" {
			t.Errorf("logged in: %q", got)
		}
		if got := stranger.get("/who"); got != "anonymous " {
			t.Errorf("a stranger: %q", got)
		}
		c.posts["official"] = []auth.Grant{{Role: auth.TownOfficial, UnitID: "c/2"}}
		if got := b.get("/who"); got != a.ID+" c/2" {
			t.Errorf("after the post changed: %q", got)
		}
		b.get("/logout")
		if got := b.get("/who"); got != "anonymous " {
			t.Errorf("after logging out: %q", got)
		}
		if !slices.Contains(c.actions(), "account.logout") {
			t.Errorf("record %v", c.actions())
		}
	})
}

func TestSessionEndsUnusedAndAtLast(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		svc, c := setup(t, db)
		a := create(t, svc, "town", "official", auth.KindOfficial)
		b := open(t, site(t, svc, auth.NewSessions(svc, false)))
		b.get("/login/" + a.ID)
		c.pass(2*time.Hour + time.Second)
		if got := b.get("/who"); got != "anonymous " {
			t.Errorf("unused for over two hours: %q", got)
		}
		b.get("/login/" + a.ID)
		for range 11 {
			c.pass(time.Hour)
			if got := b.get("/who"); got != a.ID+" c/1" {
				t.Fatalf("in use at %v: %q", c.now(), got)
			}
		}
		c.pass(time.Hour)
		if got := b.get("/who"); got != "anonymous " {
			t.Errorf("after twelve hours: %q", got)
		}
		if err := svc.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		var n int
		if err := db.Reader().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM session`).Scan(&n); err != nil || n != 1 {
			t.Errorf("%d sessions left (%v), want the idle one, whose end has not come", n, err)
		}
	})
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		svc, c := setup(t, db)
		ctx := t.Context()
		a := create(t, svc, "town", "official", auth.KindOfficial)
		url := site(t, svc, auth.NewSessions(svc, false))
		one, two := open(t, url), open(t, url)
		one.get("/login/" + a.ID)
		two.get("/login/" + a.ID)
		me := auth.Actor{AccountID: a.ID}
		list, err := svc.Sessions(ctx, me, a.ID)
		if err != nil || len(list) != 2 || list[0].Device != "Windows/Edge" {
			t.Fatal(list, err)
		}
		wantKind(t, svc.EndSession(ctx, auth.Actor{AccountID: "other"}, a.ID, list[0].ID), errs.Forbidden, "")
		if err := svc.EndSession(ctx, me, a.ID, two.get("/session")); err != nil {
			t.Fatal(err)
		}
		if one.get("/who") != a.ID+" c/1" || two.get("/who") != "anonymous " {
			t.Error("the wrong session ended")
		}
		two.get("/login/" + a.ID)
		if err := svc.EndSessions(ctx, me, a.ID, one.get("/session")); err != nil {
			t.Fatal(err)
		}
		if one.get("/who") != a.ID+" c/1" || two.get("/who") != "anonymous " {
			t.Error("the wrong sessions ended")
		}
		if !slices.Contains(c.told, "account:"+a.ID+" ended") {
			t.Errorf("open pages were not told: %v", c.told)
		}
	})
}

func TestHandOverEndsSessionsAndLinks(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		svc, _ := setup(t, db)
		ctx := t.Context()
		link, err := svc.IssueLink(ctx, auth.System("test"), "lead", "李四")
		if err != nil {
			t.Fatal(err)
		}
		b := open(t, site(t, svc, auth.NewSessions(svc, false)))
		b.get("/login/" + link.AccountID)
		if got := b.get("/who"); got != link.AccountID+" c/1/1/1" {
			t.Fatal(got)
		}
		failed := db.Write(ctx, func(tx *sqldb.Tx) error {
			if err := svc.EndFor(ctx, tx, "lead"); err != nil {
				return err
			}
			return context.Canceled
		})
		if failed == nil || b.get("/who") != link.AccountID+" c/1/1/1" {
			t.Error("a hand-over that failed ended the session")
		}
		if err := db.Write(ctx, func(tx *sqldb.Tx) error { return svc.EndFor(ctx, tx, "lead") }); err != nil {
			t.Fatal(err)
		}
		if got := b.get("/who"); got != "anonymous " {
			t.Errorf("after the hand-over: %q", got)
		}
		_, err = svc.UseLink(ctx, link.Secret, "", auth.Origin{})
		wantKind(t, err, errs.NotFound, "auth.no_link")
	})
}

// An account that comes in by link holds a lead's rights only, whatever else
// its person becomes.
func TestLinkAccountHoldsLeadPostsOnly(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		svc, c := setup(t, db)
		link, err := svc.IssueLink(t.Context(), auth.System("test"), "lead", "李四")
		if err != nil {
			t.Fatal(err)
		}
		c.posts["lead"] = append(c.posts["lead"], auth.Grant{Role: auth.TownOfficial, UnitID: "c/1"})
		b := open(t, site(t, svc, auth.NewSessions(svc, false)))
		b.get("/login/" + link.AccountID)
		if got := b.get("/who"); got != link.AccountID+" c/1/1/1" {
			t.Errorf("got %q", got)
		}
	})
}

func TestSecureCookie(t *testing.T) {
	db := sqldbtest.Open(t, sqldb.SQLite)
	svc, _ := setup(t, db)
	a := create(t, svc, "town", "official", auth.KindOfficial)
	res, err := http.Get(site(t, svc, auth.NewSessions(svc, true)) + "/login/" + a.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	cookie := res.Cookies()[0]
	if cookie.Name != "__Host-bilin" || !cookie.Secure || !cookie.HttpOnly || cookie.Path != "/" || cookie.Domain != "" {
		t.Errorf("%+v", cookie)
	}
}
