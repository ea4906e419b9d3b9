package situation

import "context"

// Objectives lists an order's objectives with their curves. It asks for no
// right: whoever reports on the order did.
func (s *Service) Objectives(ctx context.Context, orderID string) ([]Objective, error) {
	return readObjectives(ctx, s.o.DB.Reader(), orderID)
}
