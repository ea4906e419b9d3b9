package pull_test

import (
	"database/sql"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/outcome"
	"bilin/internal/outcome/feed"
	"bilin/internal/outcome/outcometest"
	"bilin/internal/outcome/pull"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

type town struct {
	*outcometest.City
	feeds *feed.Service
	pulls *pull.Service
	x     outcome.Indicator
}

func newTown(t *testing.T, db *sqldb.DB, allow ...string) *town {
	t.Helper()
	c := &town{City: outcometest.New(t, db, outcometest.Make{Towns: 1, Villages: 2})}
	c.OK(os.MkdirAll(filepath.Join(c.Dir, "pull"), 0o700))
	c.x, _ = c.Svc.Catalog().ByCode("rivers")
	c.allow(allow...)
	return c
}

// allow makes the services with addresses that may be private.
func (c *town) allow(hosts ...string) {
	c.Helper()
	now := func() time.Time { return c.Now }
	c.feeds = feed.New(feed.Options{Outcome: c.Svc, Tree: c.Net.Tree, Seal: c.Keys, Now: now})
	var err error
	c.pulls, err = pull.New(pull.Options{DB: c.DB, Outcome: c.Svc, Feeds: c.feeds, Tree: c.Net.Tree, Audit: c.Audit, Live: c.Live, Seal: c.Keys,
		Dir: filepath.Join(c.Dir, "pull"), Allow: hosts, Now: now, Logger: slog.New(slog.DiscardHandler)})
	c.OK(err)
}

// site answers what it was told, and remembers how it was asked.
type site struct {
	*httptest.Server
	mu     sync.Mutex
	body   string
	status int
	etag   string
	asked  []http.Header
}

func newSite(t *testing.T, body string) *site {
	s := &site{body: body, status: http.StatusOK}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.asked = append(s.asked, r.Header)
		if s.etag != "" && r.Header.Get("If-None-Match") == s.etag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		if s.etag != "" {
			w.Header().Set("ETag", s.etag)
		}
		if s.status/100 == 3 {
			w.Header().Set("Location", "http://127.0.0.1:1/")
		}
		w.WriteHeader(s.status)
		_, _ = w.Write([]byte(s.body))
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *site) host() string { return strings.TrimPrefix(s.URL, "http://") }

func (s *site) set(change func(*site)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

const two = `[{"village":"第1村","period":"2026Q3","numerator":3,"denominator":20},{"village":"430182001002","period":"2026年三季度","numerator":"0","denominator":8}]`

func (c *town) source(s *site) pull.Source {
	return pull.Source{Kind: pull.HTTP, Address: s.URL + "/rivers?key=hidden", Secret: "s3cret", Hours: 6}
}

// codes are what an error says, field by field.
func codes(err error) string {
	e := errs.As(err)
	out := []string{e.Code}
	for _, f := range e.Fields {
		out = append(out, f.Name+":"+f.Code)
	}
	return strings.Join(out, " ")
}

func TestAPullOverHTTP(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		s := newSite(t, two)
		c := newTown(t, db, s.host())
		ctx := t.Context()
		tried, err := c.pulls.Try(ctx, c.Water, c.x, c.source(s))
		if err != nil || tried.New != 2 || tried.Source == "" || s.asked[0].Get("Authorization") != "Bearer s3cret" {
			t.Fatalf("%+v, %v, asked with %v", tried, err, s.asked[0])
		}
		if list, _ := c.pulls.Of(ctx, c.Water, c.x); len(list) != 0 || len(c.batches()) != 0 {
			t.Errorf("a try left %+v", list)
		}
		var id string
		for range 2 {
			if id, err = c.pulls.Add(ctx, c.Water, "k", c.x, tried.Source); err != nil {
				t.Fatal(err)
			}
		}
		c.secretsStayInside(id)
		c.OK(c.pulls.Poll(ctx))
		if b := c.batches(); len(b) != 1 || b[0].Way != outcome.HTTP || b[0].New != 2 || b[0].SHA256 != feed.Digest([]byte(two)) || b[0].By != "pull" || strings.Contains(b[0].Name, "hidden") {
			t.Errorf("%+v", b)
		}
		c.OK(c.pulls.Poll(ctx)) // too early
		if len(s.asked) != 2 {
			t.Errorf("asked %d times", len(s.asked))
		}
		s.set(func(s *site) { s.etag = `"7"` })
		c.Now = c.Now.Add(6 * time.Hour)
		c.OK(c.pulls.Poll(ctx)) // the same: nothing new
		c.Now = c.Now.Add(6 * time.Hour)
		c.OK(c.pulls.Poll(ctx)) // 304
		if got := s.asked[len(s.asked)-1].Get("If-None-Match"); got != `"7"` || len(c.batches()) != 1 {
			t.Errorf("asked with %q, %d deliveries", got, len(c.batches()))
		}
		s.set(func(s *site) { s.etag, s.body = `"8"`, strings.Replace(two, `:3,`, `:4,`, 1) })
		c.Now = c.Now.Add(6 * time.Hour)
		c.OK(c.pulls.Poll(ctx))
		if b := c.batches(); len(b) != 2 || b[0].New != 1 {
			t.Errorf("%+v", b)
		}
		p := c.only()
		if p.ID != id || !p.Last.Equal(c.Now) || !p.Next.Equal(c.Now.Add(6*time.Hour)) || !p.Failing.IsZero() || p.Cause.Code != "" {
			t.Errorf("%+v", p)
		}
	})
}

