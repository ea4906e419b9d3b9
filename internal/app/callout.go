package app

import (
	"context"
	"strings"
	"time"

	"bilin/internal/auth"
	"bilin/internal/gateway"
	"bilin/internal/job"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/dispatch"
	"bilin/internal/sqldb"
)

// Callout is what calls people out and tells them.
type Callout struct {
	Orders   *mobilise.Service
	Dispatch *dispatch.Service
	Voice    gateway.Bulk // nil: nobody can be called; one for all who call, so that together they keep the gateway's rate
	Calling  *job.Runner  // tells orders' people: nothing else holds it up
	callable callable
}

// startCallout goes on with the orders that are open.
func (a *App) startCallout(ctx context.Context) error { return a.Calling.Start(ctx) }

// stopCallout lets the answers that came be written, and orders rest.
func (a *App) stopCallout(ctx context.Context) error {
	a.Dispatch.Stop()
	err := a.Calling.Stop(ctx)
	a.Orders.Stop()
	return err
}

// wireCallout makes the orders and what tells their people.
func (a *App) wireCallout() (err error) {
	a.Orders = a.ordersAt(a.Now)
	routes, err := a.routes()
	if err != nil {
		return err
	}
	o := dispatch.Options{DB: a.DB, Orders: a.Orders, Tree: a.Network.Tree, Phones: a.Network, Pushes: a.Push, Routes: routes, Live: a.Live,
		Groups:    dispatch.Groups{Team: a.Teams.GroupURL, City: a.Config.GroupURLs, Allow: a.Config.GatewayAllow},
		PublicURL: strings.TrimRight(a.Config.BaseURL(), "/"), Now: a.Now, Logger: a.Log}
	if a.Dispatch, err = dispatch.New(o); err != nil {
		return err
	}
	// A short lease: after a crash nobody waits for longer than that to be told.
	a.Calling = job.NewRunner(a.DB, a.Log, job.Options{Now: a.Now, Workers: callingWorkers, MaxAttempts: callingTries, Lease: callingLease, Poll: time.Second,
		Rest: a.resting(false, func() *job.Runner { return a.Calling })})
	a.Dispatch.Register(a.Calling)
	return nil
}

const (
	callingWorkers = 2000    // orders at the same time; one that waits costs a look at its row now and then
	callingTries   = 1 << 30 // nobody is forgotten because a program was killed often
	callingLease   = 5 * time.Second
)

// ordersAt returns the orders with a clock of their own.
func (a *App) ordersAt(now func() time.Time) *mobilise.Service {
	return mobilise.New(mobilise.Options{DB: a.DB, Network: a.Network, People: &a.callable, Policy: a.Policy, Audit: a.Audit, Live: a.Live, Sealer: a.Sealer, UseAlert: a.useAlert(now), Now: now, Logger: a.Log})
}

// useAlert tells the alert that an order is made of, by a clock of its own.
// Alerts are made after orders, so they are looked up when it comes to that.
func (a *App) useAlert(now func() time.Time) func(context.Context, *sqldb.Tx, auth.Actor, mobilise.AlertUse) error {
	return func(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, u mobilise.AlertUse) error {
		return a.Alerts.At(now).Use(ctx, tx, actor, u)
	}
}

// routes are the channels that are set up.
func (a *App) routes() (map[mobilise.Channel]dispatch.Route, error) {
	c := a.Config
	routes := map[mobilise.Channel]dispatch.Route{}
	if a.SMS != nil {
		routes[mobilise.SMS] = dispatch.Route{Sender: a.SMS, Repeats: true, Pace: c.GatewayRate}
	}
	if c.VoiceURL != "" {
		var err error
		if a.Voice, err = gateway.NewHTTP(gateway.Config{Kind: gateway.Voice, URL: c.VoiceURL, Token: c.VoiceToken, Allow: c.GatewayAllow, Rate: c.VoiceRate}); err != nil {
			return nil, err
		}
		routes[mobilise.Voice] = dispatch.Route{Sender: a.Voice, Repeats: true, Pace: c.VoiceRate}
	}
	a.pushRoute(routes)
	return routes, nil
}

// callable are the people of the other slices who can be called out.
type callable struct {
	members func(ctx context.Context, ids []string) ([]mobilise.Called, error)
	units   func(ctx context.Context) (map[string]string, error)
	away    func(ctx context.Context, at time.Time) (map[string]bool, error)
	skilled func(ctx context.Context, skills []string) ([]mobilise.Called, error)
}

func (c *callable) Members(ctx context.Context, ids []string) ([]mobilise.Called, error) {
	return c.members(ctx, ids)
}

func (c *callable) TeamUnits(ctx context.Context, _ []string) (map[string]string, error) {
	return c.units(ctx)
}

func (c *callable) AwayOn(ctx context.Context, at time.Time) (map[string]bool, error) {
	return c.away(ctx, at)
}

func (c *callable) Skilled(ctx context.Context, skills []string) ([]mobilise.Called, error) {
	return c.skilled(ctx, skills)
}
