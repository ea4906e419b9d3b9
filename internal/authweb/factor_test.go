package authweb_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

var codeText = regexp.MustCompile(`<code>([A-Z2-7 ]{30,}|[a-z2-7]{4}(?:-[a-z2-7]{4}){3})</code>`)

// hidden reads the value of a hidden input.
func hidden(body, name string) string {
	_, rest, _ := strings.Cut(body, `name="`+name+`" value="`)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// enrol sets up an authenticator by hand, as without JavaScript, and returns
// its secret and the recovery codes.
func (h *house) enrol() (secret string, codes []string) {
	h.t.Helper()
	if status, to, body := h.post("/account/totp/start"); status != http.StatusSeeOther || to != "/account/totp" {
		h.t.Fatalf("start: %d %s %s", status, to, body)
	}
	_, _, body := h.get("/account/totp")
	found := codeText.FindStringSubmatch(body)
	if found == nil || !strings.Contains(body, `class="qr"`) {
		h.t.Fatalf("no secret is shown: %s", body)
	}
	secret = strings.ReplaceAll(found[1], " ", "")
	if status, _, body := h.post("/account/totp", "code", "000000"); status != http.StatusUnprocessableEntity || !strings.Contains(body, "验证码不对") {
		h.t.Fatalf("wrong first code: %d %s", status, body)
	}
	_, _, body = h.post("/account/totp", "code", codeAt(secret, h.at))
	for _, match := range codeText.FindAllStringSubmatch(body, -1) {
		codes = append(codes, match[1])
	}
	if len(codes) != 10 {
		h.t.Fatalf("%d recovery codes: %s", len(codes), body)
	}
	return secret, codes
}

func TestSecondStepPages(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := setup(t, db)
		h.login("town")
		secret, codes := h.enrol()
		if _, _, body := h.post("/account/codes.txt", "saved", codes[0], "saved", "<script>"); !strings.Contains(body, codes[0]) || strings.Contains(body, "script") {
			t.Errorf("file: %s", body)
		}
		if _, _, body := h.get("/account/factors"); !strings.Contains(body, "还剩10个") || strings.Contains(body, codes[0]) {
			t.Errorf("factors: %s", body)
		}
		h.post("/logout")
		status, _, body := h.post("/login", "login", "town", "password", password, "next", "/account")
		pending := hidden(body, "pending")
		if status != 200 || pending == "" {
			t.Fatalf("no second step: %d %s", status, body)
		}
		if status, _, _ := h.get("/account"); status != http.StatusSeeOther {
			t.Errorf("half a log-in opens pages: %d", status)
		}
		status, _, body = h.post("/login/second", "pending", pending, "next", "/account", "code", "123456")
		if status != http.StatusUnprocessableEntity || hidden(body, "pending") != pending {
			t.Errorf("wrong code: %d %s", status, body)
		}
		h.pass(time.Minute)
		status, to, body := h.post("/login/second", "pending", pending, "next", "/account", "code", codeAt(secret, h.at))
		if status != http.StatusSeeOther || to != "/account" {
			t.Fatalf("right code: %d %s %s", status, to, body)
		}
		if status, _, body := h.post("/login/second", "pending", "madeup", "code", "1"); status != http.StatusUnauthorized || !strings.Contains(body, "这一步已经失效") {
			t.Errorf("made up: %d %s", status, body)
		}
	})
}

// A form that needs a fresh proof comes back with what was typed, and goes on
// to where it was going once the proof is right. No script is needed.
func TestStepUpKeepsTheForm(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := setup(t, db)
		h.login("admin")
		h.pass(11 * time.Minute)
		if status, to, _ := h.get("/accounts"); status != http.StatusSeeOther || to != "/account/prove?next=%2Faccounts" {
			t.Fatalf("opening: %d %s", status, to)
		}
		typed := []string{"person", "p-village", "login", "huaming <村>"}
		status, _, body := h.post("/accounts", typed...)
		if status != http.StatusUnauthorized || !strings.Contains(body, `action="/accounts"`) || hidden(body, "login") != "huaming &lt;村&gt;" || hidden(body, "person") != "p-village" {
			t.Fatalf("sending: %d %s", status, body)
		}
		status, _, body = h.post("/accounts", append(typed, "_proof", "wrong")...)
		if status != http.StatusUnauthorized || !strings.Contains(body, "密码不对") || hidden(body, "person") != "p-village" || strings.Contains(body, `value="wrong"`) {
			t.Fatalf("wrong proof: %d %s", status, body)
		}
		status, _, body = h.post("/accounts", append(typed, "_proof", password)...)
		if status != http.StatusUnprocessableEntity || !strings.Contains(body, "账号只能用字母") {
			t.Fatalf("right proof: the form didn't arrive: %d %s", status, body)
		}
		if status, _, _ := h.get("/accounts"); status != 200 {
			t.Errorf("proved, and asked again: %d", status)
		}
		h.pass(11 * time.Minute)
		if status, to, _ := h.post("/account/prove", "next", "/accounts/new", "_proof", password); status != http.StatusSeeOther || to != "/accounts/new" {
			t.Errorf("prove page: %d %s", status, to)
		}
		if status, _, body := h.post("/account/prove", "next", "//evil.example", "_proof", password); status != http.StatusSeeOther {
			t.Errorf("prove page: %d %s", status, body)
		}
	})
}

