package api_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"bilin/internal/api"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

func TestCoverage(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := setup(t, db, api.Limits{})
		want := `{"units":{"city":1,"town":2,"village":1,"area":1,"group":1,"cell":2},"households":3,"covered":2,"uncovered":1,` +
			`"overlaps":0,"residents":9,"leads":1,"linked_officials":0,"vacant_posts":1}` + "\n"
		if a := c.ask("GET", "/api/v1/coverage", "city", nil); a.status != 200 || a.raw != want {
			t.Errorf("city: %d %s", a.status, a.raw)
		}
		a := c.ask("GET", "/api/v1/coverage?unit="+emptyCell, "town", nil)
		if a.status != 200 || a.body["households"] != 1.0 || a.body["uncovered"] != 1.0 {
			t.Errorf("cell: %d %s", a.status, a.raw)
		}
	})
}

// Who may see which coverage: role × unit.
func TestCoverageMatrix(t *testing.T) {
	c := setup(t, sqldbtest.Open(t, sqldb.SQLite), api.Limits{})
	units := []string{"", cityCode, townCode, villageCode, cellCode, otherTown, "999"}
	for login, want := range map[string][]int{
		"":           {401, 401, 401, 401, 401, 401, 401},
		"city":       {200, 200, 200, 200, 200, 200, 404},
		"auditor":    {200, 200, 200, 200, 200, 200, 404},
		"admin":      {200, 200, 200, 200, 200, 200, 404},
		"department": {200, 200, 200, 200, 200, 200, 404},
		"town":       {403, 403, 200, 200, 200, 403, 404},
		"other":      {403, 403, 403, 403, 403, 200, 404},
		"lead":       {403, 403, 403, 403, 200, 403, 404},
	} {
		for i, unit := range units {
			path := "/api/v1/coverage"
			if unit != "" {
				path += "?unit=" + unit
			}
			if a := c.ask("GET", path, login, nil); a.status != want[i] {
				t.Errorf("%q on %q: %d, want %d: %s", login, unit, a.status, want[i], a.raw)
			}
		}
	}
}

func TestFind(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := setup(t, db, api.Limits{})
		a := c.ask("GET", "/api/v1/find?q=%E8%8A%B1%E6%98%8E%E5%8C%97%E8%B7%AF1%E5%8F%B7", "", nil)
		var got struct {
			Results []struct {
				Unit, Name string
				Lead       *struct{ Name, Contact string }
			}
		}
		check(t, json.Unmarshal([]byte(a.raw), &got))
		if a.status != 200 || len(got.Results) == 0 || got.Results[0].Unit != cellCode {
			t.Fatalf("%d %s", a.status, a.raw)
		}
		first := got.Results[0]
		if first.Lead == nil || first.Lead.Name != "名lead" || first.Lead.Contact != "https://bilin.example/demands/new?unit="+cellCode {
			t.Errorf("lead %+v", first.Lead)
		}
		if strings.Contains(a.raw, "王小明") || strings.Contains(a.raw, "1号") {
			t.Errorf("tells of households: %s", a.raw)
		}
		if a := c.ask("GET", "/api/v1/find?q="+emptyCell, "", nil); !strings.Contains(a.raw, `"lead":null`) {
			t.Errorf("a cell nobody leads: %s", a.raw)
		}
		if a := c.ask("GET", "/api/v1/find?q=zzzz", "", nil); a.raw != `{"results":[]}`+"\n" {
			t.Errorf("nothing found: %s", a.raw)
		}
		c.ask("GET", "/api/v1/find", "", nil).problem(t, "no question", 422, "api.invalid")
	})
}

func TestUnit(t *testing.T) {
	c := setup(t, sqldbtest.Open(t, sqldb.SQLite), api.Limits{})
	a := c.ask("GET", "/api/v1/units/"+cellCode, "", nil)
	if a.status != 200 || a.body["level"] != "cell" || len(a.body["path"].([]any)) != 6 || a.body["posts"] != nil {
		t.Errorf("%d %s", a.status, a.raw)
	}
	if a = c.ask("GET", "/api/v1/units/"+cellCode, "other", nil); a.body["posts"] != nil {
		t.Errorf("another town sees posts: %s", a.raw)
	}
	if a = c.ask("GET", "/api/v1/units/"+cellCode, "town", nil); !strings.Contains(a.raw, `"serving":"名lead"`) {
		t.Errorf("its own town doesn't: %s", a.raw)
	}
	c.ask("GET", "/api/v1/units/123", "", nil).problem(t, "no unit", 404, "api.no_unit")
}

