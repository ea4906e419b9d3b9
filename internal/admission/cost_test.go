package admission_test

import (
	"math/rand/v2"
	"testing"

	"bilin/internal/admission"
	"bilin/internal/admission/admissiontest"
	"bilin/internal/network"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// The load is the sum over matters and posts, however it is reckoned.
func TestLoadIsTheSum(t *testing.T) {
	c := admissiontest.New(t, sqldbtest.Open(t, sqldb.SQLite))
	tree, r := c.Net.Tree(), rand.New(rand.NewPCG(7, 7))
	for range 60 {
		var matters []*admission.Matter
		objected := map[string][]string{}
		for i := range 1 + r.IntN(6) {
			m := &admission.Matter{ID: string(rune('a' + i)), Content: c.Content()}
			if r.IntN(2) == 0 {
				m.Content = c.Visiting()
				m.Rotation = 1 + r.IntN(4)
			}
			m.Level = []network.Level{network.Cell, network.Cell, network.Group}[r.IntN(3)]
			if r.IntN(3) == 0 {
				m.UnitIDs = []string{c.Villages[r.IntN(2)], c.Cells[r.IntN(4)]}
			}
			if r.IntN(3) == 0 {
				m.Months = []int{1 + r.IntN(12)}
			}
			if r.IntN(4) == 0 {
				objected[m.ID] = []string{c.Villages[r.IntN(2)]}
			}
			matters = append(matters, m)
		}
		month := admission.Month("2026-12")
		load := admission.LoadOf(tree, nil, month, matters, objected)
		total := 0
		for _, u := range tree.Subtree(tree.Root()) {
			want := 0
			for _, m := range matters {
				against := false
				for _, id := range objected[m.ID] {
					against = against || tree.Contains(id, u.ID)
				}
				if m.Due(month) && m.Covers(tree, u) && tree.LeadOf(u.ID) != nil && !against {
					want += m.LeadMinutes(u.Households, month)
				}
			}
			total += want
			if got := load.Asked(u.ID); got != want {
				t.Fatalf("%s is asked %d, want %d", u.Code, got, want)
			}
		}
		if sum := load.Under(tree.RootID()); sum.Minutes != total {
			t.Errorf("%d minutes in all, want %d", sum.Minutes, total)
		}
	}
}
