package api_test

import (
	"net/url"
	"strings"
	"testing"

	"bilin/internal/api"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

func TestHotline(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := setup(t, db, api.Limits{})
		const orders = "/api/v1/hotline/orders"
		order := map[string]any{"order": "HN/2026-1", "text": "路灯不亮", "unit": cellCode, "received": "2026-11-20T09:30:00+08:00", "contact": "13800000000"}
		made := c.ask("POST", orders, "hotline", order)
		if made.status != 201 || made.raw != `{"number":"`+made.body["number"].(string)+`"}`+"\n" {
			t.Fatalf("%d %s", made.status, made.raw)
		}
		if again := c.ask("POST", orders, "admin", order); again.status != 200 || again.raw != made.raw {
			t.Errorf("again: %d %s", again.status, again.raw)
		}
		order["text"] = "井盖松了"
		c.ask("POST", orders, "hotline", order).problem(t, "another text", 409, "hotline.other_text")
		path := "/api/v1/demands/" + made.body["number"].(string)
		c.ask("POST", path+"/accept", "lead", nil)
		c.ask("POST", path+"/note", "lead", map[string]any{"note": "内部的话"})
		c.ask("POST", path+"/resolve", "lead", map[string]any{"note": "换了灯泡"})
		feed := c.ask("GET", "/api/v1/hotline/answers?since="+url.QueryEscape("2026-01-01T00:00:00+08:00"), "hotline", nil)
		if feed.status != 200 || feed.body["next"] == "" || !strings.Contains(feed.raw, `"text":"换了灯泡"`) || strings.Contains(feed.raw, "内部的话") {
			t.Fatalf("%d %s", feed.status, feed.raw)
		}
		for _, a := range feed.body["answers"].([]any) {
			if e := a.(map[string]any); e["order"] != "HN/2026-1" || e["id"] == "" || e["number"] != made.body["number"] {
				t.Errorf("%v", e)
			}
		}
		one := orders + "/" + url.PathEscape("HN/2026-1")
		if st := c.ask("GET", one, "hotline", nil); st.status != 200 || st.body["state"] != "resolved" || st.body["received"] != "2026-11-20T01:30:00Z" {
			t.Errorf("%d %s", st.status, st.raw)
		}
		for _, s := range []struct {
			step, login string
			status      int
			state       string
		}{
			{"told", "hotline", 200, "resolved"}, {"confirm", "lead", 403, ""}, {"confirm", "", 401, ""},
			{"reopen", "hotline", 200, "reopened"}, {"confirm", "hotline", 409, ""},
		} {
			if a := c.ask("POST", one+"/"+s.step, s.login, nil); a.status != s.status || s.state != "" && a.body["state"] != s.state {
				t.Errorf("%s as %q: %d %s", s.step, s.login, a.status, a.raw)
			}
		}
		c.ask("GET", orders+"/none", "hotline", nil).problem(t, "no order", 404, "hotline.no_order")
	})
}

func TestHotlineRefusals(t *testing.T) {
	c := setup(t, sqldbtest.Open(t, sqldb.SQLite), api.Limits{})
	for _, login := range []string{"city", "town", "lead", "auditor", "department"} {
		c.ask("POST", "/api/v1/hotline/orders", login, map[string]any{"order": "1", "text": "x"}).problem(t, login, 403, "auth.forbidden")
		c.ask("GET", "/api/v1/hotline/answers", login, nil).problem(t, login, 403, "auth.forbidden")
	}
	c.ask("POST", "/api/v1/hotline/orders", "", map[string]any{"order": "1", "text": "x"}).problem(t, "nobody", 401, "auth.login_needed")
	for field, body := range map[string]map[string]any{
		"order": {"order": "", "text": "x"}, "text": {"order": "1", "text": " "}, "unit": {"order": "1", "text": "x", "unit": "77"},
		"received": {"order": "1", "text": "x", "received": "2999-01-01T00:00:00Z"}, "contact": {"order": "1", "text": "x", "contact": strings.Repeat("1", 101)},
	} {
		a := c.ask("POST", "/api/v1/hotline/orders", "hotline", body)
		if a.status != 422 || !strings.Contains(a.raw, `"name":"`+field+`"`) {
			t.Errorf("%s: %d %s", field, a.status, a.raw)
		}
	}
	if a := c.ask("POST", "/api/v1/hotline/orders", "hotline", map[string]any{"order": "W", "text": "x", "category": "没有这类"}); a.status != 201 || !strings.Contains(a.raw, "warnings") {
		t.Errorf("%d %s", a.status, a.raw)
	}
	for received, status := range map[string]int{"2026-11-20 09:30:00": 201, "2026-11-20": 200, "gestern": 422} {
		a := c.ask("POST", "/api/v1/hotline/orders", "hotline", map[string]any{"order": "T", "text": "x", "received": received})
		if a.status != status && !(status < 300 && a.status < 300) {
			t.Errorf("%s: %d %s", received, a.status, a.raw)
		}
	}
	for query, status := range map[string]int{"?since=x": 422, "?limit=0": 422, "?limit=501": 422, "?since=": 200} {
		if a := c.ask("GET", "/api/v1/hotline/answers"+query, "hotline", nil); a.status != status {
			t.Errorf("%s: %d %s", query, a.status, a.raw)
		}
	}
}
