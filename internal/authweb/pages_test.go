package authweb_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/authweb"
	"bilin/internal/i18n"
	"bilin/internal/live"
	"bilin/internal/network"
	"bilin/internal/seal"
	"bilin/internal/seal/sealtest"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

const password = "four yellow ducks"

// house is the site with accounts town, lead, admin and auditor.
type house struct {
	t      *testing.T
	url    string
	client *http.Client
	svc    *auth.Service
	log    *audit.Log
	at     time.Time
}

// pass lets time go by.
func (h *house) pass(d time.Duration) { h.at = h.at.Add(d) }

// fresh goes on with a browser that knows nothing.
func (h *house) fresh() {
	jar, err := cookiejar.New(nil)
	check(h.t, err)
	client := *h.client
	client.Jar = jar
	h.client = &client
}

// codeAt is what an authenticator shows: RFC 6238, written once more.
func codeAt(secret string, at time.Time) string {
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		panic(err)
	}
	mac := hmac.New(sha1.New, key)
	_ = binary.Write(mac, binary.BigEndian, at.Unix()/30)
	sum := mac.Sum(nil)
	n := binary.BigEndian.Uint32(sum[sum[19]&15:]) & 0x7fffffff
	return fmt.Sprintf("%06d", n%1000000)
}

func setup(t *testing.T, db *sqldb.DB) *house {
	t.Helper()
	dir := t.TempDir()
	log, err := audit.Open(db, audit.Options{Dir: dir})
	check(t, err)
	sealer, err := seal.Open(dir)
	check(t, err)
	net, err := network.Open(t.Context(), db, network.Options{Audit: log, Live: live.NewHub(db, nil), Seal: sealer, Vault: sealtest.Vault(t, db, sealer)})
	check(t, err)
	build(t, net)
	h := &house{t: t, log: log, at: time.Now()}
	svc := auth.New(auth.Options{DB: db, Policy: auth.NewPolicy(net, auth.Rules, network.Rules), Grants: net, Audit: log,
		Hashing: auth.Params{Memory: 64, Time: 1, Threads: 1}, Seal: sealer, Now: func() time.Time { return h.at }, Site: "https://bilin.example"})
	for _, login := range []string{"town", "admin", "auditor", "lead", "office"} {
		_, err := svc.CreateAccount(t.Context(), auth.System("test"), auth.NewAccount{Login: login, Name: "名" + login,
			PersonID: "p-" + login, Kind: auth.KindOfficial, Password: password, Demo: login == "town"})
		check(t, err)
	}
	h.svc = svc
	h.serve(net)
	return h
}

