package outreach

import (
	"context"
	"fmt"

	"bilin/internal/sqldb"
)

// Filled is how far a notice of a demo came in a village.
type Filled struct{ Opened, Told, Met, Reached, Odd int }

// Fill gives a notice that was sent figures without marks, for demo cities: share
// says how far it came in a village, and spread which part of that came in an hour.
func (s *Service) Fill(ctx context.Context, num string, share func(villageID string, households int) Filled, spread func(hour int, way Way) float64) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		n, err := noticeByNumber(ctx, tx, num)
		if err != nil {
			return err
		}
		places, err := placesOf(ctx, tx, n.ID, n.Edition)
		if err != nil {
			return err
		}
		var rows [][]any
		for i, p := range places {
			f := share(p.VillageID, p.Households)
			_, err := tx.ExecContext(ctx, `UPDATE notice_place SET opened = $1, told = $2, met = $3, reached = $4, odd = $5 WHERE notice_id = $6 AND edition = $7 AND village_id = $8`,
				f.Opened, f.Told, f.Met, f.Reached, f.Odd, n.ID, n.Edition, p.VillageID)
			if err != nil {
				return fmt.Errorf("outreach: fill: %w", err)
			}
			rows = append(rows, fillHours(n, p.VillageID, f, spread, float64(i*61%100)/100)...)
		}
		return sqldb.InsertMany(ctx, tx, "notice_hour", hourColumns, rows, "")
	})
}

// fillHours spreads a village's figures over the hours, so that they add up. phase,
// under 1, keeps villages from having their households all in the same hours.
func fillHours(n *Notice, village string, f Filled, spread func(hour int, way Way) float64, phase float64) (rows [][]any) {
	const last = 72
	left, sofar := f, map[Way]float64{}
	part := func(hour int, way Way, all int, left *int) int {
		was := int(sofar[way]*float64(all) + phase)
		sofar[way] += spread(hour, way)
		got := min(max(int(sofar[way]*float64(all)+phase)-was, 0), *left)
		*left -= got
		return got
	}
	all, came := f.Opened+f.Told+f.Met, 0
	for hour := range last {
		opened, told, met := part(hour, Opened, f.Opened, &left.Opened), part(hour, Told, f.Told, &left.Told), part(hour, Met, f.Met, &left.Met)
		if opened+told+met == 0 {
			continue
		}
		before := f.Reached * came / all
		came += opened + told + met
		rows = append(rows, []any{n.ID, n.Edition, village, hour, opened, told, met, f.Reached*came/all - before})
	}
	return rows
}
