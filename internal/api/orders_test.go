package api_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"bilin/internal/api"
	"bilin/internal/cap"
	"bilin/internal/mobilise"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// noTeams is a city in which only holders of posts can be called.
type noTeams struct{}

func (noTeams) Members(context.Context, []string) ([]mobilise.Called, error)   { return nil, nil }
func (noTeams) Skilled(context.Context, []string) ([]mobilise.Called, error)   { return nil, nil }
func (noTeams) TeamUnits(context.Context, []string) (map[string]string, error) { return nil, nil }
func (noTeams) AwayOn(context.Context, time.Time) (map[string]bool, error)     { return nil, nil }
func audience(change ...any) map[string]any {
	return with(map[string]any{"units": []string{townCode}, "roles": []string{"lead"}}, change...)
}

func with(m map[string]any, change ...any) map[string]any {
	for i := 0; i+1 < len(change); i += 2 {
		m[fmt.Sprint(change[i])] = change[i+1]
	}
	return m
}

// until is when orders end: the same each time they are sent.
var until = time.Now().Add(48 * time.Hour).Format(time.RFC3339)

// callOut is an order to the leads of the town.
func callOut(change ...any) map[string]any {
	return with(map[string]any{"kind": "real", "hazard": "ice", "title": "道路结冰除冰", "what": "今晚冻雨，省道结冰。", "do": "带铁锹到点铲冰。", "where": "村部门口",
		"until": until, "audience": audience()}, change...)
}

func (c *town) step(number, step, login string, body any, headers ...string) answer {
	c.t.Helper()
	return c.ask("POST", "/api/v1/orders/"+number+"/"+step, login, body, headers...)
}

// callOut proposes an order as a login, with a key of its own.
func (c *town) callOut(login string, body any) answer {
	c.t.Helper()
	return c.ask("POST", "/api/v1/orders", login, body, "Idempotency-Key", sqldb.NewID())
}