func TestMe(t *testing.T) {
	c := setup(t, sqldbtest.Open(t, sqldb.SQLite), api.Limits{})
	a := c.ask("GET", "/api/v1/me", "lead", nil)
	want := `{"login":"lead","name":"名lead","posts":[{"role":"lead","name":"岗lead","unit":"` + cellCode +
		`"}],"units":[{"code":"` + cellCode + `","name":"第1邻","level":"cell"}]}` + "\n"
	if a.status != 200 || a.raw != want {
		t.Errorf("%d %s", a.status, a.raw)
	}
	c.ask("GET", "/api/v1/me", "", nil).problem(t, "nobody", 401, "auth.login_needed")
}

// The loop, from a resident's matter to their word that it is solved.
func TestDemandLoop(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := setup(t, db, api.Limits{})
		raise := map[string]any{"kind": "help", "text": "路灯不亮", "unit": cellCode, "contact": "13800000000"}
		made := c.ask("POST", "/api/v1/demands", "", raise, "Idempotency-Key", "k1")
		if made.status != 201 || made.header.Get("Location") != "/api/v1/demands/"+made.body["number"].(string) {
			t.Fatalf("%d %s", made.status, made.raw)
		}
		if again := c.ask("POST", "/api/v1/demands", "", raise, "Idempotency-Key", "k1"); again.raw != made.raw {
			t.Errorf("a repeat made another: %s", again.raw)
		}
		path, track := "/api/v1/demands/"+made.body["number"].(string), made.body["track"].(string)
		mine := c.ask("GET", path+"?track="+track, "", nil)
		if mine.status != 200 || mine.body["state"] != "open" || strings.Contains(mine.raw, "13800000000") {
			t.Errorf("%d %s", mine.status, mine.raw)
		}
		steps := []struct {
			step, login string
			body        map[string]any
			status      int
			state       string
		}{
			{"resolve", "lead", map[string]any{"note": "x"}, 409, ""},
			{"accept", "", map[string]any{"track": track}, 401, ""},
			{"accept", "other", nil, 404, ""},
			{"accept", "lead", nil, 200, "accepted"},
			{"confirm", "", map[string]any{"track": track}, 409, ""},
			{"resolve", "lead", map[string]any{"note": "换了灯泡"}, 200, "resolved"},
			{"confirm", "", map[string]any{"track": "wrong"}, 404, ""},
			{"confirm", "lead", map[string]any{"note": "解决了"}, 422, ""},
			{"reopen", "", map[string]any{"track": track}, 200, "reopened"},
			{"accept", "lead", map[string]any{"note": "再来看"}, 200, "accepted"},
			{"resolve", "lead", map[string]any{"note": "换了线路", "version": 1}, 409, ""},
			{"resolve", "lead", map[string]any{"note": "换了线路"}, 200, "resolved"},
			{"confirm", "", map[string]any{"track": track}, 200, "confirmed"},
		}
		for i, s := range steps {
			var body any
			if s.body != nil {
				body = s.body
			}
			a := c.ask("POST", path+"/"+s.step, s.login, body)
			if a.status != s.status || s.state != "" && a.body["state"] != s.state {
				t.Errorf("%d %s as %q: %d %s", i, s.step, s.login, a.status, a.raw)
			}
		}
		if a := c.ask("GET", path, "lead", nil); a.status != 200 || a.body["state"] != "confirmed" {
			t.Errorf("the lead sees %d %s", a.status, a.raw)
		}
		c.ask("GET", path, "other", nil).problem(t, "another town", 404, "demand.none")
		c.ask("GET", path, "", nil).problem(t, "nobody", 401, "auth.login_needed")
	})
}

func TestRepeatedStepIsHarmless(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := setup(t, db, api.Limits{})
		made := c.ask("POST", "/api/v1/demands", "", map[string]any{"kind": "report", "text": "井盖松了", "household": "23456789AA"})
		if made.status != 201 {
			t.Fatal(made.raw)
		}
		path := "/api/v1/demands/" + made.body["number"].(string)
		one := c.ask("POST", path+"/accept", "lead", map[string]any{"note": "马上来"}, "Idempotency-Key", "s1")
		two := c.ask("POST", path+"/accept", "lead", map[string]any{"note": "马上来"}, "Idempotency-Key", "s1")
		if one.status != 200 || one.raw != two.raw {
			t.Errorf("%s then %d %s", one.raw, two.status, two.raw)
		}
	})
}

