package api_test

import (
	"slices"
	"strings"
	"testing"

	"bilin/internal/api"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// raised raises a matter in the led cell and returns its address and key.
func (c *town) raised(text string, more map[string]any) (path, track string) {
	c.t.Helper()
	body := map[string]any{"kind": "report", "text": text, "unit": cellCode}
	for k, v := range more {
		body[k] = v
	}
	made := c.ask("POST", "/api/v1/demands", "", body)
	if made.status != 201 {
		c.t.Fatal(made.raw)
	}
	return "/api/v1/demands/" + made.body["number"].(string), made.body["track"].(string)
}

// The whole loop: who has it, who else, what was asked, and what its author said.
func TestTheWholeLoop(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := setup(t, db, api.Limits{})
		path, track := c.raised("路灯不亮", map[string]any{"urgency": "urgent", "place": "桥头", "lon": 112.55, "lat": 28.27, "contact": "13800000000"})
		key := map[string]any{"track": track}
		with := func(k string, v any) map[string]any { return map[string]any{"track": track, k: v} }
		note := func(s string) map[string]any { return map[string]any{"note": s} }
		to := func(unit, dept, why string) map[string]any {
			return map[string]any{"to": map[string]any{"unit": unit, "department": dept}, "note": why, "basis": "条例第三条"}
		}
		for i, s := range []struct {
			step, login string
			body        map[string]any
			status      int
			state       string
		}{
			{"accept", "lead", note("来了"), 200, "accepted"},
			{"answer", "lead", note("明天修"), 200, "accepted"},
			{"answer", "lead", nil, 422, ""},
			{"note", "lead", note("要找电工"), 200, "accepted"},
			{"ask", "lead", note("是哪一盏？"), 200, "waiting"},
			{"resume", "lead", nil, 200, "accepted"},
			{"ask", "lead", note("是哪一盏？"), 200, "waiting"},
			{"say", "", with("note", "桥头那盏"), 200, "accepted"},
			{"sort", "lead", map[string]any{"category": "no-such"}, 422, ""},
			{"transfer", "lead", to(townCode, "", "我们修不了"), 200, "accepted"},
			{"recall", "lead", nil, 200, "accepted"},
			{"transfer", "lead", to(townCode, "", "我们修不了"), 200, "accepted"},
			{"take", "other", nil, 404, ""},
			{"return", "town", to("", "", "不归我们"), 200, "accepted"},
			{"transfer", "lead", to(townCode, "", "还是修不了"), 200, "accepted"},
			{"take", "town", nil, 200, "accepted"},
			{"helpers", "town", to("", "water", ""), 200, "accepted"},
			{"helpers", "town", map[string]any{"to": map[string]any{"department": "water"}, "leave": true}, 200, "accepted"},
			{"transfer", "town", to("", "water", "归水利局"), 200, "accepted"},
			{"take", "department", nil, 200, "accepted"},
			{"helpers", "department", to(townCode, "", ""), 403, ""},
			{"resolve", "department", note("换好了"), 200, "resolved"},
			{"vouch", "department", map[string]any{"solved": true}, 403, ""},
			{"told", "city", nil, 200, "resolved"},
			{"confirm", "", with("satisfied", "no"), 422, ""},
			{"confirm", "", map[string]any{"track": track, "satisfied": "partly", "recheck": true}, 200, "confirmed"},
			{"still-fixed", "", key, 409, ""},
			{"claim", "", with("ours", true), 409, ""},
			{"claim", "", key, 422, ""},
			{"publish", "", with("publish", true), 200, "confirmed"},
			{"withdraw", "", key, 409, ""},
			{"reopen", "", with("note", "又坏了"), 200, "reopened"},
		} {
			var body any
			if s.body != nil {
				body = s.body
			}
			a := c.ask("POST", path+"/"+s.step, s.login, body)
			if a.status != s.status || s.state != "" && a.body["state"] != s.state {
				t.Errorf("%d %s as %q: %d %s", i, s.step, s.login, a.status, a.raw)
			}
		}
		mine := c.ask("GET", "/api/v1/demands?tab=mine", "department", nil)
		if list, ok := mine.body["demands"].([]any); !ok || len(list) != 1 || list[0].(map[string]any)["state"] != "reopened" {
			t.Errorf("the department's own: %d %s", mine.status, mine.raw)
		}
		a := c.ask("GET", path+"?track="+track, "", nil)
		for _, want := range []string{`"urgency":"urgent"`, `"place":"桥头"`, `"lon":112.55`, `"department":"water"`, `"handovers":2`, `"basis":"条例第三条"`, `"text":"要找电工"`} {
			if !strings.Contains(a.raw, want) {
				t.Errorf("its author doesn't see %s: %s", want, a.raw)
			}
		}
		if may := a.body["may"].([]any); !slices.Contains(may, any("say")) || slices.Contains(may, any("accept")) {
			t.Errorf("its author may %v", may)
		}
	})
}

