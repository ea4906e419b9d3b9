package api_test

import (
	"net/http"
	"strings"
	"testing"

	"bilin/internal/api"
	"bilin/internal/auth"
	"bilin/internal/feedback"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// TestFeedbackChangesOverTheAPI: everybody reads what was changed, in the desk's
// words, and nothing of what was said.
func TestFeedbackChangesOverTheAPI(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := setup(t, db, api.Limits{})
		r, err := c.remarks.Send(t.Context(), feedback.Send{Kind: feedback.Hard, Route: "/notices/{number}", Words: "周桂英说字太小"})
		check(t, err)
		check(t, c.remarks.Reply(t.Context(), auth.System("test"), feedback.Reply{Number: r.Number, State: feedback.Changed, Words: "改好了", Sentence: "字放大了", Release: "1.4", Version: 1}))
		a := c.ask("GET", "/api/v1/feedback/changes", "", nil)
		list, _ := a.body["changes"].([]any)
		if a.status != http.StatusOK || len(list) != 1 || strings.Contains(string(a.raw), "周桂英") {
			t.Fatalf("%d %s", a.status, a.raw)
		}
		if x := list[0].(map[string]any); x["what"] != "字放大了" || x["version"] != "1.4" || x["page"] != "/notices/{number}" || x["kind"] != "hard" {
			t.Errorf("%v", x)
		}
		c.ask("GET", "/api/v1/feedback/changes?cursor=x", "", nil).problem(t, "a wrong cursor", http.StatusUnprocessableEntity, "api.bad_cursor")
	})
}
