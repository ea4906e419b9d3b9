package network

import (
	"context"

	"bilin/internal/auth"
)

// Claims returns the other cells that have a household on their list.
func (s *Service) Claims(ctx context.Context, actor auth.Actor, h Household) ([]*Unit, error) {
	if err := s.policy.Can(actor, ActHouseholds, auth.Object{UnitID: h.UnitID}); err != nil {
		return nil, err
	}
	claims, err := claimsOf(ctx, s.db.Reader(), []Household{h})
	if err != nil {
		return nil, err
	}
	t := s.Tree()
	var out []*Unit
	for _, id := range claims[h.ID] {
		if u := t.Current(t.ByID(id)); u != nil {
			out = append(out, u)
		}
	}
	return out, nil
}
