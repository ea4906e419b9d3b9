package mobilise_test

import (
	"context"
	"slices"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/mobilisetest"
	"bilin/internal/sqldb"
)

// Orders say what they make of their alert when they are proposed and when they
// go out, and an alert's no leaves no order.
func TestWhatOrdersMakeOfAlerts(t *testing.T) {
	each(t, mobilise.AloneLimit+1, func(t *testing.T, c *mobilisetest.City) {
		var uses []mobilise.AlertUse
		var no error
		orders := mobilise.New(c.Options(func(_ context.Context, _ *sqldb.Tx, _ auth.Actor, u mobilise.AlertUse) error {
			uses = append(uses, u)
			return no
		}))
		t.Cleanup(orders.Stop)
		propose := func(unit string, kind mobilise.Kind, roles ...auth.Role) (*mobilise.Order, error) {
			return orders.Propose(t.Context(), c.Command, mobilise.Propose{Key: sqldb.NewID(), Kind: kind, Hazard: mobilise.Ice, Words: c.Words(), AlertID: "a",
				Audience: mobilise.Audience{UnitIDs: []string{unit}, Roles: roles}})
		}
		wants := func(what string, want ...mobilise.AlertUse) {
			t.Helper()
			if !slices.Equal(uses, want) {
				t.Errorf("%s: %+v", what, uses)
			}
			uses = nil
		}
		_, err := propose(c.Group, mobilise.Real, auth.LinkedOfficial)
		if err != nil {
			t.Fatal(err)
		}
		wants("at once", mobilise.AlertUse{ID: "a", Proposed: true, Issued: true})
		o, err := propose(c.Town, mobilise.Drill, auth.Lead)
		if err != nil {
			t.Fatal(err)
		}
		wants("proposed", mobilise.AlertUse{ID: "a", Drill: true, Proposed: true})
		if _, err := orders.Approve(t.Context(), c.Office, mobilise.Command{Number: o.Number}); err != nil {
			t.Fatal(err)
		}
		wants("approved", mobilise.AlertUse{ID: "a", Drill: true, Issued: true})
		if o, err = propose(c.Town, mobilise.Real, auth.Lead); err != nil {
			t.Fatal(err)
		}
		if _, err := orders.Refuse(t.Context(), c.Office, mobilise.Command{Number: o.Number, Note: "不必"}); err != nil {
			t.Fatal(err)
		}
		wants("refused", mobilise.AlertUse{ID: "a", Proposed: true})
		no = errs.E(errs.Conflict, "alert.why.withdrawn")
		_, err = propose(c.Group, mobilise.Real, auth.LinkedOfficial)
		wantCode(t, "withdrawn", err, errs.Conflict, "alert.why.withdrawn")
		list, err := orders.ByAlert(t.Context(), "a")
		if err != nil || len(list) != 3 {
			t.Errorf("%d orders, %v", len(list), err)
		}
	})
}