func (c *town) batches() []outcome.Batch {
	c.Helper()
	list, err := c.Svc.Batches(c.Context(), c.x.ID, 20)
	c.OK(err)
	return list
}

func (c *town) only() pull.Pull {
	c.Helper()
	list, err := c.pulls.Of(c.Context(), c.Water, c.x)
	c.OK(err)
	if len(list) != 1 {
		c.Fatalf("%+v", list)
	}
	return list[0]
}

// secretsStayInside looks for the secrets everywhere but in the key.
func (c *town) secretsStayInside(id string) {
	c.Helper()
	list, err := c.pulls.Of(c.Context(), c.Water, c.x)
	c.OK(err)
	var stored, address string
	c.OK(c.DB.Reader().QueryRowContext(c.Context(), `SELECT secret, address FROM outcome_pull WHERE id = $1`, id).Scan(&stored, &address))
	c.OK(c.Audit.Sequence(c.Context()))
	var records string
	rows, err := c.DB.Reader().QueryContext(c.Context(), `SELECT detail FROM audit_entry`)
	c.OK(err)
	defer rows.Close()
	for rows.Next() {
		var d sql.NullString
		c.OK(rows.Scan(&d))
		records += d.String
	}
	c.OK(rows.Err())
	for _, text := range []string{fmt.Sprintf("%+v", list), stored, address, records} {
		if strings.Contains(text, "s3cret") || strings.Contains(text, "hidden") {
			c.Errorf("the secret is in %s", text)
		}
	}
}

