package monthly_test

import (
	"testing"

	"bilin/internal/admission/admissiontest"
	"bilin/internal/admission/monthly"
	"bilin/internal/sqldb"
)

const nextMon = admissiontest.Next

// world is the small city, seen from its monthly lists.
type world struct {
	*admissiontest.City
	*monthly.Service
}

func newWorld(t *testing.T, db *sqldb.DB) *world {
	c := admissiontest.New(t, db)
	return &world{c, c.Monthly}
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
