package api_test

import (
	"net/http"
	"testing"

	"bilin/internal/api"
	"bilin/internal/auth"
	"bilin/internal/programme"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// TestProgrammesOverTheAPI: everybody reads what a programme is and its ledger,
// which names nobody; a draft is its town's own.
func TestProgrammesOverTheAPI(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := setup(t, db, api.Limits{})
		office := auth.System("test")
		id, err := c.programmes.Define(t.Context(), office, programme.Define{UnitCode: townCode, Name: "善行积分", Text: "邻里互助", Budget: 100,
			Formulas: programme.Formulas{programme.HelpOut: "hours * 2.0"}})
		check(t, err)
		ledger := "/api/v1/programmes/" + id + "/ledger"
		c.ask("GET", ledger, "", nil).problem(t, "a draft", http.StatusUnauthorized, "auth.login_needed")
		if a := c.ask("GET", ledger, "town", nil); a.status != http.StatusOK {
			t.Errorf("its town: %d %s", a.status, a.raw)
		}
		check(t, c.programmes.Start(t.Context(), office, "", id, 1))
		a := c.ask("GET", ledger, "", nil)
		entries, _ := a.body["entries"].([]any)
		if a.status != http.StatusOK || len(entries) != 1 {
			t.Fatalf("%d %s", a.status, a.raw)
		}
		if e := entries[0].(map[string]any); e["kind"] != "fund" || e["points"] != 100.0 || e["seq"] != 1.0 || len(e["digest"].(string)) != 64 {
			t.Errorf("%v", e)
		}
		c.ask("GET", ledger+"?cursor=x", "", nil).problem(t, "a wrong cursor", http.StatusUnprocessableEntity, "api.bad_cursor")
		c.ask("GET", "/api/v1/programmes/none/ledger", "", nil).problem(t, "none", http.StatusNotFound, "programme.none")
		list, _ := c.ask("GET", "/api/v1/programmes", "", nil).body["programmes"].([]any)
		if len(list) != 1 || list[0].(map[string]any)["unit"] != townCode {
			t.Errorf("%v", list)
		}
	})
}