// A pull that fails says since when and why, is tried again within the hour, and
// mends by itself.
func TestAPullThatFails(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		s := newSite(t, two)
		c := newTown(t, db, s.host())
		ctx := t.Context()
		tried, err := c.pulls.Try(ctx, c.Water, c.x, c.source(s))
		c.OK(err)
		_, err = c.pulls.Add(ctx, c.Water, "", c.x, tried.Source)
		c.OK(err)
		c.OK(c.pulls.Poll(ctx))
		c.Now = c.Now.Add(6 * time.Hour)
		since := c.Now
		for what, x := range map[string]struct {
			change func(*site)
			code   string
		}{
			"down":        {func(s *site) { s.status = http.StatusBadGateway }, "outcome.pull.status"},
			"elsewhere":   {func(s *site) { s.status = http.StatusFound }, "outcome.pull.status"},
			"refused":     {func(s *site) { s.status = http.StatusUnauthorized }, "outcome.pull.refused"},
			"no JSON":     {func(s *site) { s.body = "<html>" }, "outcome.feed.not_json"},
			"half":        {func(s *site) { s.body = two[:60] }, "outcome.feed.bad_json"},
			"too much":    {func(s *site) { s.body = "[" + strings.Repeat(" ", feed.MaxBody) + "]" }, "outcome.pull.too_large"},
			"a bad row":   {func(s *site) { s.body = strings.Replace(two, "第1村", "月塘村", 1) }, "outcome.pull.bad_row"},
			"empty":       {func(s *site) { s.body = "[]" }, "outcome.no_rows"},
			"no longer 0": {func(s *site) { s.body = strings.Replace(two, `"numerator":3`, `"numerator":30`, 1) }, "outcome.pull.bad_row"},
		} {
			s.set(func(s *site) { s.body, s.status = two, http.StatusOK; x.change(s) })
			c.OK(c.pulls.Poll(ctx))
			p := c.only()
			if p.Cause.Code != x.code || !p.Failing.Equal(since) || !p.Next.Equal(c.Now.Add(time.Hour)) || len(c.batches()) != 1 {
				t.Errorf("%s: %+v", what, p)
			}
			if failing, err := c.pulls.Failing(ctx); err != nil || failing[c.x.ID].ID != p.ID {
				t.Errorf("%s: %+v, %v", what, failing, err)
			}
			c.Now = c.Now.Add(time.Hour)
		}
		s.set(func(s *site) { s.body, s.status = two, http.StatusOK })
		c.OK(c.pulls.Poll(ctx))
		if p := c.only(); !p.Failing.IsZero() || p.Cause.Code != "" || !p.Next.Equal(c.Now.Add(6*time.Hour)) {
			t.Errorf("mended: %+v", p)
		}
		p := c.only()
		if err := c.pulls.End(ctx, c.Police, "", p.ID); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("the police end it: %v", err)
		}
		for range 2 {
			c.OK(c.pulls.End(ctx, c.Water, "k", p.ID))
		}
		asked := len(s.asked)
		c.Now = c.Now.Add(24 * time.Hour)
		c.OK(c.pulls.Poll(ctx))
		var secret string
		c.OK(db.Reader().QueryRowContext(ctx, `SELECT secret FROM outcome_pull`).Scan(&secret))
		if p := c.only(); p.Ended.IsZero() || len(s.asked) != asked || secret != "" {
			t.Errorf("%+v, asked %d times more, secret %q", p, len(s.asked)-asked, secret)
		}
		if _, _, err := c.pulls.RunNow(ctx, c.Water, p.ID); errs.CodeOf(err) != "outcome.pull.ended" {
			t.Errorf("run after its end: %v", err)
		}
	})
}

// Run by hand it first says what it would bring, and brings it when that is confirmed.
func TestAPullIsRunByHand(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		s := newSite(t, two)
		c := newTown(t, db, s.host())
		ctx := t.Context()
		tried, err := c.pulls.Try(ctx, c.Water, c.x, c.source(s))
		c.OK(err)
		id, err := c.pulls.Add(ctx, c.Water, "", c.x, tried.Source)
		c.OK(err)
		x, report, err := c.pulls.RunNow(ctx, c.Water, id)
		if err != nil || x.ID != c.x.ID || report.New != 2 || len(c.batches()) != 0 {
			t.Fatalf("%+v, %v", report, err)
		}
		taken, err := c.feeds.Confirm(ctx, c.Water, "k", x, report.Staged)
		if b := c.batches(); err != nil || taken.New != 2 || len(b) != 1 || b[0].Way != outcome.HTTP || b[0].By != c.Water.Name {
			t.Errorf("%+v, %v, %+v", taken, err, b)
		}
		for _, who := range []auth.Actor{c.Police, {}, c.Actor(auth.TownOfficial, c.Towns[0])} {
			if _, _, err := c.pulls.RunNow(ctx, who, id); errs.KindOf(err) != errs.Forbidden && errs.KindOf(err) != errs.Unauthenticated {
				t.Errorf("%s runs it: %v", who.Name, err)
			}
			if _, err := c.pulls.Try(ctx, who, c.x, c.source(s)); errs.KindOf(err) != errs.Forbidden && errs.KindOf(err) != errs.Unauthenticated {
				t.Errorf("%s tries one: %v", who.Name, err)
			}
			if _, err := c.pulls.Of(ctx, who, c.x); errs.KindOf(err) != errs.Forbidden && errs.KindOf(err) != errs.Unauthenticated {
				t.Errorf("%s sees them: %v", who.Name, err)
			}
		}
		if _, err := c.pulls.Add(ctx, c.Office, "", c.x, tried.Source); errs.CodeOf(err) != "outcome.pull.try_again" {
			t.Errorf("what somebody else tried: %v", err)
		}
		for range 4 {
			_, err = c.pulls.Add(ctx, c.Water, "", c.x, tried.Source)
			c.OK(err)
		}
		if _, err := c.pulls.Add(ctx, c.Water, "", c.x, tried.Source); errs.CodeOf(err) != "outcome.pull.too_many" {
			t.Errorf("a sixth: %v", err)
		}
	})
}

