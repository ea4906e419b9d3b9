package app

import (
	"context"
	"errors"
	"net"
	"time"

	"bilin/internal/errs"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/dispatch"
	"bilin/internal/mobilise/report"
)

// Rehearsing is the city while this program rehearses an order in it: its pages
// at an address of this machine, and orders that go where the rehearsal says.
type Rehearsing struct {
	*App
	Told *dispatch.Service
	Then *report.Service
	URL  string // of the pages
}

// Rehearse runs fn beside the city's pages. Orders have a clock of their own,
// and their people are told by routes. Nothing else of the city is done here:
// no job is taken, no message sent; that is left to the program that serves it.
func (a *App) Rehearse(ctx context.Context, now func() time.Time, routes map[mobilise.Channel]dispatch.Route, fn func(context.Context, *Rehearsing) error) (err error) {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return errs.Wrap(err, errs.Unavailable, "app.no_listen", "addr", "127.0.0.1:0")
	}
	r := &Rehearsing{App: a, URL: "http://" + ln.Addr().String()}
	a.Config.Addr, a.Config.PublicURL, a.Config.TLSCert, a.Config.TLSKey = ln.Addr().String(), "", "", ""
	a.Config.PublicRate = rehearsalRate
	a.Orders = a.ordersAt(now)
	r.Told, err = dispatch.New(dispatch.Options{DB: a.DB, Orders: a.Orders, Tree: a.Network.Tree, Phones: a.Network, Routes: routes, Live: a.Live,
		PublicURL: r.URL, Now: now, Look: rehearsalLook, Logger: a.Log})
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	r.Then = report.New(report.Options{DB: a.DB, Orders: a.Orders, Tree: a.Network.Tree, Policy: a.Policy, Now: now})
	server, err := a.Server()
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	if err := a.startPages(context.WithoutCancel(ctx)); err != nil {
		return errors.Join(err, ln.Close())
	}
	serving, end := context.WithCancel(context.WithoutCancel(ctx))
	served := make(chan error, 1)
	go func() { served <- server.Serve(serving, ln) }()
	inner, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	over := make(chan error, 1)
	go func() { over <- fn(inner, r) }()
	select {
	case err = <-over:
		end()
		err = errors.Join(err, <-served)
	case failed := <-served: // the pages are gone: nobody could answer any more
		stop(failed)
		err = errors.Join(failed, <-over)
	}
	end()
	return errors.Join(err, a.stopPages(r))
}

// rehearsalRate lifts the limits per address: thirty thousand people answer
// from this machine's.
const rehearsalRate = 10_000_000

// rehearsalLook is how often the order is looked at: time may run a thousand
// times as fast.
const rehearsalLook = 20 * time.Millisecond

// startPages begins what pages need, and nothing that works by itself.
func (a *App) startPages(ctx context.Context) error {
	a.Audit.Start(ctx)
	a.Live.Start(ctx)
	return errors.Join(a.Network.Start(ctx), a.Calendar.Start(ctx), a.Catalog.Start(ctx), a.Duties.Start(ctx), a.Emergency.Start(ctx))
}

func (a *App) stopPages(r *Rehearsing) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	r.Told.Stop()
	a.Orders.Stop()
	a.Network.Stop()
	a.stopDemands()
	a.Duties.Stop()
	a.Emergency.Stop()
	return a.Live.Stop(ctx)
}