func (h *house) serve(net *network.Service) {
	sessions := auth.NewSessions(h.svc, false)
	mount := func(srv *web.Server) []web.Module {
		home := web.Module{Name: "home", Routes: []web.Route{{Pattern: "GET /{$}", Access: web.Public, Handler: func(w http.ResponseWriter, r *http.Request) error {
			_, err := io.WriteString(w, "home of "+auth.From(r.Context()).Login)
			return err
		}}}}
		return []web.Module{home, authweb.New(srv, authweb.Options{Auth: h.svc, Sessions: sessions, Tree: net.Tree, Audit: h.log,
			PublicURL: "https://bilin.example", DemoPassword: password}).Module()}
	}
	var srv *web.Server
	srv = webtest.New(h.t, mount, []i18n.Bundle{authweb.Messages, auth.Messages, audit.Messages, network.Messages}, webtest.With(func(o *web.Options) {
		o.Identify = authweb.Identify(func(r *http.Request) func(string, ...any) string { return srv.T(r) })
		o.Guard = authweb.Guard(h.svc.Policy())
		o.Prove = authweb.Prove(h.svc.Policy(), sessions)
		o.Wrap = []func(http.Handler) http.Handler{sessions.Wrap}
	}))
	h.url, h.client = webtest.Start(h.t, srv)
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func build(t *testing.T, net *network.Service) {
	t.Helper()
	c := network.Chunk{Source: "test", Units: []network.NewUnit{
		{ID: "city", Code: "430182000000", Name: "宁乡市", Level: network.City},
		{ID: "town1", Code: "430182001000", ParentID: "city", Name: "玉潭街道", Level: network.Town},
		{ID: "town2", Code: "430182002000", ParentID: "city", Name: "城郊街道", Level: network.Town},
		{ID: "village", Code: "430182001001", ParentID: "town1", Name: "花明村", Level: network.Village},
		{ID: "area", Code: "43018200100101", ParentID: "village", Name: "一片", Level: network.Area},
	}}
	post := func(login, unit string, role auth.Role) {
		c.Persons = append(c.Persons, network.NewPerson{ID: "p-" + login, Name: "名" + login})
		c.Posts = append(c.Posts, network.NewPost{ID: "post-" + login, UnitID: unit, Name: "岗" + login, Role: role})
		c.Appointments = append(c.Appointments, network.NewAppointment{ID: "a-" + login, PostID: "post-" + login, PersonID: "p-" + login, From: "2020-01-01"})
	}
	post("admin", "city", auth.Admin)
	post("auditor", "city", auth.Auditor)
	post("office", "city", auth.CityOffice)
	post("town", "town1", auth.TownOfficial)
	post("village", "village", auth.VillageOfficial)
	post("lead", "area", auth.AreaLead)
	check(t, net.ImportChunk(t.Context(), auth.System("test"), c))
	check(t, net.Refresh(t.Context()))
}

// get fetches a page and returns status, where it redirects to, and the text.
func (h *house) get(path string) (int, string, string) { return h.do(http.MethodGet, path, nil) }

// post sends a form given as alternating names and values.
func (h *house) post(path string, form ...string) (int, string, string) {
	values := url.Values{}
	for i := 0; i+1 < len(form); i += 2 {
		values.Add(form[i], form[i+1])
	}
	return h.do(http.MethodPost, path, values)
}

func (h *house) do(method, path string, form url.Values) (int, string, string) {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, strings.NewReader(form.Encode()))
	check(h.t, err)
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := h.client.Do(req)
	check(h.t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	check(h.t, err)
	if strings.Contains(string(body), "⟦") {
		h.t.Errorf("%s %s: a word is missing: %s", method, path, regexp.MustCompile(`⟦[^⟧]*⟧`).FindString(string(body)))
	}
	return res.StatusCode, res.Header.Get("Location"), string(body)
}

func (h *house) login(login string) {
	h.t.Helper()
	h.post("/logout")
	if status, to, body := h.post("/login", "login", login, "password", password); status != http.StatusSeeOther || to != "/" {
		h.t.Fatalf("log in as %s: %d %s %s", login, status, to, body)
	}
}

func TestLoginPage(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := setup(t, db)
		status, _, body := h.get("/login?as=town")
		if status != 200 || !strings.Contains(body, `href="/login?as=town`) || !strings.Contains(body, "镇街干部") || !strings.Contains(body, password) {
			t.Errorf("demo logins are not shown: %d %s", status, body)
		}
		if strings.Contains(body, "名admin") {
			t.Error("shows who is no demo account")
		}
		status, _, body = h.post("/login", "login", "town", "password", "wrong", "next", "/account")
		if status != http.StatusUnauthorized || !strings.Contains(body, "账号或密码不对") || strings.Contains(body, `value="wrong"`) {
			t.Errorf("wrong password: %d %s", status, body)
		}
		status, to, _ := h.post("/login", "login", "town", "password", password, "next", "/account")
		if status != http.StatusSeeOther || to != "/account" {
			t.Errorf("log in: %d %s", status, to)
		}
		if status, to, _ = h.get("/login?next=//evil.example"); status != http.StatusSeeOther || to != "/" {
			t.Errorf("already logged in: %d %s", status, to)
		}
		if _, _, body = h.get("/account"); !strings.Contains(body, "玉潭街道") || !strings.Contains(body, "镇街干部") {
			t.Errorf("account page: %s", body)
		}
		h.post("/logout")
		if status, to, _ = h.get("/account"); status != http.StatusSeeOther || !strings.HasPrefix(to, "/login?next=") {
			t.Errorf("after logging out: %d %s", status, to)
		}
	})
}

func TestChangePasswordPage(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := setup(t, db)
		h.login("town")
		for _, wrong := range [][3]string{{"wrong", "five yellow ducks", "five yellow ducks"}, {password, "short", "short"}, {password, "five yellow ducks", "other"}} {
			status, _, body := h.post("/account/password", "current", wrong[0], "password", wrong[1], "password_again", wrong[2])
			if status != http.StatusUnprocessableEntity || strings.Contains(body, wrong[1]) {
				t.Errorf("%v: %d", wrong, status)
			}
		}
		// Two blanks in a row are part of a password.
		if status, _, body := h.post("/account/password", "current", password, "password", "five  yellow ducks", "password_again", "five  yellow ducks"); status != http.StatusSeeOther {
			t.Fatalf("%d %s", status, body)
		}
		h.post("/logout")
		if status, _, _ := h.post("/login", "login", "town", "password", "five  yellow ducks"); status != http.StatusSeeOther {
			t.Errorf("the new password: %d", status)
		}
	})
}

