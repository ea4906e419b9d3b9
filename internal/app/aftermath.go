package app

import (
	"context"

	"bilin/internal/doorcard"
	"bilin/internal/mobilise/report"
	"bilin/internal/mobiliseweb/reportweb"
	"bilin/internal/web"
)

// Aftermath is what remains of an order to learn from.
type Aftermath struct{ Afterwards *report.Service }

func (a *App) wireAftermath() {
	a.Afterwards = report.New(report.Options{
		DB: a.DB, Orders: a.Orders, Tree: a.Network.Tree, Policy: a.Policy, Objectives: a.objectives, RollCall: a.rollCallOf, Now: a.Now,
	})
}

func (a *App) reportModule(server *web.Server) web.Module {
	return reportweb.New(server, a.Afterwards, a.Network.Tree, doorcard.New(a.Now)).Module()
}

// objectives are those of an order's board.
func (a *App) objectives(ctx context.Context, orderID string) ([]report.Objective, error) {
	list, err := a.Boards.Objectives(ctx, orderID)
	var out []report.Objective
	for i := range list {
		o := &list[i]
		x := report.Objective{Name: o.Name, Unit: o.Unit, Start: float64(o.Start), Target: float64(o.Target), Last: float64(o.Current()), ReachedAt: o.DoneAt(), Deadline: o.Deadline}
		for _, p := range o.Curve() {
			x.Points = append(x.Points, report.Point{At: p.At, Value: float64(p.Value)})
		}
		out = append(out, x)
	}
	return out, err
}

// rollCallOf is the roll-call that belonged to an order.
func (a *App) rollCallOf(ctx context.Context, orderID string) (*report.RollCall, error) {
	call, t, err := a.Rollcalls.OfOrder(ctx, orderID)
	if err != nil || call == nil {
		return nil, err
	}
	r := &report.RollCall{Expected: t.Expected, Safe: t.Safe, Help: t.Help, Helped: t.Helped, NotReached: t.NotReached}
	curve, err := a.Rollcalls.Curve(ctx, call.ID)
	for _, p := range curve {
		r.Curve = append(r.Curve, report.Point{At: p.At, Value: float64(p.Reported)})
	}
	return r, err
}
