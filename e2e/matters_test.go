package e2e

import (
	"regexp"
	"testing"
)

// matters makes a demand in each state, and finds those of the demo city that
// take longer to come about.
func (c *city) matters(t *testing.T, cell string, known map[string]string) {
	t.Helper()
	note := map[string]any{"note": "换了一根新的。"}
	for name, steps := range map[string][]string{
		"open": {}, "asked": {"accept", "ask"}, "solved": {"accept", "resolve"}, "again": {"accept", "resolve", "reopen"},
		"done": {"accept", "resolve", "confirm"}, "gone": {"withdraw"}, "entered": {},
	} {
		token := ""
		body := map[string]any{"kind": "help", "text": "晾衣杆松了，怕掉下来。", "unit": cell, "publish": name == "done"}
		if name == "entered" {
			token, body["on_behalf"], body["source"] = c.token(t, "lead"), true, "lead"
		}
		var made ticket
		c.send(t, request{method: "POST", path: "/api/v1/demands", token: token, body: body}).want(t, 201).into(t, &made)
		for _, step := range steps {
			switch step {
			case "reopen":
				c.step(t, "", made, step, map[string]any{"note": "又松了。"})
			case "confirm":
				c.step(t, "", made, step, map[string]any{"satisfied": "partly", "recheck": true})
			case "withdraw":
				c.step(t, "", made, step, nil)
			default:
				c.step(t, "lead", made, step, note)
			}
		}
		known[name], known[name+".key"] = made.Number, made.Track
	}
	for name, in := range map[string][2]string{
		"late": {"village", "overdue"}, "merged": {"village", "merged"}, "disputed": {"city", "disputed"}, "offered": {"department", "incoming"}, "theirs": {"department", "todo"},
	} {
		known[name] = c.firstIn(t, in[0], in[1])
	}
	known["shown"] = c.found(t, "", "/board", `href="/board/(\w[^"/]*)"`)
	known["proposed"] = c.found(t, "village", "/demands/board", `href="/board/(\w[^"/]*)/review"`)
}

// firstIn is the number of the first matter in one of a login's queues.
func (c *city) firstIn(t *testing.T, login, tab string) string {
	t.Helper()
	var list struct{ Demands []struct{ Number string } }
	c.send(t, request{method: "GET", path: "/api/v1/demands?limit=1&tab=" + tab, token: c.token(t, login)}).want(t, 200).into(t, &list)
	if len(list.Demands) == 0 {
		t.Fatalf("%s has nothing in %s", login, tab)
	}
	return list.Demands[0].Number
}

// found is the first group of a pattern on a page.
func (c *city) found(t *testing.T, login, page, pattern string) string {
	t.Helper()
	match := regexp.MustCompile(pattern).FindSubmatch(c.page(t, login, page).want(t, 200).raw)
	if match == nil {
		t.Fatalf("%s has no %s", page, pattern)
	}
	return string(match[1])
}
