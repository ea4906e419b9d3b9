package network

import (
	"context"
	"maps"
	"slices"

	"bilin/internal/sqldb"
)

// Places is told in which units households came, went or changed their
// address, as part of the command.
type Places interface {
	Touch(ctx context.Context, tx *sqldb.Tx, unitIDs []string) error
}

// Follow sets who is told. Call it before the service is used.
func (s *Service) Follow(p Places) { s.places = p }

// store adds a command's changes to the units' counters, and has the search
// follow them.
func (w *work) store(ctx context.Context, counts counters) error {
	err := counts.store(ctx, w.tx, w.rev)
	if err != nil || w.s.places == nil {
		return err
	}
	return w.s.places.Touch(ctx, w.tx, slices.Sorted(maps.Keys(counts)))
}