func TestRefusals(t *testing.T) {
	c := setup(t, sqldbtest.Open(t, sqldb.SQLite), api.Limits{})
	const demands = "/api/v1/demands"
	good := map[string]any{"kind": "help", "text": "x", "unit": cellCode}
	with := func(key string, v any) map[string]any {
		m := map[string]any{key: v}
		for k, v := range good {
			if _, ok := m[k]; !ok {
				m[k] = v
			}
		}
		return m
	}
	cases := []struct {
		name, method, path string
		body               any
		headers            []string
		status             int
		code               string
		field              string
	}{
		{"no such path", "GET", "/api/v1/nothing", nil, nil, 404, "api.no_operation", ""},
		{"no such version", "GET", "/api/v9/coverage", nil, nil, 404, "api.no_operation", ""},
		{"wrong method", "DELETE", demands, nil, nil, 405, "api.no_method", ""},
		{"not JSON", "POST", demands, "{", nil, 400, "api.bad_json", ""},
		{"a form", "POST", demands, "kind=help", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "api.not_json", ""},
		{"JSON that calls itself a form", "POST", demands, with("text", "  "), []string{"Content-Type", "application/x-www-form-urlencoded"}, 422, "demand.check", "text"},
		{"empty body", "POST", demands, "", nil, 400, "api.bad_json", ""},
		{"too large", "POST", demands, `{"text":"` + strings.Repeat("x", 40<<10) + `"}`, nil, 413, "api.too_large", ""},
		{"unknown field", "POST", demands, with("colour", "red"), nil, 422, "api.invalid", "colour"},
		{"unknown kind", "POST", demands, with("kind", "gossip"), nil, 422, "api.invalid", "kind"},
		{"wrong type", "POST", demands, with("text", 7), nil, 422, "api.invalid", "text"},
		{"missing text", "POST", demands, map[string]any{"kind": "help", "unit": cellCode}, nil, 422, "api.invalid", "text"},
		{"empty text", "POST", demands, with("text", "  "), nil, 422, "demand.check", "text"},
		{"unknown unit", "POST", demands, with("unit", "42"), nil, 422, "demand.check", "unit"},
		{"unknown door", "POST", demands, map[string]any{"kind": "help", "text": "x", "household": "ZZZZZZZZZZ"}, nil, 422, "demand.check", "household"},
		{"unknown category", "POST", demands, with("category", "nothing"), nil, 422, "demand.check", "category"},
		{"unknown urgency", "POST", demands, with("urgency", "now"), nil, 422, "api.invalid", "urgency"},
		{"sms without a mobile", "POST", demands, with("channel", "sms"), nil, 422, "demand.check", "contact"},
		{"off the map", "POST", demands, with("lon", 300), nil, 422, "demand.check", "place"},
		{"for the hotline", "POST", demands, with("source", "hotline"), nil, 422, "api.invalid", "source"},
		{"for somebody else, by nobody", "POST", demands, with("on_behalf", true), nil, 401, "auth.login_needed", ""},
		{"the queue of nobody", "GET", demands, nil, nil, 401, "auth.login_needed", ""},
		{"unknown parameter", "GET", "/api/v1/find?q=x&page=2", nil, nil, 422, "api.invalid", "page"},
		{"long key", "POST", demands, good, []string{"Idempotency-Key", strings.Repeat("k", 200)}, 422, "api.invalid", "Idempotency-Key"},
		{"bad token", "GET", "/api/v1/me", nil, []string{"Authorization", "Bearer bln_wrong"}, 401, "auth.token_wrong", ""},
		{"other scheme", "GET", "/api/v1/me", nil, []string{"Authorization", "Basic eDp5"}, 401, "auth.token_wrong", ""},
		{"cookies don't count", "GET", "/api/v1/me", nil, []string{"Cookie", "bilin=anything"}, 401, "auth.login_needed", ""},
		{"bad token on a public path", "GET", "/api/v1/find?q=x", nil, []string{"Authorization", "Bearer bln_wrong"}, 401, "auth.token_wrong", ""},
		{"long address", "GET", "/api/v1/find?q=" + strings.Repeat("x", 4<<10), nil, nil, 413, "api.too_large", ""},
	}
	for _, tc := range cases {
		a := c.ask(tc.method, tc.path, "", tc.body, tc.headers...)
		a.problem(t, tc.name, tc.status, tc.code)
		if tc.field != "" && !strings.Contains(a.raw, `"name":"`+tc.field+`"`) {
			t.Errorf("%s: doesn't name %s: %s", tc.name, tc.field, a.raw)
		}
	}
	if a := c.ask("DELETE", demands+"/1/accept", "", nil); a.header.Get("Allow") != "POST" {
		t.Errorf("Allow: %q", a.header.Get("Allow"))
	}
	if a := c.ask("GET", "/api/v1/me", "", nil); a.header.Get("WWW-Authenticate") == "" {
		t.Error("no WWW-Authenticate")
	}
}

func TestErrorsSpeakTheReadersLanguage(t *testing.T) {
	c := setup(t, sqldbtest.Open(t, sqldb.SQLite), api.Limits{})
	for accept, want := range map[string]string{"": "请先登录", "en-GB,en": "Please log in", "zh-CN": "请先登录"} {
		if a := c.ask("GET", "/api/v1/me", "", nil, "Accept-Language", accept); !strings.Contains(a.body["detail"].(string), want) {
			t.Errorf("%q: %s", accept, a.raw)
		}
	}
}