func TestContactAndMerge(t *testing.T) {
	c := setup(t, sqldbtest.Open(t, sqldb.SQLite), api.Limits{})
	path, _ := c.raised("路灯不亮", map[string]any{"contact": "13800000000"})
	same, track := c.raised("路灯坏了", nil)
	if a := c.ask("POST", path+"/contact", "lead", nil); a.status != 200 || a.body["contact"] != "13800000000" {
		t.Errorf("%d %s", a.status, a.raw)
	}
	c.ask("POST", path+"/contact", "other", nil).problem(t, "another town", 404, "demand.none")
	c.ask("POST", same+"/merge", "lead", map[string]any{}).problem(t, "into what", 422, "api.invalid")
	into := strings.TrimPrefix(path, "/api/v1/demands/")
	if a := c.ask("POST", same+"/merge", "lead", map[string]any{"into": into}); a.status != 200 || a.body["state"] != "merged" {
		t.Errorf("%d %s", a.status, a.raw)
	}
	if a := c.ask("GET", same, "lead", nil); a.body["follows"] != into {
		t.Errorf("%s", a.raw)
	}
	if a := c.ask("POST", same+"/split", "", map[string]any{"track": track}); a.status != 200 || a.body["state"] != "open" {
		t.Errorf("%d %s", a.status, a.raw)
	}
}

func TestQueue(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := setup(t, db, api.Limits{})
		for _, text := range []string{"路灯一", "路灯二", "井盖三"} {
			c.raised(text, nil)
		}
		c.raised("投诉一件", map[string]any{"kind": "complaint", "about": "lead"})
		seen, cursor := []string{}, ""
		for range 5 {
			a := c.ask("GET", "/api/v1/demands?limit=2&cursor="+cursor, "lead", nil)
			if a.status != 200 {
				t.Fatal(a.raw)
			}
			for _, d := range a.body["demands"].([]any) {
				seen = append(seen, d.(map[string]any)["text"].(string))
			}
			if cursor, _ = a.body["next"].(string); cursor == "" {
				break
			}
		}
		slices.Sort(seen)
		if !slices.Equal(seen, []string{"井盖三", "路灯一", "路灯二"}) {
			t.Errorf("the lead sees %v", seen)
		}
		for query, want := range map[string]int{
			"": 4, "?q=%E8%B7%AF%E7%81%AF": 2, "?kind=complaint": 1, "?state=accepted": 0, "?tab=closed": 0, "?unit=" + cellCode: 4,
			"?urgency=critical": 0, "?source=hotline": 0, "?state=confirmed": 0, "?tab=todo&limit=200": 4,
		} {
			a := c.ask("GET", "/api/v1/demands"+query, "city", nil)
			if list, ok := a.body["demands"].([]any); a.status != 200 || !ok || len(list) != want {
				t.Errorf("%q: %d %s", query, a.status, a.raw)
			}
		}
		for query, status := range map[string]int{"?cursor=x": 422, "?tab=x": 422, "?limit=0": 422, "?category=x": 422, "?unit=" + otherTown: 403} {
			if a := c.ask("GET", "/api/v1/demands"+query, "lead", nil); a.status != status {
				t.Errorf("%q: %d %s", query, a.status, a.raw)
			}
		}
		if a := c.ask("GET", "/api/v1/demands", "auditor", nil); a.status != 403 {
			t.Errorf("the auditor: %d", a.status)
		}
	})
}
