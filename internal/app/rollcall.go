package app

import (
	"context"
	"time"

	"bilin/internal/auth"
	"bilin/internal/homeweb"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/rollcall"
	"bilin/internal/mobiliseweb/rollweb"
	"bilin/internal/sqldb"
	"bilin/internal/web"
)

// wireRollcall makes the roll-calls, which may belong to orders.
func (a *App) wireRollcall() { a.Rollcalls = a.rollcallsAt(a.Now) }

// rollcallsAt returns them with a clock of their own.
func (a *App) rollcallsAt(now func() time.Time) *rollcall.Service {
	return rollcall.New(rollcall.Options{
		DB: a.DB, Network: a.Network, Policy: a.Policy, Audit: a.Audit, Live: a.Live, Now: now, Order: a.orderOfRollcall, First: a.askedFirst,
		Note: func(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, c *rollcall.Call) error {
			e := mobilise.Event{At: now(), Kind: "rollcall_opened", Text: c.Reason, ActorID: actor.ID(), Actor: actor.Name}
			if !c.IsOpen() {
				e.Kind, e.Text = "rollcall_closed", "" // said once, and perhaps erased since
			}
			return mobilise.AddEvent(ctx, tx, c.OrderID, e)
		},
	})
}

func (a *App) orderOfRollcall(ctx context.Context, actor auth.Actor, number string) (rollcall.Order, error) {
	o, _, err := a.Orders.Get(ctx, actor, number)
	if err != nil {
		return rollcall.Order{}, err
	}
	return rollcall.Order{ID: o.ID, Number: o.Number, UnitID: o.UnitID, Drill: o.IsDrill(), Live: o.Live(), Person: o.Hazard == mobilise.Missing, Rehearsal: o.IsRehearsal()}, nil
}

// scheduleRollcall ends what nobody ended, and erases what has had its time.
func (a *App) scheduleRollcall() { a.Jobs.Every("rollcall.tick", time.Hour, a.Rollcalls.Tick) }

func (a *App) rollcallModule(server *web.Server) web.Module {
	return rollweb.New(server, a.Rollcalls, a.Network, a.Now).Module()
}

// rollcallHome is what start pages say of open roll-calls.
func (a *App) rollcallHome() homeweb.Section { return homeweb.Rollcalls{Service: a.Rollcalls} }
