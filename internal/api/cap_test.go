package api_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"bilin/internal/api"
	"bilin/internal/cap"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

func icy(id string, now time.Time, change func(*cap.Alert)) string {
	a := &cap.Alert{Identifier: id, Sender: "qxj@hn.example", Sent: now.Add(-time.Minute), Status: cap.Actual, MsgType: cap.NewAlert, Scope: "Public", Infos: []cap.Info{{
		Language: "zh-CN", Categories: []string{"Met"}, Event: "道路结冰", Urgency: "Expected", Severity: "Severe", Certainty: "Likely", Expires: now.Add(12 * time.Hour),
		Headline: "道路结冰橙色预警", Description: "路面结冰。", Instruction: "组织铲冰。", Areas: []cap.Area{{Desc: "玉潭街道", Geocodes: []cap.Value{{Name: "code", Value: townCode}}}}}}}
	if change != nil {
		change(a)
	}
	var b bytes.Buffer
	if err := cap.Write(&b, a); err != nil {
		panic(err)
	}
	return b.String()
}

func TestAlertsComeIn(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := setup(t, db, api.Limits{})
		now := time.Now().Truncate(time.Second)
		send := func(login, body string, headers ...string) answer {
			return c.ask("POST", "/api/v1/cap", login, body, append([]string{"Content-Type", "application/cap+xml"}, headers...)...)
		}
		first := send("command", icy("1", now, nil))
		sug, _ := first.body["suggests"].(map[string]any)
		if first.status != 201 || first.body["state"] != "new" || first.body["id"] == "" || sug == nil {
			t.Fatalf("%d %s", first.status, first.raw)
		}
		until, _ := sug["until"].(string)
		if at, err := time.Parse(time.RFC3339, until); err != nil || !at.Equal(now.Add(12*time.Hour)) {
			t.Errorf("until %q", until)
		}
		units, _ := sug["units"].([]any)
		if sug["kind"] != "real" || sug["hazard"] != "ice" || sug["title"] != "道路结冰橙色预警" || sug["what"] != "路面结冰。" || sug["do"] != "组织铲冰。" ||
			len(units) != 1 || units[0].(map[string]any)["code"] != townCode {
			t.Errorf("%v", sug)
		}
		for _, kind := range []string{"application/xml", "text/xml; charset=utf-8", "application/x-www-form-urlencoded", ""} { // the last two are what curl says
			if again := c.ask("POST", "/api/v1/cap", "city", icy("1", now, nil), "Content-Type", kind); again.status != 200 || again.raw != first.raw {
				t.Errorf("again as %q: %d %s", kind, again.status, again.raw)
			}
		}
		send("admin", icy("1", now, func(a *cap.Alert) { a.Infos[0].Headline = "别的" })).problem(t, "other words", 409, "alert.other_words")
		drill := send("hotline", icy("2", now, func(a *cap.Alert) { a.Status = cap.Exercise; a.Infos[0].Areas = nil }))
		if sug, _ := drill.body["suggests"].(map[string]any); drill.status != 201 || sug["kind"] != "drill" || len(sug["units"].([]any)) != 0 {
			t.Errorf("%d %s", drill.status, drill.raw)
		}
		old := send("command", icy("3", now, func(a *cap.Alert) { a.Sent = now.AddDate(0, 0, -2) }), "Accept-Language", "en")
		if old.status != 201 || old.body["state"] != "kept" || old.body["suggests"] != nil || !strings.Contains(old.raw, "24 hours") {
			t.Errorf("%d %s", old.status, old.raw)
		}
		update := send("command", icy("4", now, func(a *cap.Alert) {
			a.MsgType, a.References = cap.Cancel, []cap.Reference{{Sender: a.Sender, Identifier: "1", Sent: now.Add(-time.Minute)}}
		}))
		if update.status != 201 || update.body["state"] != "kept" {
			t.Errorf("%d %s", update.status, update.raw)
		}
		if again := send("command", icy("1", now, nil)); again.status != 200 || again.body["state"] != "withdrawn" || again.body["suggests"] != nil {
			t.Errorf("after its cancel: %d %s", again.status, again.raw)
		}
	})
}

func TestAlertsThatAreRefused(t *testing.T) {
	c := setup(t, sqldbtest.Open(t, sqldb.SQLite), api.Limits{})
	good := icy("1", time.Now(), nil)
	for _, login := range []string{"town", "lead", "auditor", "department"} {
		c.ask("POST", "/api/v1/cap", login, good, "Content-Type", "application/xml").problem(t, login, 403, "auth.forbidden")
	}
	c.ask("POST", "/api/v1/cap", "", good, "Content-Type", "application/xml").problem(t, "nobody", 401, "auth.login_needed")
	for name, r := range map[string]struct {
		body, kind string
		status     int
		code, says string
	}{
		"DOCTYPE":       {strings.Replace(good, "<alert", "<!DOCTYPE alert [<!ENTITY a \"b\">]>\n<alert", 1), "application/xml", 422, "cap.doctype", "line 2"},
		"two senders":   {strings.Replace(good, "<sender>", "<sender>x</sender><sender>", 1), "text/xml", 422, "cap.twice", "sender"},
		"another space": {strings.Replace(good, "cap:1.2", "cap:1.1", 1), "application/cap+xml", 422, "cap.namespace", "CAP 1.2"},
		"nothing":       {"", "application/xml", 422, "cap.no_alert", ""},
		"no XML":        {"hello", "application/xml", 422, "cap.stray_text", ""},
		"JSON":          {`{"a":1}`, "application/json", 415, "api.not_xml", "application/cap+xml"},
		"a picture":     {"x", "image/png", 415, "api.not_xml", ""},
		"a megabyte":    {strings.Replace(good, "组织铲冰", strings.Repeat("铲", cap.MaxBytes/3), 1), "application/xml", 413, "api.too_large", ""},
	} {
		a := c.ask("POST", "/api/v1/cap", "command", r.body, "Content-Type", r.kind, "Accept-Language", "en")
		a.problem(t, name, r.status, r.code)
		if detail, _ := a.body["detail"].(string); !strings.Contains(strings.ToLower(detail), strings.ToLower(r.says)) {
			t.Errorf("%s: %q", name, detail)
		}
	}
}
