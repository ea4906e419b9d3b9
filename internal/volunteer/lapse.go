package volunteer

import (
	"context"

	"bilin/internal/auth"
	"bilin/internal/sqldb"
)

// lapseRows is how many one transaction ends.
const lapseRows = 100

// Lapse ends and erases the report-ins on which nobody has decided in time.
func (s *Service) Lapse(ctx context.Context) error {
	for n := lapseRows; n == lapseRows; {
		err := s.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
			n, err = s.lapseSome(ctx, tx)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) lapseSome(ctx context.Context, tx *sqldb.Tx) (int, error) {
	now := s.o.Now()
	list, err := read(ctx, tx, `v.state = 'pending' AND v.reported_at <= $1 ORDER BY v.reported_at, v.id LIMIT $2`, sqldb.Millis(now.AddDate(0, 0, -waitDays)), lapseRows)
	if err != nil {
		return 0, err
	}
	ended := 0
	for _, v := range list {
		if !v.Lapse(now) {
			continue
		}
		ended++
		if err := update(ctx, tx, v); err != nil {
			return 0, err
		}
		if err := s.finish(ctx, tx, auth.System("volunteer.clock"), "volunteer.lapse", v); err != nil {
			return 0, err
		}
	}
	return ended, nil
}