// A town official prints a card; the lead's phone asks, looks, and logs in once.
func TestLeadsCard(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := setup(t, db)
		h.login("town")
		status, _, body := h.get("/leads")
		if status != 200 || !strings.Contains(body, `value="p-lead"`) {
			t.Fatalf("leads: %d %s", status, body)
		}
		if status, _, _ = h.get("/leads?unit=430182002000"); status != http.StatusForbidden {
			t.Errorf("another town's leads: %d", status)
		}
		if status, _, _ = h.post("/leads/links", "person", "p-admin"); status != http.StatusOK {
			t.Errorf("an official: %d", status)
		}
		_, _, body = h.post("/leads/links", "person", "p-lead")
		found := regexp.MustCompile(`https://bilin\.example(/l/[a-z2-7]+)`).FindStringSubmatch(body)
		if found == nil || !strings.Contains(body, "<svg") {
			t.Fatalf("no card: %s", body)
		}
		h.post("/logout")
		for range 2 {
			if status, _, body = h.get(found[1]); status != 200 || strings.Contains(body, "名lead") {
				t.Errorf("the link: %d %s", status, body)
			}
		}
		if status, to, _ := h.post(found[1]); status != http.StatusSeeOther || to != "/" {
			t.Fatalf("use it: %d %s", status, to)
		}
		if _, _, body = h.get("/"); !strings.HasPrefix(body, "home of lead-") {
			t.Errorf("logged in as %s", body)
		}
		if status, _, _ = h.post(found[1]); status != http.StatusGone {
			t.Errorf("a second time: %d", status)
		}
	})
}

func TestAdministration(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := setup(t, db)
		h.login("admin")
		if _, _, body := h.get("/accounts?q=to"); !strings.Contains(body, ">town</a>") || strings.Contains(body, ">auditor</a>") {
			t.Errorf("search: %s", body)
		}
		if _, _, body := h.get("/accounts/new?unit=430182001001"); !strings.Contains(body, "person=p-village") {
			t.Errorf("people of a village: %s", body)
		}
		if status, _, body := h.post("/accounts", "person", "p-village", "login", "TOWN"); status != 422 || !strings.Contains(body, "已经有人用了") {
			t.Errorf("taken: %d", status)
		}
		_, _, body := h.post("/accounts", "person", "p-village", "login", "huaming")
		link := regexp.MustCompile(`https://bilin\.example(/l/[a-z2-7]+)`).FindStringSubmatch(body)
		back := regexp.MustCompile(`href="(/accounts/[0-9a-f-]+)"`).FindStringSubmatch(body)
		if link == nil || back == nil {
			t.Fatalf("create: %s", body)
		}
		if status, _, body := h.post(back[1]+"/tokens", "label", "热线", "days", "30"); status != http.StatusForbidden || strings.Contains(body, "bln_") {
			t.Errorf("a token for somebody else: %d %s", status, body)
		}
		if _, _, body = h.post("/account/tokens", "label", "自己的", "days", "30"); !strings.Contains(body, "bln_") {
			t.Errorf("one's own token: %s", body)
		}
		h.get(back[1])
		h.post("/logout")
		if status, _, _ := h.post(link[1], "password", "six yellow ducks", "password_again", "six yellow ducks"); status != http.StatusSeeOther {
			t.Errorf("choose a password: %d", status)
		}
		h.login("admin")
		h.post(back[1] + "/disable")
		h.post("/logout")
		if status, _, _ := h.post("/login", "login", "huaming", "password", "six yellow ducks"); status != http.StatusUnauthorized {
			t.Errorf("a disabled account: %d", status)
		}
	})
}

func TestAuditPage(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := setup(t, db)
		h.post("/login", "login", "town", "password", "wrong")
		h.login("auditor")
		check(t, h.log.Sequence(context.Background()))
		status, _, body := h.get("/audit?area=account")
		if status != 200 || !strings.Contains(body, "登录失败") || !strings.Contains(body, "开账号") || strings.Contains(body, "wrong") {
			t.Errorf("%d %s", status, body)
		}
		if _, _, body = h.get("/audit?area=demand"); strings.Contains(body, "登录失败") {
			t.Error("the filter doesn't filter")
		}
	})
}

// Who may open which page: role × route.
func TestRouteMatrix(t *testing.T) {
	h := setup(t, sqldbtest.Open(t, sqldb.SQLite))
	paths := []string{"/login", "/account", "/accounts", "/accounts/new", "/leads", "/audit"}
	for login, want := range map[string][]int{
		"":        {200, 303, 303, 303, 303, 303},
		"lead":    {303, 200, 403, 403, 403, 403},
		"town":    {303, 200, 403, 403, 200, 403},
		"auditor": {303, 200, 403, 403, 403, 200},
		"admin":   {303, 200, 200, 200, 403, 200},
	} {
		if login != "" {
			h.login(login)
		} else {
			h.post("/logout")
		}
		for i, path := range paths {
			if status, _, _ := h.get(path); status != want[i] {
				t.Errorf("%q on %s: %d, want %d", login, path, status, want[i])
			}
		}
	}
}
