package app_test

import (
	"context"
	"slices"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/demo"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/rollcall"
)

// An order's timeline says once why there is a roll-call, not again at its end.
func TestTheEndOfARollCallRepeatsNoReason(t *testing.T) {
	a, _ := city(t)
	ctx := context.Background()
	if _, err := a.BuildDemo(ctx, demo.Options{Dir: a.Config.Dir, Seed: 1, Scale: 0.001}); err != nil {
		t.Fatal(err)
	}
	calls, _, err := a.Rollcalls.Calls(ctx, auth.System("test"), nil)
	i := slices.IndexFunc(calls, func(c *rollcall.Call) bool { return c.IsOpen() && c.OrderID != "" })
	if err != nil || i < 0 {
		t.Fatalf("no open roll-call of an order among %d, %v", len(calls), err)
	}
	if err := a.Rollcalls.Close(ctx, auth.System("test"), rollcall.End{Key: "k", ID: calls[i].ID}); err != nil {
		t.Fatal(err)
	}
	events, err := a.Orders.Events(ctx, calls[i].OrderID, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]string{}
	for _, e := range events {
		said[e.Kind] = e.Text
	}
	if said["rollcall_opened"] != calls[i].Reason || said["rollcall_closed"] != "" || !slices.ContainsFunc(events, func(e mobilise.Event) bool { return e.Kind == "rollcall_closed" }) {
		t.Errorf("%q", said)
	}
}
