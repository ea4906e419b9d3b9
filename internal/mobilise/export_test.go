package mobilise

import (
	"context"
	"time"
)

// What tests look at without a database.
var (
	TakeOpen     = takeOpen
	CheckWords   = Words.check
	CheckMissing = MissingPerson.check
)

// EraseOne erases one order as a Tick would that has read it before.
func (s *Service) EraseOne(ctx context.Context, id string) error {
	return s.eraseOne(ctx, id, s.o.Now())
}

// Change has one receipt changed together with others that come at the same time.
func (s *Service) Change(ctx context.Context, orderID string, n int, fn func(o *Order, r *Receipt, now time.Time) error) error {
	return s.answers.do(ctx, orderID, n, fn)
}