func TestPublicOperationsAreLimited(t *testing.T) {
	c := setup(t, sqldbtest.Open(t, sqldb.SQLite), api.Limits{Find: 1, FindBurst: 3})
	for range 3 {
		if a := c.ask("GET", "/api/v1/find?q=x", "", nil); a.status != 200 {
			t.Fatal(a.raw)
		}
	}
	a := c.ask("GET", "/api/v1/find?q=x", "", nil)
	a.problem(t, "the fourth", 429, "web.too_many")
	if a.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	if a := c.ask("GET", "/api/v1/find?q=x", "town", nil); a.status != 200 {
		t.Errorf("with a token: %s", a.raw)
	}
}

func TestOpenAPI(t *testing.T) {
	c := setup(t, sqldbtest.Open(t, sqldb.SQLite), api.Limits{})
	a := c.ask("GET", "/api/openapi.json", "", nil)
	if a.status != http.StatusOK || a.body["openapi"] != "3.1.0" {
		t.Fatalf("%d %.200s", a.status, a.raw)
	}
	var paths []string
	for path, item := range a.body["paths"].(map[string]any) {
		for method, op := range item.(map[string]any) {
			paths = append(paths, method+" "+path)
			described(t, method+" "+path, op.(map[string]any))
		}
	}
	slices.Sort(paths)
	want := []string{"get /api/v1/coverage", "get /api/v1/demands", "get /api/v1/demands/{number}", "get /api/v1/find",
		"get /api/v1/hotline/answers", "get /api/v1/hotline/orders/{order}", "get /api/v1/me", "get /api/v1/units/{code}",
		"post /api/v1/demands", "post /api/v1/hotline/orders",
		"get /api/v1/burden", "get /api/v1/care/needs", "get /api/v1/monthly-lists/{month}", "post /api/v1/matters", "post /api/v1/tasks", "post /api/v1/cap", "get /api/v1/indicators", "get /api/v1/lights", "post /api/v1/notices", "get /api/v1/notices/{number}/reach", "get /api/v1/meetings", "get /api/v1/meetings/{number}", "post /api/v1/meetings", "post /api/v1/meetings/{number}/minutes", "post /api/v1/meetings/{number}/resolutions", "get /api/v1/practices", "get /api/v1/suggestions", "get /api/v1/practices/{id}", "get /api/v1/feedback/changes", "get /api/v1/honours", "get /api/v1/honours/{round}", "get /api/v1/programmes", "get /api/v1/wishes", "get /api/v1/programmes/{id}/ledger", "post /api/v1/feeds/{indicator}",
		"get /api/v1/orders", "get /api/v1/orders/{number}", "get /api/v1/orders/{number}/cap", "post /api/v1/orders", "post /api/v1/orders/{number}/people/{n}", "post /api/v1/gateway/reports"}
	for _, step := range []string{"approve", "refuse", "correct", "cancel", "close"} {
		want = append(want, "post /api/v1/orders/{number}/"+step)
	}
	for _, step := range []string{"submit", "admit", "return", "refuse", "revoke"} {
		want = append(want, "post /api/v1/matters/{number}/"+step)
	}
	for _, step := range []string{"accept", "answer", "ask", "claim", "confirm", "contact", "decide", "helpers", "merge", "note", "publish",
		"owed", "recall", "reopen", "resolve", "resume", "return", "say", "sort", "split", "still-fixed", "take", "told", "transfer", "vouch", "withdraw"} {
		want = append(want, "post /api/v1/demands/{number}/"+step)
	}
	for _, step := range []string{"confirm", "reopen", "told"} {
		want = append(want, "post /api/v1/hotline/orders/{order}/"+step)
	}
	slices.Sort(want)
	if !slices.Equal(paths, want) {
		t.Errorf("operations %v", paths)
	}
	if strings.Contains(a.raw, "ErrorModel") {
		t.Error("describes errors we never send")
	}
}

// described checks that an operation says what it does and how it fails.
func described(t *testing.T, name string, op map[string]any) {
	t.Helper()
	if op["summary"] == "" || op["description"] == nil || op["security"] == nil {
		t.Errorf("%s is not described", name)
	}
	responses := op["responses"].(map[string]any)
	if responses["401"] == nil || responses["500"] == nil || responses["200"] == nil && responses["201"] == nil {
		t.Errorf("%s lacks responses: %v", name, responses)
	}
	for status, r := range responses {
		if r.(map[string]any)["description"] == "" {
			t.Errorf("%s: %s is not explained", name, status)
		}
		content, _ := r.(map[string]any)["content"].(map[string]any)
		if status >= "400" && content["application/problem+json"] == nil {
			t.Errorf("%s: %s is no problem document", name, status)
		}
	}
}