// An order from its proposal to its end, as a program sees it.
func TestAnOrderOverTheAPI(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := setup(t, db, api.Limits{})
		first := c.ask("POST", "/api/v1/orders", "town", callOut(), "Idempotency-Key", "k")
		number, _ := first.body["number"].(string)
		if first.status != http.StatusCreated || number == "" || first.body["state"] != "active" || first.body["people"] != 1.0 || first.body["version"] == nil {
			t.Fatalf("%d %s", first.status, first.raw)
		}
		if again := c.ask("POST", "/api/v1/orders", "town", callOut(), "Idempotency-Key", "k"); again.body["number"] != number {
			t.Errorf("sent twice: %s", again.raw)
		}
		c.ask("POST", "/api/v1/orders", "town", callOut()).problem(t, "without a key", http.StatusUnprocessableEntity, "api.key_missing")
		c.ask("POST", "/api/v1/orders", "town", callOut(), "Idempotency-Key", "").problem(t, "with an empty one", http.StatusUnprocessableEntity, "api.key_missing")
		c.ask("POST", "/api/v1/orders", "town", callOut("title", "别的"), "Idempotency-Key", "k").problem(t, "the key for another", http.StatusConflict, "once.key_reused")
		now := c.ask("GET", "/api/v1/orders/"+number, "town", nil)
		count, _ := now.body["count"].(map[string]any)
		if now.status != http.StatusOK || now.body["where"] != "村部门口" || now.body["unit"] != cellCode || count["queued"] != 1.0 || count["reached"] != 0.0 || len(count) != 11 ||
			fmt.Sprint(now.body["may"]) != "[correct cancel close]" || strings.Contains(now.raw, "名lead") {
			t.Errorf("%d %s", now.status, now.raw)
		}
		if len(now.body["channels"].([]any)) != 3 {
			t.Errorf("channels: %s", now.raw)
		}
		if a := c.step(number, "people/1", "town", map[string]any{"answer": "coming", "way": "phone"}); a.status != http.StatusOK || a.body["standing"] != "coming" {
			t.Errorf("entered: %d %s", a.status, a.raw)
		}
		c.step(number, "people/1", "town", map[string]any{"answer": "cant", "reason": "road", "way": "visit", "shown": "none"}).problem(t, "overtaken", http.StatusConflict, "order.since.coming")
		c.step(number, "people/1", "town", map[string]any{"answer": "coming", "way": "visit", "shown": "cant.Road"}).problem(t, "no such answer", http.StatusUnprocessableEntity, "api.invalid")
		c.step(number, "people/1", "town", map[string]any{"answer": "cant", "way": "phone"}).problem(t, "no reason", http.StatusUnprocessableEntity, "order.reason_missing")
		c.step(number, "people/9", "town", map[string]any{"answer": "told", "way": "visit"}).problem(t, "nobody", http.StatusNotFound, "order.no_receipt")
		c.step(number, "correct", "town", map[string]any{}).problem(t, "nothing new", http.StatusUnprocessableEntity, "order.unchanged")
		mend := map[string]any{"where": "学校", "version": now.body["version"]}
		if a := c.step(number, "correct", "town", mend, "Idempotency-Key", "m"); a.status != http.StatusOK || a.body["edition"] != 2.0 {
			t.Errorf("corrected: %d %s", a.status, a.raw)
		}
		if a := c.step(number, "correct", "command", map[string]any{"do": "带绳子。"}); a.body["edition"] != 3.0 {
			t.Errorf("corrected by somebody else: %d %s", a.status, a.raw)
		}
		if a := c.step(number, "correct", "town", mend, "Idempotency-Key", "m"); a.status != http.StatusOK || a.body["edition"] != 3.0 {
			t.Errorf("sent again after that: %d %s", a.status, a.raw)
		}
		if a := c.ask("GET", "/api/v1/orders/"+number, "town", nil); a.body["where"] != "学校" || a.body["do"] != "带绳子。" {
			t.Errorf("one correction took another back: %s", a.raw)
		}
		c.step(number, "close", "town", map[string]any{"note": "好", "version": now.body["version"]}).problem(t, "as it was", http.StatusConflict, "order.changed_since")
		c.step(number, "close", "town", nil).problem(t, "no word", http.StatusUnprocessableEntity, "order.missing")
		if a := c.step(number, "close", "town", map[string]any{"note": "路通了"}); a.status != http.StatusOK || a.body["state"] != "closed" {
			t.Errorf("closed: %d %s", a.status, a.raw)
		}
		if now = c.ask("GET", "/api/v1/orders/"+number, "command", nil); now.body["end_note"] != "路通了" || now.body["count"].(map[string]any)["released"] != 1.0 || now.body["ended_at"] == nil {
			t.Errorf("%s", now.raw)
		}
		c.step(number, "cancel", "command", map[string]any{"note": "停"}).problem(t, "over", http.StatusConflict, "order.over")
	})
}

// Who may not, may not by the API either, and hears no more than that.
func TestOrdersAndRights(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := setup(t, db, api.Limits{})
		number, _ := c.callOut("town", callOut()).body["number"].(string)
		for login, want := range map[string]struct {
			status int
			code   string
		}{"": {401, "auth.login_needed"}, "lead": {403, "auth.forbidden"}, "auditor": {403, "auth.forbidden"}, "department": {403, "auth.forbidden"}, "admin": {403, "auth.forbidden"}} {
			c.callOut(login, callOut()).problem(t, login+" calls out", want.status, want.code)
			for _, path := range []string{"/api/v1/orders", "/api/v1/orders/" + number, "/api/v1/orders/" + number + "/cap"} {
				c.ask("GET", path, login, nil).problem(t, login+" reads "+path, want.status, want.code)
			}
			for _, step := range []string{"approve", "refuse", "cancel", "close"} {
				c.step(number, step, login, map[string]any{"note": "停"}).problem(t, login+" "+step, want.status, want.code)
			}
			c.step(number, "correct", login, map[string]any{"do": "别的"}).problem(t, login+" corrects", want.status, want.code)
			c.step(number, "people/1", login, map[string]any{"answer": "told", "way": "visit"}).problem(t, login+" enters", want.status, want.code)
		}
		c.callOut("other", callOut()).problem(t, "another town's people", http.StatusForbidden, "auth.forbidden")
		c.ask("GET", "/api/v1/orders/"+number, "other", nil).problem(t, "another town's order", http.StatusNotFound, "order.none")
		c.step(number, "cancel", "other", map[string]any{"note": "停"}).problem(t, "another town's order", http.StatusNotFound, "order.none")
		c.ask("GET", "/api/v1/orders/L9999", "command", nil).problem(t, "no number", http.StatusNotFound, "order.none")
	})
}