// What isn't public isn't reached unless the administrator named it, whatever a
// source says.
func TestPrivateAddressesAreNotReached(t *testing.T) {
	s := newSite(t, two)
	c := newTown(t, sqldbtest.Open(t, sqldb.SQLite))
	ctx := t.Context()
	pg, _ := postgresSource(t, c)
	c.allow()
	for what, x := range map[string]struct {
		src  pull.Source
		want string
	}{
		"loopback":     {c.source(s), "outcome.invalid address:outcome.pull.private"},
		"inner":        {pull.Source{Kind: pull.HTTP, Address: "https://10.0.0.1/x", Hours: 1}, "outcome.invalid address:outcome.pull.private"},
		"in the open":  {pull.Source{Kind: pull.HTTP, Address: "http://data.example.cn/x", Hours: 1}, "outcome.invalid address:outcome.pull.not_https"},
		"a password":   {pull.Source{Kind: pull.HTTP, Address: "https://u:p@data.example.cn/x", Hours: 1}, "outcome.invalid address:outcome.pull.no_user"},
		"a file":       {pull.Source{Kind: pull.HTTP, Address: "file:///etc/passwd", Hours: 1}, "outcome.invalid address:outcome.pull.bad_url"},
		"PostgreSQL":   {pg, "outcome.invalid address:outcome.pull.private"},
		"MySQL":        {pull.Source{Kind: pull.MySQL, Address: "mysql://127.0.0.1/x", User: "u", Query: "SELECT 1", Hours: 1}, "outcome.invalid address:outcome.pull.private"},
		"a parameter":  {pull.Source{Kind: pull.Postgres, Address: "postgres://db.example.cn/x?host=/tmp", User: "u", Query: "SELECT 1", Hours: 1}, "outcome.invalid address:outcome.pull.bad_database"},
		"no database":  {pull.Source{Kind: pull.MySQL, Address: "mysql://db.example.cn", User: "u", Query: "SELECT 1", Hours: 1}, "outcome.invalid address:outcome.pull.bad_database"},
		"another kind": {pull.Source{Kind: pull.MySQL, Address: "postgres://db.example.cn/x", User: "u", Query: "SELECT 1", Hours: 1}, "outcome.invalid address:outcome.pull.bad_database"},
		"a socket":     {pull.Source{Kind: pull.Postgres, Address: "postgres:///x", User: "u", Query: "SELECT 1", Hours: 1}, "outcome.invalid address:outcome.pull.bad_database"},
		"no kind":      {pull.Source{Address: "https://data.example.cn", Hours: 1}, "outcome.invalid query:outcome.missing"},
		"no words":     {pull.Source{Kind: pull.Postgres, Hours: 1000}, "outcome.invalid address:outcome.missing user:outcome.missing query:outcome.missing hours:outcome.pull.bad_hours"},
	} {
		if _, err := c.pulls.Try(ctx, c.Water, c.x, x.src); codes(err) != x.want {
			t.Errorf("%s: %s", what, codes(err))
		}
	}
	if len(s.asked) > 0 {
		t.Error("it was asked all the same")
	}
	if _, err := pull.New(pull.Options{Allow: []string{"nonsense"}}); err == nil {
		t.Error("nonsense is allowed")
	}
}

// A name that turns out to be an inner address is refused when it is dialled.
func TestNamesAreJudgedWhenDialled(t *testing.T) {
	c := newTown(t, sqldbtest.Open(t, sqldb.SQLite))
	for _, src := range []pull.Source{
		{Kind: pull.HTTP, Address: "https://localhost.localdomain:1/x", Hours: 1},
		{Kind: pull.Postgres, Address: "postgres://localhost.localdomain:1/x", User: "u", Query: "SELECT 1", Hours: 1},
		{Kind: pull.MySQL, Address: "mysql://localhost.localdomain:1/x", User: "u", Query: "SELECT 1", Hours: 1},
	} {
		_, err := c.pulls.Try(t.Context(), c.Water, c.x, src)
		if got := codes(err); got != "outcome.invalid address:outcome.pull.down" && got != "outcome.invalid address:outcome.pull.no_database" {
			t.Errorf("%s: %s", src.Kind, got)
		}
	}
}
