package api_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"bilin/internal/api"
	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/live"
	"bilin/internal/meeting"
	"bilin/internal/network"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// meetingsOf are meetings of a city without demands.
func meetingsOf(db *sqldb.DB, net *network.Service, policy *auth.Policy, log *audit.Log, hub *live.Hub, sealer *seal.Sealer) *meeting.Service {
	return meeting.New(meeting.Options{DB: db, Network: net, Policy: policy, Audit: log, Live: hub, Seal: sealer, Demands: noDemands{},
		Strike: func(context.Context, string, ...*string) error { return nil }})
}

type noDemands struct{}

func (noDemands) OpenAt(context.Context, auth.Actor, string) ([]meeting.OpenDemand, error) {
	return nil, nil
}

// TestMeetingsOverTheAPI: a lead calls one of the own cell, everybody reads it.
func TestMeetingsOverTheAPI(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := setup(t, db, api.Limits{})
		body := map[string]any{"unit": cellCode, "subject": "路灯装在哪", "place": "晒谷坪", "starts_at": time.Now().Add(-time.Hour).Format(time.RFC3339), "agenda": []string{"哪里最黑"}}
		var number string
		for range 2 {
			a := c.ask("POST", "/api/v1/meetings", "lead", body, "Idempotency-Key", "m1")
			if a.status != http.StatusCreated || a.body["unit"] != cellCode || number != "" && a.body["number"] != number {
				t.Fatalf("%d %s", a.status, a.raw)
			}
			number = a.body["number"].(string)
		}
		c.ask("POST", "/api/v1/meetings", "other", body, "Idempotency-Key", "m2").problem(t, "a town", http.StatusForbidden, "auth.forbidden")
		at := "/api/v1/meetings/" + number
		c.ask("POST", at+"/minutes", "other", map[string]any{"came": 12}, "Idempotency-Key", "m3").problem(t, "a town", http.StatusForbidden, "auth.forbidden")
		a := c.ask("POST", at+"/minutes", "lead", map[string]any{"came": 9, "words": "先装桥头。"}, "Idempotency-Key", "m4")
		if a.status != http.StatusOK || a.body["state"] != "held" || a.body["came"] != nil || a.body["minutes"] != nil {
			t.Errorf("%d %s", a.status, a.raw)
		}
		c.ask("POST", at+"/resolutions", "lead", map[string]any{"kind": "promise", "words": "装灯", "unit": townCode, "role": "town_official", "due": "2099-01-01"}, "Idempotency-Key", "m5").
			problem(t, "a town's promise", http.StatusUnprocessableEntity, "meeting.check")
		due := time.Now().AddDate(0, 0, 9).Format(time.DateOnly)
		a = c.ask("POST", at+"/resolutions", "lead", map[string]any{"kind": "promise", "words": "装灯", "unit": cellCode, "role": "lead", "due": due}, "Idempotency-Key", "m6")
		if list, _ := a.body["resolutions"].([]any); a.status != http.StatusOK || len(list) != 1 || list[0].(map[string]any)["became"] != "promise_open" {
			t.Errorf("%d %s", a.status, a.raw)
		}
		for query, want := range map[string]int{"": 1, "?unit=" + townCode: 1, "?unit=" + otherTown: 0, "?unit=" + cellCode + "&latest=true": 1, "?to=2020-01-01T00:00:00Z": 0, "?from=2020-01-01T00:00:00Z&limit=1": 1} {
			a := c.ask("GET", "/api/v1/meetings"+query, "", nil)
			if list, _ := a.body["meetings"].([]any); a.status != http.StatusOK || len(list) != want {
				t.Errorf("%s: %d %s", query, a.status, a.raw)
			}
		}
		c.ask("GET", "/api/v1/meetings?cursor=x", "", nil).problem(t, "a wrong cursor", http.StatusUnprocessableEntity, "api.invalid")
		c.ask("GET", "/api/v1/meetings?unit=1", "", nil).problem(t, "no unit", http.StatusNotFound, "network.no_unit")
		c.ask("GET", "/api/v1/meetings/Y1", "", nil).problem(t, "none", http.StatusNotFound, "meeting.none")
	})
}
