package api_test

import (
	"net/http"
	"testing"

	"bilin/internal/api"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// TestTheCatalogueOfNeedsIsPublic and says nothing of who is listed.
func TestTheCatalogueOfNeedsIsPublic(t *testing.T) {
	c := setup(t, sqldbtest.Open(t, sqldb.SQLite), api.Limits{})
	a := c.ask("GET", "/api/v1/care/needs", "", nil)
	needs, _ := a.body["needs"].([]any)
	if a.status != http.StatusOK || len(needs) != 16 || len(a.body) != 1 {
		t.Fatalf("%d %s", a.status, a.raw)
	}
	first := needs[0].(map[string]any)
	if first["code"] != "alone80" || first["every_days"] != 7.0 || first["who"] != "lead" || first["in_use"] != true || first["law"] == "" || len(first["grounds"].([]any)) != 2 {
		t.Errorf("%v", first)
	}
	if len(first) != 13 {
		t.Errorf("it says more than the catalogue: %v", first)
	}
}
