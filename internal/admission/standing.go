package admission

import (
	"context"
	"slices"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// Standing returns the matter that care contacts belong to in a month, or nil.
func (s *Service) Standing(ctx context.Context, q sqldb.Querier, month Month) (*Matter, error) {
	running, err := s.Running(ctx, q, month)
	return standing(running, month), err
}

func standing(running []*Matter, month Month) *Matter {
	i := slices.IndexFunc(running, func(m *Matter) bool { return m.Standing && m.Due(month) })
	if i < 0 {
		return nil
	}
	return running[i]
}

// Owed says what is owed to households on the care list in a month, in minutes by
// cell: nothing while no matter for it runs.
func (s *Service) Owed(ctx context.Context, q sqldb.Querier, month Month, unitIDs []string) (map[string]int, error) {
	if s.opt.Owed == nil {
		return nil, nil
	}
	m, err := s.Standing(ctx, q, month)
	if err != nil || m == nil {
		return nil, err
	}
	return s.opt.Owed(ctx, q, string(month), unitIDs)
}

// owing reserves in a load what is owed, if a matter for it is among those.
func (s *Service) owing(ctx context.Context, q sqldb.Querier, l *Load, matters []*Matter) error {
	if s.opt.Owed == nil || standing(matters, l.month) == nil {
		return nil
	}
	owed, err := s.opt.Owed(ctx, q, string(l.month), nil)
	if err == nil {
		l.Owing(owed)
	}
	return err
}

// admitStanding lets care contacts go before everything else, and keeps them one matter.
func (s *Service) admitStanding(ctx context.Context, q sqldb.Querier, m *Matter) error {
	m.Priority = 0
	list, err := many(ctx, q, `state = 'admitted' AND emergency = 0 AND from_day <= $1 AND until_day >= $2`, m.Until, m.From)
	if slices.ContainsFunc(list, func(o *Matter) bool { return o.Standing && o.ID != m.ID }) {
		return errs.E(errs.Conflict, "matter.standing_already")
	}
	return err
}
