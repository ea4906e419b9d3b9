package report

import (
	"context"
	"sync"
	"time"

	"bilin/internal/mobilise"
)

// Figures are the same for all readers, and are made once for them.
const (
	freshLive  = 3 * time.Second
	freshFinal = 10 * time.Minute // gateways may still report
	mostKept   = 32
)

// kept are an order's figures.
type kept struct {
	mu      sync.Mutex
	version int
	at      time.Time
	f       *Figures
}

func (k *kept) fresh(o *mobilise.Order, now time.Time) bool {
	limit := freshLive
	if !o.Live() && now.Sub(o.EndedAt) > freshFinal {
		limit = freshFinal
	}
	return k.f != nil && k.version == o.Version && now.Sub(k.at) < limit
}

// figures returns an order's figures, no older than a moment.
func (s *Service) figures(ctx context.Context, o *mobilise.Order) (*Figures, error) {
	k := s.keep(o.ID)
	k.mu.Lock()
	defer k.mu.Unlock()
	now := s.o.Now()
	if k.fresh(o, now) {
		return k.f, nil
	}
	d, err := s.read(ctx, o)
	if err != nil {
		return nil, err
	}
	k.version, k.at, k.f = o.Version, now, Compute(o, d, now)
	return k.f, nil
}

func (s *Service) keep(id string) *kept {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.kept[id]
	if k == nil {
		if len(s.kept) >= mostKept {
			clear(s.kept)
		}
		k = &kept{}
		s.kept[id] = k
	}
	return k
}
