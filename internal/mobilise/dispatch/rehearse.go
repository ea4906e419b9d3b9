package dispatch

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"bilin/internal/errs"
	"bilin/internal/mobilise"
)

// errRehearsal is said to a job about a rehearsal, which has none: whoever made
// it by hand must not have a city told by its real gateways.
var errRehearsal = errors.New("dispatch: a rehearsal is told only by the program that asked for it")

// Rehearse tells the people of a rehearsal until it has ended and nothing is
// left to be sent, or until Stop. It is for the program that asked for it,
// whose routes lead to nobody.
func (s *Service) Rehearse(ctx context.Context, orderID string) error {
	o, err := mobilise.ReadOrder(ctx, s.o.DB.Reader(), orderID)
	if err != nil {
		return err
	}
	if !o.IsRehearsal() {
		return errs.E(errs.Conflict, "order.no_rehearsal")
	}
	group, ctx := errgroup.WithContext(ctx)
	done := make(chan struct{})
	group.Go(func() error {
		defer close(done)
		_, err := s.work(ctx, orderID)
		return err
	})
	group.Go(func() error { return s.rehearseDoors(ctx, orderID, done) })
	return group.Wait()
}

// rehearseDoors does what the jobs of other orders do.
func (s *Service) rehearseDoors(ctx context.Context, orderID string, done <-chan struct{}) error {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return nil
		case <-ctx.Done():
			return nil // what ended it is the other's to say
		case <-tick.C:
		}
		if _, err := s.tellDoors(ctx, orderID); err != nil {
			return err
		}
	}
}
