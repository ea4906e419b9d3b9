package app

import (
	"context"
	"time"

	"bilin/internal/auth"
	"bilin/internal/mobilise/mode"
	"bilin/internal/mobilise/rollcall"
	"bilin/internal/mobiliseweb/modeweb"
	"bilin/internal/web"
)

// Mobilisation is what a city does in an emergency.
type Mobilisation struct {
	Emergency *mode.Service
	Rollcalls *rollcall.Service
	Pushing
	Callout
	Situation
	Aftermath
}

func (a *App) wireMobilise(ctx context.Context) (err error) {
	if a.Emergency, err = a.emergencyAt(ctx, a.Now); err != nil {
		return err
	}
	if err := a.wirePush(); err != nil {
		return err
	}
	a.wireRollcall()
	if err := a.wireAlerts(); err != nil {
		return err
	}
	if err := a.wireCallout(); err != nil {
		return err
	}
	a.wireSituation()
	a.wireAftermath()
	return nil
}

func (a *App) emergencyAt(ctx context.Context, now func() time.Time) (*mode.Service, error) {
	return mode.Open(ctx, mode.Options{DB: a.DB, Network: a.Network, Policy: a.Policy, Audit: a.Audit, Live: a.Live, Now: now, Logger: a.Log})
}

// demoEmergency is last winter's ice storm, over for long.
func (a *App) demoEmergency(ctx context.Context) error {
	at := a.demoWinter()
	s, err := a.emergencyAt(ctx, func() time.Time { return at })
	if err != nil {
		return err
	}
	by := auth.System("demo")
	by.Name = "市应急指挥部"
	id, err := s.Declare(ctx, by, mode.Declare{Key: "demo", UnitID: a.Network.Tree().RootID(), Reason: "寒潮冰冻，多处停电、道路结冰。", Hours: 96})
	if err != nil {
		return err
	}
	at = at.Add(71 * time.Hour)
	if err := s.End(ctx, by, mode.End{Key: "demo", ID: id, Note: "气温回升，主要道路通车，供电恢复。"}); err != nil {
		return err
	}
	if err := a.Emergency.Refresh(ctx); err != nil {
		return err
	}
	return a.Emergency.Tick(ctx, func(context.Context, string) error { return nil }) // no list waited then
}

// scheduleMobilise ends what is over and lets routine tasks come back.
func (a *App) scheduleMobilise() {
	a.scheduleRollcall()
	a.scheduleAlerts()
	a.scheduleSituation()
	a.Jobs.Every("order.tick", time.Minute, a.Orders.Tick)
	a.Jobs.Every("order.expire", 10*time.Minute, a.Orders.Expire)
	a.Jobs.Every("emergency.tick", 20*time.Second, func(ctx context.Context) error {
		return a.Emergency.Tick(ctx, func(ctx context.Context, unitID string) error {
			_, err := a.Monthly.Restore(ctx, unitID)
			return err
		})
	})
}

func (a *App) mobiliseModules(server *web.Server) []web.Module {
	return append(a.orderModules(server), modeweb.New(server, a.Emergency, a.Network.Tree, a.bypassed, a.Now).Module(), a.rollcallModule(server), a.alertModule(server), a.pushModule(server), a.situationModule(server), a.reportModule(server))
}

// bypassed lists the emergency permits issued at or under a unit.
func (a *App) bypassed(ctx context.Context, unitID string, from, to time.Time) ([]modeweb.Bypass, error) {
	list, err := a.Admission.Bypassed(ctx, unitID, from, to)
	out := make([]modeweb.Bypass, 0, len(list))
	for _, m := range list {
		out = append(out, modeweb.Bypass{Number: m.Number, Title: m.Title, At: m.DecidedAt, Until: m.EndsAt, Reviewed: !m.ReviewedAt.IsZero()})
	}
	return out, err
}
