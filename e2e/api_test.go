package e2e

import (
	"strings"
	"testing"
)

// TestAPIDemand is the closed loop by API: raised by anybody, accepted and
// resolved by token, confirmed with the key.
func TestAPIDemand(t *testing.T) {
	t.Parallel()
	cell, token := here.home(t, "lead"), here.token(t, "lead")
	body := map[string]string{"kind": "report", "text": "桥头护栏断了一截。", "unit": cell}
	ask := request{method: "POST", path: "/api/v1/demands", key: "once-" + cell, body: body}
	var first, again ticket
	here.send(t, ask).want(t, 201).into(t, &first)
	here.send(t, ask).want(t, 201).into(t, &again)
	if first != again || first.Number == "" || first.Track == "" {
		t.Fatalf("the same request answered %+v, then %+v", first, again)
	}
	ask.body = map[string]string{"kind": "report", "text": "另一件事。", "unit": cell}
	here.send(t, ask).problem(t, 409)

	at := "/api/v1/demands/" + first.Number
	step := func(name, token string, body any) reply {
		return here.send(t, request{method: "POST", path: at + "/" + name, token: token, body: body})
	}
	step("confirm", "", map[string]string{"track": first.Track}).problem(t, 409)
	step("accept", "", nil).problem(t, 401)
	step("accept", here.token(t, "auditor"), nil).refused(t)
	step("accept", token, nil).want(t, 200)
	step("resolve", token, nil).problem(t, 422)
	step("resolve", token, map[string]string{"note": "换了新护栏。"}).want(t, 200)
	step("confirm", "", map[string]string{"track": "nonsense"}).problem(t, 404)
	step("confirm", token, nil).problem(t, 422)
	step("confirm", "", map[string]string{"track": first.Track}).want(t, 200)

	var seen struct {
		State    string
		Timeline []struct{ Step, Text string }
	}
	here.send(t, request{method: "GET", path: at + "?track=" + first.Track}).want(t, 200).into(t, &seen)
	if seen.State != "confirmed" || len(seen.Timeline) < 4 {
		t.Errorf("it ends as %+v", seen)
	}
	here.send(t, request{method: "GET", path: at}).problem(t, 401)
}

// TestAPICoverage adds the towns up to the city.
func TestAPICoverage(t *testing.T) {
	t.Parallel()
	root := here.home(t, "city")
	whole := here.coverage(t, "city", root)
	if whole.Units["city"] != 1 || whole.Units["town"] != 29 || whole.Units["village"] != 278 {
		t.Errorf("units: %v", whole.Units)
	}
	if whole.Covered+whole.Uncovered != whole.Households {
		t.Errorf("%+v doesn't add up", whole)
	}
	town := here.unit(t, root).Children[28] // in which no other test changes anything
	of, sum := here.coverage(t, "city", town.Code), 0
	for _, village := range here.unit(t, town.Code).Children {
		sum += here.coverage(t, "city", village.Code).Households
	}
	if sum != of.Households {
		t.Errorf("%s has %d households, its villages %d", town.Name, of.Households, sum)
	}
	here.send(t, request{method: "GET", path: "/api/v1/coverage"}).problem(t, 401)
	here.send(t, request{method: "GET", path: "/api/v1/coverage?unit=" + town.Code, token: here.token(t, "village")}).problem(t, 403)
	here.send(t, request{method: "GET", path: "/api/v1/coverage?unit=999", token: here.token(t, "city")}).problem(t, 404)
}

// TestAPIFind never says who lives where.
func TestAPIFind(t *testing.T) {
	t.Parallel()
	var found struct {
		Results []map[string]any
	}
	here.send(t, request{method: "GET", path: "/api/v1/find?q=" + here.unit(t, here.home(t, "town")).Name}).want(t, 200).into(t, &found)
	if n := len(found.Results); n == 0 || n > 20 {
		t.Fatalf("%d results", n)
	}
	for _, result := range found.Results {
		if len(result) != 3 || result["unit"] == nil || result["name"] == nil {
			t.Errorf("a result says %v", result)
		}
	}
	here.send(t, request{method: "GET", path: "/api/v1/find"}).problem(t, 422)
}

// TestAPIDescribesItself lists its operations, and who is asking.
func TestAPIDescribesItself(t *testing.T) {
	t.Parallel()
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]any
	}
	here.send(t, request{method: "GET", path: "/api/openapi.json"}).want(t, 200).into(t, &doc)
	for _, operation := range []string{
		"get /api/v1/coverage", "get /api/v1/find", "get /api/v1/me", "get /api/v1/demands/{number}", "post /api/v1/demands",
		"post /api/v1/demands/{number}/accept", "post /api/v1/demands/{number}/resolve",
		"post /api/v1/demands/{number}/confirm", "post /api/v1/demands/{number}/reopen",
	} {
		method, path, _ := strings.Cut(operation, " ")
		if doc.Paths[path][method] == nil {
			t.Errorf("%s is not described", operation)
		}
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.") {
		t.Errorf("version %q", doc.OpenAPI)
	}
	var me struct {
		Login, Name string
		Posts       []struct{ Role, Unit string }
		Units       []unit
	}
	here.send(t, request{method: "GET", path: "/api/v1/me", token: here.token(t, "village")}).want(t, 200).into(t, &me)
	if me.Login != "village" || me.Name == "" || len(me.Posts) == 0 || me.Posts[0].Unit != me.Units[0].Code {
		t.Errorf("me: %+v", me)
	}
	here.send(t, request{method: "GET", path: "/api/v1/me"}).problem(t, 401)
	here.send(t, request{method: "GET", path: "/api/v1/me", token: "wrong"}).problem(t, 401)
	here.send(t, request{method: "GET", path: "/api/v1/nothing"}).problem(t, 404)
}

// problem fails the test unless the reply is a problem document of the status.
func (r reply) problem(t *testing.T, status int) {
	t.Helper()
	var p struct {
		Status       int
		Title, Code  string
		Type, Detail string
	}
	r.want(t, status).into(t, &p)
	if r.kind != "application/problem+json" || p.Status != status || p.Title == "" || p.Code == "" || strings.Contains(p.Detail, "⟦") {
		t.Errorf("%s: %s", r.kind, r.raw)
	}
}

// refused is for somebody who may not even know that the thing is there.
func (r reply) refused(t *testing.T) {
	t.Helper()
	if r.status != 403 && r.status != 404 {
		t.Errorf("answered %d: %s", r.status, r.raw)
	}
}
