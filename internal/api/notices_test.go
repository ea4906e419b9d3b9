package api_test

import (
	"net/http"
	"testing"

	"bilin/internal/api"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// TestNoticesOverTheAPI: first the estimate, then the same with the number that
// was shown; the figures are for those who answer for the place.
func TestNoticesOverTheAPI(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := setup(t, db, api.Limits{})
		body := map[string]any{"kind": "fraud", "title": "接到退款电话先挂断", "words": "真客服不要验证码。", "units": []string{townCode}}
		key := []string{"Idempotency-Key", "n1"}
		a := c.ask("POST", "/api/v1/notices", "town", body, key...)
		if a.status != http.StatusCreated || a.body["state"] != "draft" || a.body["households"] != 3.0 || a.body["leads"] != 1.0 || a.body["unled"] != 1.0 {
			t.Fatalf("%d %s", a.status, a.raw)
		}
		number := a.body["number"].(string)
		c.ask("POST", "/api/v1/notices", "other", body, "Idempotency-Key", "n1").problem(t, "another town", http.StatusForbidden, "auth.forbidden")
		c.ask("POST", "/api/v1/notices", "lead", body, "Idempotency-Key", "n1").problem(t, "a lead", http.StatusForbidden, "auth.forbidden")
		body["households"] = 300
		c.ask("POST", "/api/v1/notices", "town", body, key...).problem(t, "another number", http.StatusConflict, "outreach.other_audience")
		body["households"] = 3
		for range 2 {
			if a = c.ask("POST", "/api/v1/notices", "town", body, key...); a.body["state"] != "sent" || a.body["number"] != number {
				t.Fatalf("%d %s", a.status, a.raw)
			}
		}
		a = c.ask("GET", "/api/v1/notices/"+number+"/reach", "town", nil)
		villages, _ := a.body["villages"].([]any)
		if a.status != http.StatusOK || len(villages) != 1 || villages[0].(map[string]any)["hidden"] != true || villages[0].(map[string]any)["unit"] != villageCode {
			t.Errorf("%d %s", a.status, a.raw)
		}
		c.ask("GET", "/api/v1/notices/"+number+"/reach", "other", nil).problem(t, "another town", http.StatusForbidden, "auth.forbidden")
		c.ask("GET", "/api/v1/notices/"+number+"/reach", "lead", nil).problem(t, "a lead", http.StatusNotFound, "outreach.none")
		c.ask("GET", "/api/v1/notices/N1/reach", "town", nil).problem(t, "none", http.StatusNotFound, "outreach.none")
	})
}
