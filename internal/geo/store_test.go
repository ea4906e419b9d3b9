package geo_test

import (
	"testing"
	"time"

	"bilin/internal/errs"
	"bilin/internal/geo"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

func TestOutlineIsKept(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ctx := t.Context()
		save := func(raw string) error {
			return db.Write(ctx, func(tx *sqldb.Tx) error {
				return geo.SaveOutline(ctx, tx, "u", []byte(raw), time.UnixMilli(1))
			})
		}
		if s, err := geo.LoadOutline(ctx, db.Reader(), "u"); err != nil || s != nil {
			t.Fatalf("before: %v, %v", s, err)
		}
		for _, raw := range []string{
			`{"type":"Polygon","coordinates":[[[112,28],[113,28],[113,29],[112,29],[112,28]]]}`,
			`{"type":"Polygon","coordinates":[[[112,28],[114,28],[114,29],[112,29],[112,28]]]}`,
		} {
			if err := save(raw); err != nil {
				t.Fatal(err)
			}
		}
		if err := save(`{"type":"Point"}`); errs.KindOf(err) != errs.Invalid {
			t.Errorf("a point was accepted: %v", err)
		}
		s, err := geo.LoadOutline(ctx, db.Reader(), "u")
		if err != nil || s.Area() != 2 {
			t.Errorf("area %v, %v", s.Area(), err)
		}
	})
}
