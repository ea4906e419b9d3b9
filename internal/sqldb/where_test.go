package sqldb_test

import (
	"slices"
	"testing"

	"bilin/internal/sqldb"
)

func TestWhere(t *testing.T) {
	var w sqldb.Where
	w.Add("a = ? AND b > ?", 1, 2)
	w.In("c", []string{"x", "y"})
	w.In("d", nil)
	w.Add("e = " + w.Arg("z"))
	if got, want := w.Text(), "a = $1 AND b > $2 AND c IN ($3, $4) AND 1 = 0 AND e = $5"; got != want {
		t.Errorf("%s", got)
	}
	if !slices.Equal(w.Args, []any{1, 2, "x", "y", "z"}) {
		t.Errorf("%v", w.Args)
	}
}
