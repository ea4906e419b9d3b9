package rollcall_test

import (
	"testing"

	"bilin/internal/mobilise/rollcall/rollcalltest"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// Those who are owed it stand before the others on every sheet, in order of
// their place among themselves.
func TestWhoIsOwedItIsAskedFirst(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := rollcalltest.New(t, db)
		c.Firsts = map[string]bool{c.Homes[0][4]: true, c.Homes[0][2]: true}
		id := c.Opened(c.Villages[0], false)
		mine, err := c.Mine(t.Context(), c.Lead(0))
		c.OK(err)
		_, paper, err := c.Paper(t.Context(), c.Command(), id, c.Cells[0])
		if err == nil {
			mine = append(mine, paper...)
		}
		for _, sheet := range mine {
			h := sheet.Homes
			if len(h) != rollcalltest.Per || h[0].ID != c.Homes[0][2] || h[1].ID != c.Homes[0][4] || h[2].ID != c.Homes[0][0] {
				t.Errorf("%+v", h)
			}
			if !h[0].First || !h[1].First || h[2].First {
				t.Error("marks")
			}
		}
	})
}
