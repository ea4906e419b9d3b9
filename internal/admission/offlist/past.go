package offlist

import (
	"context"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// Past is a report with what became of it.
type Past struct {
	Report
	Reporter string    // account id of whoever reported
	At       time.Time // when
	State    State     // "" is Open
	Summary  string
	Decided  time.Time // zero while open
}

// Store writes reports with their past: for the demo city, so only for a
// System actor.
func (s *Service) Store(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, past ...Past) error {
	if !actor.System {
		return auth.Denied(actor)
	}
	var rows []row
	for _, p := range past {
		if s.o.Network.Tree().ByID(p.UnitID) == nil {
			return errs.Refuse("unit", "offlist.no_unit")
		}
		cmd, err := p.check(max(p.Day, p.At.Format(time.DateOnly)))
		if err != nil {
			return err
		}
		r, err := s.row(ctx, tx, p.Reporter, cmd, p.At)
		if err != nil {
			return err
		}
		if p.State != "" {
			r.State, r.Summary, r.DecidedAt = p.State, p.Summary, p.Decided
		}
		rows = append(rows, r)
	}
	return insert(ctx, tx, rows...)
}
