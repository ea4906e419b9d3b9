package wish

import (
	"database/sql"
	"strings"
	"testing"

	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// What is read inside a write is found by an index: nobody else's write waits for a scan.
func TestNoScanInsideAWrite(t *testing.T) {
	t.Parallel()
	db := sqldbtest.Open(t, sqldb.SQLite)
	for name, where := range map[string]string{
		"what somebody took":     takenBy,
		"what somebody is asked": `asked_id = $1 AND asked_id <> ''`,
		"of a household":         `household_id = $1 AND ended_at = 0`,
		"for a volunteer":        `state IN ('open', 'asked') AND until_on >= $1 AND village_id IN ($1, $1) ORDER BY id`,
		"a batch":                `id IN ($1, $1) ORDER BY id`,
	} {
		plan, err := sqldb.Collect(t.Context(), db.Reader(), func(r *sql.Rows, step *string) error {
			var id, parent, unused int
			return r.Scan(&id, &parent, &unused, step)
		}, `EXPLAIN QUERY PLAN SELECT `+selected+` FROM wish WHERE `+where, "x")
		if err != nil {
			t.Fatal(err)
		}
		if text := strings.Join(plan, "; "); !strings.Contains(text, "SEARCH wish USING INDEX") || strings.Contains(text, "SCAN") {
			t.Errorf("%s: %s", name, text)
		}
	}
}
