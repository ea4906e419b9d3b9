package outreach

import (
	"context"
	"fmt"

	"bilin/internal/network"
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
		towns := map[string]Filled{}
		for _, p := range places {
			f := share(p.VillageID, p.Households)
			_, err := tx.ExecContext(ctx, `UPDATE notice_place SET opened = $1, told = $2, met = $3, reached = $4, odd = $5 WHERE notice_id = $6 AND edition = $7 AND village_id = $8`,
				f.Opened, f.Told, f.Met, f.Reached, f.Odd, n.ID, n.Edition, p.VillageID)
			if err != nil {
				return fmt.Errorf("outreach: fill: %w", err)
			}
			if town := s.tree().At(s.tree().ByID(p.VillageID), network.Town); town != nil {
				sum := towns[town.ID]
				sum.Opened, sum.Told, sum.Met = sum.Opened+f.Opened, sum.Told+f.Told, sum.Met+f.Met
				towns[town.ID] = sum
			}
		}
		return fillHours(ctx, tx, n, towns, spread)
	})
}

// fillHours spreads each town's figures over the hours, so that they add up.
func fillHours(ctx context.Context, tx *sqldb.Tx, n *Notice, towns map[string]Filled, spread func(hour int, way Way) float64) error {
	const last = 72
	var rows [][]any
	for town, f := range towns {
		left := f
		sofar := map[Way]float64{}
		for hour := range last {
			part := func(way Way, all int, left *int) int {
				was := int(sofar[way] * float64(all))
				sofar[way] += spread(hour, way)
				got := min(max(int(sofar[way]*float64(all))-was, 0), *left)
				*left -= got
				return got
			}
			opened, told, met := part(Opened, f.Opened, &left.Opened), part(Told, f.Told, &left.Told), part(Met, f.Met, &left.Met)
			if opened+told+met > 0 {
				rows = append(rows, []any{n.ID, n.Edition, town, hour, opened, told, met})
			}
		}
	}
	return sqldb.InsertMany(ctx, tx, "notice_hour", []string{"notice_id", "edition", "town_id", "hour", "opened", "told", "met"}, rows, "")
}
