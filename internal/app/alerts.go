package app

import (
	"context"
	"time"

	"bilin/internal/auth"
	"bilin/internal/geo"
	"bilin/internal/homeweb"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/alert"
	"bilin/internal/mobiliseweb/alertweb"
	"bilin/internal/web"
)

// Alerting is what takes alerts in.
type Alerting struct {
	Alerts *alert.Service
}

// wireAlerts makes it, and refuses feeds that could never be asked.
func (a *App) wireAlerts() (err error) {
	a.Alerts, err = a.alertsAt(a.Now)
	return err
}

// alertsAt returns the alerts with a clock of their own.
func (a *App) alertsAt(now func() time.Time) (*alert.Service, error) {
	return alert.New(alert.Options{
		DB: a.DB, Tree: a.Network.Tree, Policy: a.Policy, Audit: a.Audit, Live: a.Live, Now: now, Logger: a.Log,
		OrdersFrom: a.ordersFromAlert, Feeds: a.Config.CapFeeds, Allow: a.Config.CapAllow,
	})
}

func (a *App) ordersFromAlert(ctx context.Context, alertID string) ([]alert.OrderRef, error) {
	orders, err := a.Orders.ByAlert(ctx, alertID)
	out := make([]alert.OrderRef, 0, len(orders))
	for _, o := range orders {
		out = append(out, alert.OrderRef{Number: o.Number, Title: o.Title, State: string(o.State), Drill: o.IsDrill()})
	}
	return out, err
}

// scheduleAlerts asks the feeds, and erases what has had its time.
func (a *App) scheduleAlerts() {
	if a.Alerts.HasFeeds() {
		a.Jobs.Every("alerts.poll", time.Minute, a.Alerts.Poll)
	}
	a.Jobs.Every("alerts.sweep", time.Hour, a.Alerts.Sweep)
}

func (a *App) alertModule(server *web.Server) web.Module {
	return alertweb.New(server, alertweb.Options{
		Alerts: a.Alerts, Tree: a.Network.Tree, Policy: a.Policy, Now: a.Now,
		Outline: func(ctx context.Context) (geo.Shape, error) {
			return geo.LoadOutline(ctx, a.DB.Reader(), a.Network.Tree().RootID())
		},
		MayOrder: func(actor auth.Actor) bool { return a.Policy.May(actor, mobilise.ActIssue) },
	}).Module()
}

// alertsHome is what start pages say of alerts that wait.
func (a *App) alertsHome() homeweb.Section {
	return homeweb.Alerts{Service: a.Alerts, Policy: a.Policy}
}
