package api_test

import (
	"net/http"
	"testing"
	"time"

	"bilin/internal/api"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/workday"
)

// matterForm is a department's matter of a year from today.
func matterForm() map[string]any {
	today := time.Now().In(workday.City)
	return map[string]any{
		"department": "water", "list": "assist", "title": "防汛转移路线告知", "ask": "把转移路线告诉住户。",
		"basis": "《防洪法》第七条", "responsible": "水利局防御科", "support": "发放路线卡", "way": "tell", "minutes": 20,
		"from": today.Format(time.DateOnly), "until": today.AddDate(1, 0, 0).Format(time.DateOnly),
	}
}

func TestMatterThroughTheGate(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := setup(t, db, api.Limits{})
		month := time.Now().In(workday.City).AddDate(0, 0, -time.Now().In(workday.City).Day()+1).AddDate(0, 1, 0).Format("2006-01")
		form := matterForm()
		form["function"] = "nothing"
		c.ask("POST", "/api/v1/matters", "department", form).problem(t, "an unknown function", http.StatusUnprocessableEntity, "api.invalid")
		form["function"] = functionCode(t, db)
		c.ask("POST", "/api/v1/matters", "lead", form).problem(t, "a lead drafts", http.StatusForbidden, "auth.forbidden")
		a := c.ask("POST", "/api/v1/matters", "department", form, "Idempotency-Key", "k")
		number, _ := a.body["number"].(string)
		if a.status != http.StatusCreated || number == "" || a.body["state"] != "draft" {
			t.Fatalf("drafted: %d %s", a.status, a.raw)
		}
		if b := c.ask("POST", "/api/v1/matters", "department", form, "Idempotency-Key", "k"); b.body["number"] != number {
			t.Errorf("sent twice: %s", b.raw)
		}
		c.ask("POST", "/api/v1/matters/"+number+"/admit", "city", map[string]any{"note": "可以"}).problem(t, "a draft is admitted", http.StatusConflict, "matter.not_now")
		if a := c.ask("POST", "/api/v1/matters/"+number+"/submit", "department", nil); a.status != http.StatusOK || a.body["state"] != "submitted" {
			t.Fatalf("submitted: %d %s", a.status, a.raw)
		}
		c.ask("POST", "/api/v1/matters/"+number+"/admit", "department", map[string]any{"note": "可以"}).problem(t, "the department admits", http.StatusForbidden, "auth.forbidden")
		c.ask("POST", "/api/v1/matters/"+number+"/admit", "city", nil).problem(t, "without a reason", http.StatusUnprocessableEntity, "matter.check")
		if a := c.ask("POST", "/api/v1/matters/"+number+"/admit", "city", map[string]any{"note": "依据充分", "conditions": "只在汛前"}); a.body["state"] != "admitted" {
			t.Fatalf("admitted: %d %s", a.status, a.raw)
		}
		ask := map[string]any{"matter": number, "unit": cellCode, "month": month}
		c.ask("POST", "/api/v1/tasks", "department", ask).problem(t, "off the list", http.StatusConflict, "task.refused.no_list")
		c.ask("POST", "/api/v1/tasks", "town", ask).problem(t, "a town asks", http.StatusForbidden, "auth.forbidden")
		c.ask("GET", "/api/v1/monthly-lists/"+month, "", nil).problem(t, "no list", http.StatusNotFound, "monthly.none")
		if a := c.ask("POST", "/api/v1/matters/"+number+"/revoke", "city", map[string]any{"note": "职责已收回"}); a.body["state"] != "revoked" {
			t.Fatalf("revoked: %d %s", a.status, a.raw)
		}
		c.ask("POST", "/api/v1/tasks", "city", ask).problem(t, "after it was revoked", http.StatusConflict, "task.refused.revoked")
		if a := c.ask("GET", "/api/v1/burden?month="+month, "", nil); a.status != http.StatusOK || a.body["leads"] != 1.0 || a.body["budget"] != 240.0 {
			t.Errorf("burden: %d %s", a.status, a.raw)
		}
		c.ask("GET", "/api/v1/burden?month=never", "", nil).problem(t, "no month", http.StatusUnprocessableEntity, "matter.bad_month")
	})
}

// functionCode is one that the city's catalogue has.
func functionCode(t *testing.T, db *sqldb.DB) (code string) {
	t.Helper()
	check(t, db.Reader().QueryRowContext(t.Context(), `SELECT code FROM duty_function WHERE parent_id <> '' ORDER BY code LIMIT 1`).Scan(&code))
	return code
}
