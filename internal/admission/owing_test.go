package admission_test

import (
	"testing"

	"bilin/internal/admission"
	"bilin/internal/admission/admissiontest"
	"bilin/internal/network"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// What is owed fills months and makes none too full: only matters can.
func TestWhatIsOwedFillsAMonth(t *testing.T) {
	c := admissiontest.New(t, sqldbtest.Open(t, sqldb.SQLite))
	tree := c.Net.Tree()
	m := &admission.Matter{ID: "m", Content: c.Visiting()} // 90 minutes of each lead
	load := admission.LoadOf(tree, nil, admissiontest.Next, nil, nil).Owing(map[string]int{c.Cells[0]: 200, c.Cells[1]: 60, c.Cells[3]: 60})
	for cell, want := range []int{200, 60, 0, 0} { // nobody leads the last
		if got := load.Asked(c.Cells[cell]); got != want {
			t.Errorf("cell %d owes %d, want %d", cell, got, want)
		}
	}
	with := load.With(m)
	for cell, want := range []int{admission.DefaultBudget, 150, 90, 0} {
		if got := with.Asked(c.Cells[cell]); got != want {
			t.Errorf("cell %d is asked %d, want %d", cell, got, want)
		}
	}
	if sum := with.Under(c.Root); sum.Over != 0 || sum.Leads != 3 || sum.Minutes != admission.DefaultBudget+150+90 || len(with.Over()) != 0 {
		t.Errorf("%+v", sum)
	}
	m.Content.Minutes = 200
	if over := load.With(m).Over(); len(over) != 3 {
		t.Errorf("%d over by matters alone", len(over))
	}
	if n := len(tree.Units(network.Cell)); n != 4 {
		t.Errorf("%d cells", n)
	}
}

// The review of the matter of care contacts shows what it costs.
func TestThePreviewOfCareShowsWhatIsOwed(t *testing.T) {
	c := admissiontest.New(t, sqldbtest.Open(t, sqldb.SQLite))
	c.Owed = map[string]int{c.Cells[0]: 60, c.Cells[1]: 15}
	p, err := c.Matters.Preview(t.Context(), c.Water, c.Standing())
	if err != nil || p.People != 2 || p.Minutes != 75 || p.Homes != 0 {
		t.Errorf("%+v, %v", p, err)
	}
	// Without a matter for it, nothing is reserved.
	p, err = c.Matters.Preview(t.Context(), c.Water, c.Content())
	if err != nil || p.Before.Minutes != 0 {
		t.Errorf("%+v, %v", p, err)
	}
	c.Admitted(c.Standing())
	p, err = c.Matters.Preview(t.Context(), c.Water, c.Content())
	if err != nil || p.Before.Minutes != 75 || p.After.Over != 0 {
		t.Errorf("%+v, %v", p, err)
	}
}