// Whoever found the session open can't prove themself, and is held back.
func TestProofsAreHeldBack(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := setup(t, db)
		h.login("admin")
		h.pass(11 * time.Minute)
		var body string
		for range 8 {
			_, _, body = h.post("/account/prove", "next", "/accounts", "_proof", "guess")
		}
		if !strings.Contains(body, "试错次数太多") {
			t.Errorf("not held back: %s", body)
		}
		if _, to, _ := h.get("/accounts"); !strings.HasPrefix(to, "/account/prove") {
			t.Errorf("let in: %s", to)
		}
	})
}

// An official without a second factor works for a week, and then sets one up.
func TestGracePages(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := setup(t, db)
		h.login("auditor")
		if _, _, body := h.get("/account"); !strings.Contains(body, "前设置好") {
			t.Errorf("says nothing of the days of grace: %s", body)
		}
		h.pass(8 * 24 * time.Hour)
		h.login("auditor")
		if status, to, _ := h.get("/audit"); status != http.StatusSeeOther || to != "/account/factors" {
			t.Fatalf("after the grace: %d %s", status, to)
		}
		if status, _, body := h.get("/account/factors"); status != 200 || !strings.Contains(body, "期限已过") {
			t.Errorf("factors: %d %s", status, body)
		}
		h.enrol()
		if status, _, _ := h.get("/audit"); status != 200 {
			t.Errorf("with a factor: %d", status)
		}
	})
}

func TestResetPages(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := setup(t, db)
		h.login("auditor")
		secret, _ := h.enrol()
		h.login("admin")
		_, _, body := h.get("/accounts?q=auditor")
		at := regexp.MustCompile(`href="(/accounts/[0-9a-f-]{36})"`).FindStringSubmatch(body)[1]
		if status, to, body := h.post(at + "/reset"); status != http.StatusSeeOther || to != at {
			t.Fatalf("ask: %d %s %s", status, to, body)
		}
		if _, _, body := h.get("/resets"); strings.Contains(body, "/grant") {
			t.Errorf("who asked may vouch: %s", body)
		}
		h.login("office")
		_, _, body = h.get("/resets")
		grant := regexp.MustCompile(`action="(/resets/[0-9a-f-]{36}/grant)"`).FindStringSubmatch(body)
		if grant == nil {
			t.Fatalf("nothing to vouch for: %s", body)
		}
		status, _, body := h.post(grant[1])
		link := regexp.MustCompile(`https://bilin\.example(/l/[a-z2-7]+)`).FindStringSubmatch(body)
		if status != 200 || link == nil {
			t.Fatalf("no card: %d %s", status, body)
		}
		h.post("/logout")
		if status, to, _ := h.post(link[1], "password", "nine yellow ducks", "password_again", "nine yellow ducks"); status != http.StatusSeeOther || to != "/" {
			t.Fatalf("card: %d %s", status, to)
		}
		if _, _, body := h.get("/account"); !strings.Contains(body, "重设过") {
			t.Errorf("the person isn't told: %s", body)
		}
		h.pass(time.Minute)
		h.post("/logout")
		if status, _, _ := h.post("/login", "login", "auditor", "password", "nine yellow ducks", "code", codeAt(secret, h.at)); status != http.StatusSeeOther {
			t.Errorf("the old second step is still asked for: %d", status)
		}
	})
}

// Sessions of one's own and of others end from elsewhere.
func TestSessionsEnd(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := setup(t, db)
		h.login("town")
		if status, _, _ := h.get("/account/still"); status != http.StatusNoContent {
			t.Errorf("still: %d", status)
		}
		mine := h.client
		h.fresh()
		h.login("admin")
		_, _, body := h.get("/accounts?q=town")
		at := regexp.MustCompile(`href="(/accounts/[0-9a-f-]{36})"`).FindStringSubmatch(body)[1]
		_, _, body = h.get(at)
		end := regexp.MustCompile(`action="(/accounts/[0-9a-f-]{36}/sessions/[0-9a-f]{64}/end)"`).FindStringSubmatch(body)
		if end == nil {
			t.Fatalf("no session to end: %s", body)
		}
		if status, to, _ := h.post(end[1]); status != http.StatusSeeOther || to != at {
			t.Fatalf("end: %d %s", status, to)
		}
		h.client = mine
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.url+"/account/still", nil)
		check(t, err)
		req.Header.Set("Accept", "application/json")
		res, err := h.client.Do(req)
		check(t, err)
		res.Body.Close()
		if res.StatusCode != http.StatusUnauthorized {
			t.Errorf("an ended session is still: %d", res.StatusCode)
		}
		if _, _, body := h.get("/login?ended=1&next=" + url.QueryEscape("/home")); !strings.Contains(body, "已在别处被退出登录") {
			t.Errorf("says nothing: %s", body)
		}
	})
}
