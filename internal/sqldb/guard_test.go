package sqldb_test

import (
	"context"
	"strings"
	"testing"

	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// A command that reads beside its transaction is found where it does so, and
// whoever reads outside of one isn't.
func TestGuard(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ctx := context.Background()
		var found []string
		db.Guard(func(stack string) { found = append(found, stack) })
		count := func(q sqldb.Querier) error {
			var n int
			return q.QueryRowContext(ctx, `SELECT count(*) FROM meta`).Scan(&n)
		}
		early := db.Reader()
		write(t, db, func(tx *sqldb.Tx) error { return count(tx) })
		if err := count(early); err != nil || len(found) != 0 {
			t.Errorf("%v, found %v", err, found)
		}
		write(t, db, func(*sqldb.Tx) error { return count(db.Beside()) })
		for _, run := range []func(context.Context, func(*sqldb.Tx) error) error{db.Write, db.Claim} {
			found = nil
			if err := run(ctx, func(*sqldb.Tx) error { return count(early) }); err != nil || len(found) != 1 || !strings.Contains(found[0], "guard_test.go") {
				t.Errorf("%v, found %v", err, found)
			}
		}
	})
}