// A second person decides on a missing person's order; a drill is one everywhere.
func TestApprovalOverTheAPI(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := setup(t, db, api.Limits{})
		person := callOut("hazard", "missing", "case_number", "A1", "asked_by", "女儿")
		c.callOut("town", callOut("hazard", "missing")).problem(t, "no case", http.StatusUnprocessableEntity, "order.invalid")
		a := c.callOut("town", person)
		number, _ := a.body["number"].(string)
		if a.status != http.StatusCreated || a.body["state"] != "proposed" {
			t.Fatalf("%d %s", a.status, a.raw)
		}
		c.step(number, "approve", "town", nil).problem(t, "own", http.StatusForbidden, "order.own")
		c.ask("GET", "/api/v1/orders/"+number+"/cap", "town", nil).problem(t, "not out yet", http.StatusConflict, "capout.not_issued")
		if a := c.step(number, "approve", "command", nil); a.status != http.StatusOK || a.body["state"] != "active" {
			t.Errorf("%d %s", a.status, a.raw)
		}
		refused, _ := c.callOut("town", person).body["number"].(string)
		if a := c.step(refused, "refuse", "city", map[string]any{"note": "已找到"}); a.body["state"] != "refused" {
			t.Errorf("%d %s", a.status, a.raw)
		}
		drill := c.callOut("command", callOut("kind", "drill", "channels", []string{"sms"}, "wait_minutes", 10))
		list := c.ask("GET", "/api/v1/orders?limit=2", "command", nil)
		rows, _ := list.body["orders"].([]any)
		if len(rows) != 2 || rows[0].(map[string]any)["number"] != drill.body["number"] || rows[0].(map[string]any)["kind"] != "drill" || list.body["next"] == nil {
			t.Fatalf("%s", list.raw)
		}
		next := c.ask("GET", "/api/v1/orders?limit=2&cursor="+list.body["next"].(string), "command", nil)
		if rows, _ := next.body["orders"].([]any); len(rows) != 1 || rows[0].(map[string]any)["number"] != number || next.body["next"] != nil {
			t.Errorf("%s", next.raw)
		}
		if rows, _ := c.ask("GET", "/api/v1/orders?state=refused", "city", nil).body["orders"].([]any); len(rows) != 1 {
			t.Errorf("refused: %v", rows)
		}
		c.ask("GET", "/api/v1/orders?cursor=x", "city", nil).problem(t, "a made-up cursor", http.StatusUnprocessableEntity, "api.invalid")
		xml := c.ask("GET", "/api/v1/orders/"+drill.body["number"].(string)+"/cap", "command", nil)
		alert, err := cap.Parse(strings.NewReader(xml.raw))
		if err != nil || xml.header.Get("Content-Type") != "application/cap+xml; charset=utf-8" || alert.Status != cap.Exercise || alert.Infos[0].Web != "https://bilin.example/orders/"+drill.body["number"].(string) {
			t.Errorf("%v %v %s", err, xml.header, xml.raw)
		}
	})
}

