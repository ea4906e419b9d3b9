package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"bilin/internal/api"
	"bilin/internal/auth"
	"bilin/internal/demand/suggestion"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// TestSuggestionsOverTheAPI: everybody reads what was decided, page by page, and nobody who suggested it.
func TestSuggestionsOverTheAPI(t *testing.T) {
	c := setup(t, sqldbtest.Open(t, sqldb.SQLite), api.Limits{})
	town := auth.Actor{AccountID: "a-city", PersonID: "p-city", Grants: c.net.Tree().Grants("p-city")}
	for i, title := range []string{"装长凳", "修亭子", "种桂花"} {
		path, _ := c.raised("我是老王，"+title, map[string]any{"kind": "suggestion", "unit": cellCode})
		parts := strings.Split(path, "/")
		check(t, c.suggestions.Decide(t.Context(), town, suggestion.Decision{Number: parts[len(parts)-1], Adopt: i > 0, Title: title, Reasons: "地方合适。", DueOn: time.Now().AddDate(0, 3, 0).Format(time.DateOnly)}))
	}
	for query, n := range map[string]int{"": 3, "state=adopted": 2, "state=declined": 1, "state=done": 0, "q=" + url.QueryEscape("长凳"): 1, "unit=" + townCode: 3} {
		a := c.ask("GET", "/api/v1/suggestions?"+query, "", nil)
		list, _ := a.body["suggestions"].([]any)
		if a.status != http.StatusOK || len(list) != n || strings.Contains(string(a.raw), "老王") {
			t.Errorf("%q: %d, %s", query, a.status, a.raw)
		}
	}
	seen, next := 0, ""
	for range 4 {
		a := c.ask("GET", "/api/v1/suggestions?limit=1&cursor="+next, "", nil)
		seen += len(a.body["suggestions"].([]any))
		if next, _ = a.body["next"].(string); next == "" {
			break
		}
	}
	if seen != 3 {
		t.Errorf("%d of 3, page by page", seen)
	}
	c.ask("GET", "/api/v1/suggestions?cursor=x", "", nil).problem(t, "a made-up cursor", http.StatusUnprocessableEntity, "api.invalid")
	c.ask("GET", "/api/v1/suggestions?unit=1", "", nil).problem(t, "no unit", http.StatusNotFound, "network.no_unit")
}
