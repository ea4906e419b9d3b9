package outreach

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// forget drops the pace of an hour ago, and some of what is kept of old notices
// only as long as they are counted: marks, and hours by village.
func (s *Service) forget(ctx context.Context) error {
	old, until := s.now().AddDate(0, 0, -MarkDays), s.now().Add(-time.Hour)
	n, hours, err := s.oldHours(ctx, old)
	if err != nil {
		return err
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM notice_pace WHERE at < $1`, sqldb.MillisOrZero(until)); err != nil {
			return err
		}
		if err := dropMarks(ctx, tx, old); err != nil {
			return err
		}
		return addUp(ctx, tx, n, hours)
	})
}

func dropMarks(ctx context.Context, tx *sqldb.Tx, old time.Time) error {
	list, err := notices(ctx, tx, `WHERE n.sent_at > 0 AND n.sent_at < $1 AND EXISTS (SELECT 1 FROM notice_mark m WHERE m.notice_id = n.id) ORDER BY n.sent_at LIMIT 1`, sqldb.MillisOrZero(old))
	if err != nil || len(list) == 0 {
		return err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM notice_mark WHERE notice_id = $1 AND mark IN (SELECT mark FROM notice_mark WHERE notice_id = $1 ORDER BY mark LIMIT 5000)`, list[0].ID)
	return err
}

// oldHours is a notice that isn't counted any more and whose hours are still by
// village, with them added up by town; nil if there is none. What few did goes: in
// a town's hour it would be told by what is missing from the total.
func (s *Service) oldHours(ctx context.Context, old time.Time) (n *Notice, rows [][]any, err error) {
	q := s.o.DB.Reader()
	list, err := notices(ctx, q, `WHERE n.summed = 0 AND n.sent_at > 0 AND n.sent_at < $1 ORDER BY n.sent_at LIMIT 1`, sqldb.MillisOrZero(old))
	if err != nil || len(list) == 0 {
		return nil, nil, err
	}
	type at struct {
		edition, hour int
		place         string
	}
	type came struct{ opened, told, met, reached int }
	sums := map[at]came{}
	shown, err := s.shownIn(ctx, q, list[0].ID)
	if err != nil {
		return nil, nil, err
	}
	_, err = sqldb.Collect(ctx, q, func(r *sql.Rows, _ *struct{}) error {
		var x at
		var c came
		err := r.Scan(&x.edition, &x.place, &x.hour, &c.opened, &c.told, &c.met, &c.reached)
		if err != nil || !shown[edited{x.edition, x.place}] {
			return err
		}
		if town := s.townOf(x.place); town != "" {
			x.place = town
		}
		sum := sums[x]
		sums[x] = came{sum.opened + c.opened, sum.told + c.told, sum.met + c.met, sum.reached + c.reached}
		return err
	}, `SELECT edition, place_id, hour, opened, told, met, reached FROM notice_hour WHERE notice_id = $1`, list[0].ID)
	for x, c := range sums {
		rows = append(rows, []any{list[0].ID, x.edition, x.place, x.hour, c.opened, c.told, c.met, c.reached})
	}
	return &list[0], rows, err
}

// edited is a place in an edition.
type edited struct {
	edition int
	place   string
}

// shownIn are the places whose figures are shown: villages that aren't too small,
// and towns without any that is, which hours from before they were by village need.
func (s *Service) shownIn(ctx context.Context, q sqldb.Querier, noticeID string) (map[edited]bool, error) {
	out := map[edited]bool{}
	_, err := sqldb.Collect(ctx, q, func(r *sql.Rows, _ *struct{}) error {
		var at edited
		var households int
		err := r.Scan(&at.edition, &at.place, &households)
		out[at] = households >= Few
		if town := s.townOf(at.place); town != "" {
			at.place = town
			was, known := out[at]
			out[at] = households >= Few && (was || !known)
		}
		return err
	}, `SELECT edition, village_id, households FROM notice_place WHERE notice_id = $1`, noticeID)
	return out, err
}

// townOf is the town that a place lies in today; "" if there is none.
func (s *Service) townOf(placeID string) string {
	if town := s.tree().At(s.tree().Current(s.tree().ByID(placeID)), network.Town); town != nil {
		return town.ID
	}
	return ""
}

// addUp puts hours by town in the place of those by village.
func addUp(ctx context.Context, tx *sqldb.Tx, n *Notice, rows [][]any) error {
	if n == nil {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM notice_hour WHERE notice_id = $1`, n.ID); err != nil {
		return fmt.Errorf("outreach: add up: %w", err)
	}
	if err := sqldb.InsertMany(ctx, tx, "notice_hour", hourColumns, rows, ""); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `UPDATE notice SET summed = 1 WHERE id = $1`, n.ID)
	return err
}
