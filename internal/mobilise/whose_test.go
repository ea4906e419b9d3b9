package mobilise_test

import (
	"testing"

	"bilin/internal/errs"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/mobilisetest"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// The command's order to one village's people is the command's: the village sees
// it, and can neither reword nor end it. Its own it can.
func TestAnOrderIsItsProposers(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := mobilisetest.New(t, db, 3)
		village := func(p *mobilise.Propose) { p.Audience.UnitIDs = []string{c.Village} }
		o, err := c.Order(c.Command, village)
		if err != nil {
			t.Fatal(err)
		}
		_, may, err := c.Orders.Get(t.Context(), c.Hall, o.Number)
		if err != nil || may.Cancel || may.Correct || may.Close {
			t.Errorf("the village may %+v, %v", may, err)
		}
		for name, do := range map[string]func() error{
			"cancels": func() error {
				_, err := c.Orders.Cancel(t.Context(), c.Hall, mobilise.Command{Number: o.Number, Note: "不去了"})
				return err
			},
			"rewords": func() error {
				w := c.Words()
				w.Where = "别处"
				_, err := c.Orders.Correct(t.Context(), c.Hall, mobilise.Command{Number: o.Number}, w)
				return err
			},
		} {
			if err := do(); errs.KindOf(err) != errs.Forbidden {
				t.Errorf("the village %s it: %v", name, err)
			}
		}
		own, err := c.Order(c.Hall, village)
		if err != nil {
			t.Fatal(err)
		}
		if _, may, err := c.Orders.Get(t.Context(), c.Hall, own.Number); err != nil || !may.Cancel {
			t.Errorf("its own: %+v, %v", may, err)
		}
		if _, err := c.Orders.Cancel(t.Context(), c.TownHall, mobilise.Command{Number: own.Number, Note: "镇里统一安排"}); err != nil {
			t.Errorf("whoever stands above it: %v", err)
		}
	})
}
