package api_test

import (
	"net/http"
	"strings"
	"testing"

	"bilin/internal/api"
	"bilin/internal/auth"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/volunteer/wish"
)

// TestWishesOverTheAPI: a lead reads what is wished for in their cell, and
// nobody reads by whom.
func TestWishesOverTheAPI(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := setup(t, db, api.Limits{})
		home := "h-a"
		id, err := c.wishes.Post(t.Context(), wish.By{Actor: auth.System("test")}, wish.Post{HouseholdID: home, Kind: "bulb", Words: "楼梯间的灯"})
		check(t, err)
		c.ask("GET", "/api/v1/wishes", "", nil).problem(t, "without a token", http.StatusUnauthorized, "auth.login_needed")
		c.ask("GET", "/api/v1/wishes", "auditor", nil).problem(t, "an auditor", http.StatusForbidden, "auth.forbidden")
		a := c.ask("GET", "/api/v1/wishes", "lead", nil)
		list, _ := a.body["wishes"].([]any)
		if a.status != http.StatusOK || len(list) != 1 {
			t.Fatalf("%d %s", a.status, a.raw)
		}
		if w := list[0].(map[string]any); w["id"] != id || w["kind"] != "bulb" || w["state"] != "open" || w["unit"] != "4301820010010101" {
			t.Errorf("%v", w)
		}
		if raw := string(a.raw); strings.Contains(raw, home) || strings.Contains(raw, "楼梯间") {
			t.Errorf("it says whose it is: %s", raw)
		}
		if a := c.ask("GET", "/api/v1/wishes?over=true", "lead", nil); a.status != http.StatusOK || len(a.body["wishes"].([]any)) != 0 {
			t.Errorf("over: %d %s", a.status, a.raw)
		}
	})
}
