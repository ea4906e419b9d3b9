package authweb_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// An account in use gets no link by its page, and whoever makes a new one is
// not alone with its card: somebody else is asked who came in.
func TestFirstLoginPages(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := setup(t, db)
		h.login("admin")
		_, _, body := h.get("/accounts?q=auditor")
		used := regexp.MustCompile(`href="(/accounts/[0-9a-f-]{36})"`).FindStringSubmatch(body)[1]
		if _, _, body := h.get(used); strings.Contains(body, used+"/link") || !strings.Contains(body, used+"/reset") {
			t.Errorf("an account in use: %s", body)
		}
		if status, _, body := h.post(used + "/link"); status != http.StatusConflict || strings.Contains(body, "/l/") {
			t.Errorf("a link all the same: %d %s", status, body)
		}
		_, _, body = h.post("/accounts", "person", "p-village", "login", "huaming")
		link := regexp.MustCompile(`https://bilin\.example(/l/[a-z2-7]+)`).FindStringSubmatch(body)[1]
		at := regexp.MustCompile(`href="(/accounts/[0-9a-f-]+)"`).FindStringSubmatch(body)[1]
		h.post("/logout")
		h.post(link, "password", "six yellow ducks", "password_again", "six yellow ducks")
		if _, _, body := h.get("/account"); !strings.Contains(body, "第一次登录") || !strings.Contains(body, "还没有人确认") || !strings.Contains(body, "账号照常办事") {
			t.Errorf("the owner's page: %s", body)
		}
		for _, path := range []string{"/resets", "/leads"} { // it lets nobody in
			if status, _, body := h.get(path); status != http.StatusForbidden || !strings.Contains(body, "还没有人确认第一次登录的是您本人") {
				t.Errorf("%s opens to whom nobody confirmed: %d %s", path, status, body)
			}
		}
		h.login("admin")
		if _, _, body := h.get("/resets"); strings.Contains(body, "huaming") {
			t.Errorf("who made it is asked about it: %s", body)
		}
		h.login("office")
		_, _, body = h.get("/resets")
		say := strings.Replace(at, "/accounts/", "/resets/", 1) + "/first"
		if !strings.Contains(body, "huaming") || !strings.Contains(body, `action="`+say+`"`) {
			t.Fatalf("nobody is asked: %s", body)
		}
		if status, _, _ := h.post(say, "verdict", "perhaps"); status != http.StatusUnprocessableEntity && status != http.StatusBadRequest {
			t.Errorf("a strange verdict: %d", status)
		}
		if status, to, _ := h.post(say, "verdict", "not_theirs"); status != http.StatusSeeOther || to != "/resets" {
			t.Errorf("it wasn't them: %d %s", status, to)
		}
		h.login("admin")
		if _, _, body := h.get(at); !strings.Contains(body, "账号已停用") {
			t.Errorf("the account: %s", body)
		}
		h.post("/logout")
		if status, _, _ := h.post("/login", "login", "huaming", "password", "six yellow ducks"); status != http.StatusUnauthorized {
			t.Errorf("still open: %d", status)
		}
	})
}
