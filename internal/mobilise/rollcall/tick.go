package rollcall

import (
	"context"
	"errors"

	"bilin/internal/auth"
	"bilin/internal/sqldb"
)

// eraseRows is how many rows one transaction erases, so that reports of another
// roll-call don't wait for it.
const eraseRows = 4000

// Tick ends roll-calls that nobody ended, and erases the rows of those whose
// time has come. What it begins and doesn't finish, the next one does.
func (s *Service) Tick(ctx context.Context) error {
	clock := auth.System("rollcall")
	calls, err := readCalls(ctx, s.o.DB.Reader(), `state <> 'erased' OR erased_at = 0 ORDER BY opened_at, id LIMIT $1`, mostOpen)
	if err != nil {
		return err
	}
	for _, c := range calls {
		switch c.due(s.o.Now()) {
		case Closed:
			if c.IsOpen() {
				err = errors.Join(err, s.o.DB.Write(ctx, func(tx *sqldb.Tx) error { return s.end(ctx, tx, clock, End{ID: c.ID, Version: c.Version}) }))
			}
		case Erased:
			err = errors.Join(err, s.erase(ctx, clock, c))
		}
	}
	return err
}

// erase first takes the rows from every page, then deletes them.
func (s *Service) erase(ctx context.Context, clock auth.Actor, c *Call) error {
	c.State = Erased
	c.Version++
	if err := s.o.DB.Write(ctx, func(tx *sqldb.Tx) error { return updateCall(ctx, tx, c) }); err != nil {
		return err
	}
	for n := int64(1); n > 0; {
		err := s.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
			n, err = eraseSome(ctx, tx, c.ID, eraseRows)
			return err
		})
		if err != nil {
			return err
		}
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM rollcall_cells WHERE call_id = $1`, c.ID)
		if err != nil {
			return err
		}
		c.ErasedAt = s.o.Now()
		if err := updateCall(ctx, tx, c); err != nil {
			return err
		}
		return s.record(ctx, tx, clock, "rollcall.erase", c.ID, c.UnitID, nil)
	})
}
