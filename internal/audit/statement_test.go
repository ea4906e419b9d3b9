package audit

import (
	"strings"
	"testing"

	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

func TestAStatementIsSigned(t *testing.T) {
	t.Parallel()
	db := sqldbtest.Open(t, sqldb.SQLite)
	log, err := Open(db, Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	other, err := Open(sqldbtest.Open(t, sqldb.SQLite), Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	signature, err := log.Sign("lights of 2026Q3\n")
	if err != nil {
		t.Fatal(err)
	}
	if err := log.Signed("lights of 2026Q3\n", signature); err != nil {
		t.Error(err)
	}
	for name, err := range map[string]error{
		"another statement": log.Signed("lights of 2026Q4\n", signature),
		"another key":       other.Signed("lights of 2026Q3\n", signature),
		"altered":           log.Signed("lights of 2026Q4\n", strings.Replace(signature, "Q3", "Q4", 1)),
		"none":              log.Signed("lights of 2026Q3\n", ""),
	} {
		if err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
