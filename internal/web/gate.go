package web

import (
	"context"
	"time"

	"bilin/internal/errs"
)

// patience is how long a request waits for a place before it is turned away.
const patience = 2 * time.Second

// gate bounds the requests in work. A quarter of the places is kept for
// emergency routes, which are therefore the last to be turned away.
type gate struct {
	common  chan struct{}
	reserve chan struct{}
}

func newGate(places int) *gate {
	kept := max(1, places/4)
	return &gate{common: make(chan struct{}, max(1, places-kept)), reserve: make(chan struct{}, kept)}
}

// enter takes a place and returns how to give it back.
func (g *gate) enter(ctx context.Context, route Route) (leave func(), err error) {
	if route.Stream {
		return func() {}, nil
	}
	var reserve chan struct{} // nil is never ready
	if route.Emergency {
		reserve = g.reserve
	}
	select { // the usual case, without a timer
	case g.common <- struct{}{}:
		return func() { <-g.common }, nil
	default:
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case g.common <- struct{}{}:
		return func() { <-g.common }, nil
	case reserve <- struct{}{}:
		return func() { <-g.reserve }, nil
	case <-timer.C:
		return nil, errs.E(errs.Unavailable, "web.overloaded", "seconds", 5)
	case <-ctx.Done():
		return nil, errs.Wrap(ctx.Err(), errs.Unavailable, "web.overloaded", "seconds", 5)
	}
}
