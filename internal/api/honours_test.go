package api_test

import (
	"net/http"
	"testing"

	"bilin/internal/api"
	"bilin/internal/auth"
	"bilin/internal/honour"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// TestHonoursOverTheAPI: everybody reads rounds; a draft is the city office's.
func TestHonoursOverTheAPI(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := setup(t, db, api.Limits{})
		office := auth.System("test")
		id, err := c.honours.Define(t.Context(), office, honour.Define{Name: "下半年", Words: "为邻里做了实事的人", NominateUntil: c.honours.Today(), PublishDays: 5,
			Categories: []honour.Category{{Name: "最美邻长", Places: 2}}})
		check(t, err)
		c.ask("GET", "/api/v1/honours/"+id, "", nil).problem(t, "a draft", http.StatusUnauthorized, "auth.login_needed")
		if list, _ := c.ask("GET", "/api/v1/honours", "", nil).body["rounds"].([]any); len(list) != 0 {
			t.Errorf("a draft is listed: %v", list)
		}
		check(t, db.Write(t.Context(), func(tx *sqldb.Tx) error {
			_, err := tx.ExecContext(t.Context(), `UPDATE honour_round SET state = 'open' WHERE id = $1`, id)
			return err
		}))
		a := c.ask("GET", "/api/v1/honours/"+id, "", nil)
		categories, _ := a.body["categories"].([]any)
		if a.status != http.StatusOK || a.body["state"] != "open" || len(categories) != 1 || categories[0].(map[string]any)["places"] != 2.0 {
			t.Errorf("%d %s", a.status, a.raw)
		}
		list, _ := c.ask("GET", "/api/v1/honours", "", nil).body["rounds"].([]any)
		if len(list) != 1 || list[0].(map[string]any)["honoured"] == nil {
			t.Errorf("%v", list)
		}
		c.ask("GET", "/api/v1/honours/none", "", nil).problem(t, "none", http.StatusNotFound, "honour.no_round")
	})
}
