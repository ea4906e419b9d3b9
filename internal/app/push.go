package app

import (
	"bilin/internal/gateway"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/dispatch"
	"bilin/internal/mobilise/push"
	"bilin/internal/mobiliseweb/pushweb"
	"bilin/internal/web"
)

// Pushing is what notifies browsers.
type Pushing struct {
	Push *push.Service
}

// wirePush makes it, and refuses groups that could never be told: an order is
// no time to find out.
func (a *App) wirePush() (err error) {
	for _, address := range a.Config.GroupURLs {
		if _, err := gateway.NewGroup(address, a.Config.GatewayAllow); err != nil {
			return err
		}
	}
	a.Push, err = push.New(push.Options{
		DB: a.DB, Policy: a.Policy, Sealer: a.Sealer, Audit: a.Audit, KeysDir: a.Config.Keys(), Contact: a.Config.PushContact(), Allow: a.Config.PushAllow,
		Now: a.Now, Logger: a.Log,
	})
	return err
}

// pushRoute lets orders go out by push, if push services can know us.
func (a *App) pushRoute(routes map[mobilise.Channel]dispatch.Route) {
	if a.Push.Ready() {
		// A push service knows no ids: a notification that may have been shown isn't sent again.
		routes[mobilise.Push] = dispatch.Route{Sender: a.Push}
	}
}

// pushModule is the page on which people choose it.
func (a *App) pushModule(server *web.Server) web.Module { return pushweb.New(server, a.Push).Module() }