func TestBadOrders(t *testing.T) {
	c := setup(t, sqldbtest.Open(t, sqldb.SQLite), api.Limits{})
	for what, x := range map[string]struct {
		body  any
		field string
	}{
		"a kind":           {callOut("kind", "joke"), "kind"},
		"a hazard":         {callOut("hazard", "war"), "hazard"},
		"a unit":           {callOut("audience", audience("units", []string{"1"})), "audience.units"},
		"a role":           {callOut("audience", audience("roles", []string{"king"})), "audience.roles"},
		"nobody":           {callOut("audience", map[string]any{"units": []string{townCode}}), "who"},
		"a long title":     {callOut("title", strings.Repeat("冰", 61)), "title"},
		"yesterday":        {callOut("until", "2020-01-01T00:00:00Z"), "until"},
		"no time":          {callOut("until", "soon"), "until"},
		"a long wait":      {callOut("wait_minutes", 121), "wait"},
		"a channel":        {callOut("channels", []string{"pigeon"}), "channels"},
		"something else":   {callOut("colour", "red"), "colour"},
		"half a point":     {callOut("audience", audience("polygon", [][]float64{{112}})), "audience.polygon[0]"},
		"about somebody":   {callOut("case_number", "A1"), "case_number"},
		"too many corners": {callOut("audience", audience("polygon", make([][2]float64, 201))), "audience.polygon"},
	} {
		a := c.callOut("command", x.body)
		list, _ := a.body["errors"].([]any)
		found := ""
		for _, e := range list {
			found += e.(map[string]any)["name"].(string) + " "
		}
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(found, x.field) {
			t.Errorf("%s: %d %s, want %s", what, a.status, a.raw, x.field)
		}
	}
	body := callOut("title", strings.Repeat("x", 70<<10))
	c.callOut("command", body).problem(t, "much too long", http.StatusRequestEntityTooLarge, "api.too_large")
}

// Gateways bring their reports; what isn't right is refused as a whole.
func TestGatewayReports(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := setup(t, db, api.Limits{})
		number, _ := c.callOut("command", callOut()).body["number"].(string)
		send := func(login string, reports ...map[string]any) answer {
			return c.ask("POST", "/api/v1/gateway/reports", login, map[string]any{"reports": reports})
		}
		id := number + ".1.1.sms"
		delivered := map[string]any{"id": id, "state": "delivered", "at": time.Now().Add(-time.Second).Format(time.RFC3339)}
		send("", delivered).problem(t, "without a token", http.StatusUnauthorized, "auth.login_needed")
		send("command", delivered).problem(t, "no gateway", http.StatusForbidden, "auth.forbidden")
		if a := send("gateway", delivered, map[string]any{"id": "somebody-elses", "state": "seen"}); a.status != http.StatusOK || a.body["known"] != 1.0 {
			t.Errorf("%d %s", a.status, a.raw)
		}
		c.ask("GET", "/api/v1/orders", "gateway", nil).problem(t, "a gateway reads no orders", http.StatusForbidden, "auth.forbidden")
		count := func() map[string]any {
			return c.ask("GET", "/api/v1/orders/"+number, "command", nil).body["count"].(map[string]any)
		}
		if got := count(); got["delivered"] != 1.0 || got["reached"] != 1.0 {
			t.Errorf("%v", got)
		}
		if a := send("admin", map[string]any{"id": id, "answer": "1"}); a.body["known"] != 1.0 || count()["coming"] != 1.0 {
			t.Errorf("%d %s %v", a.status, a.raw, count())
		}
		send("admin", map[string]any{"id": id, "state": "lost"}).problem(t, "an unknown state", http.StatusUnprocessableEntity, "gateway.bad_report")
		send("admin").problem(t, "nothing", http.StatusUnprocessableEntity, "gateway.bad_reports")
		c.ask("POST", "/api/v1/gateway/reports", "admin", "{").problem(t, "no JSON", http.StatusUnprocessableEntity, "gateway.bad_reports")
		c.ask("POST", "/api/v1/gateway/reports", "admin", `{"reports":[`+strings.Repeat(" ", 300<<10)+`]}`).problem(t, "too much", http.StatusRequestEntityTooLarge, "api.too_large")
		many := make([]map[string]any, 1001)
		for i := range many {
			many[i] = map[string]any{"id": "x", "state": "seen"}
		}
		send("admin", many...).problem(t, "too many", http.StatusRequestEntityTooLarge, "gateway.too_many_reports")
		if a := send("admin", many[:1000]...); a.status != http.StatusOK || a.body["known"] != 0.0 {
			t.Errorf("%d %s", a.status, a.raw)
		}
	})
}
