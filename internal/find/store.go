package find

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"bilin/internal/sqldb"
)

// Bounds of what one question reads.
const (
	maxStems    = 60
	maxPlaces   = 1500
	maxExact    = 200
	placesQuery = `SELECT unit_id, stem, households, low, high FROM place WHERE `
)

// stemsLike returns the stems that share most grams with the question.
func stemsLike(ctx context.Context, q sqldb.Querier, grams []string) ([]string, error) {
	var args []any
	in := list(&args, grams)
	args = append(args, maxStems)
	var stems []string
	err := each(ctx, q, func(rows *sql.Rows) error {
		var stem string
		var n int
		if err := rows.Scan(&stem, &n); err != nil {
			return err
		}
		stems = append(stems, stem)
		return nil
	}, fmt.Sprintf(`SELECT stem, count(*) AS hits FROM place_gram WHERE gram IN (%s) GROUP BY stem
		ORDER BY hits DESC, length(stem), stem LIMIT $%d`, in, len(args)), args...)
	if err != nil {
		return nil, fmt.Errorf("find: stems: %w", err)
	}
	return stems, nil
}

// placesNamed returns places of those names; with a number, only those whose
// houses reach it.
func placesNamed(ctx context.Context, q sqldb.Querier, stems []string, number int) ([]Place, error) {
	if len(stems) == 0 {
		return nil, nil
	}
	var args []any
	where := `stem IN (` + list(&args, stems) + `)`
	if number > 0 {
		args = append(args, number, number)
		where += fmt.Sprintf(` AND low <= $%d AND high >= $%d`, len(args)-1, len(args))
	}
	args = append(args, maxPlaces)
	return readPlaces(ctx, q, where+fmt.Sprintf(` LIMIT $%d`, len(args)), args)
}

// placesIn returns the places of units.
func placesIn(ctx context.Context, q sqldb.Querier, unitIDs []string) ([]Place, error) {
	var all []Place
	for part := range slices.Chunk(unitIDs, 500) {
		var args []any
		places, err := readPlaces(ctx, q, `unit_id IN (`+list(&args, part)+`)`, args)
		if err != nil {
			return nil, err
		}
		all = append(all, places...)
	}
	return all, nil
}

func readPlaces(ctx context.Context, q sqldb.Querier, where string, args []any) ([]Place, error) {
	var places []Place
	err := each(ctx, q, func(rows *sql.Rows) error {
		var p Place
		err := rows.Scan(&p.UnitID, &p.Stem, &p.Households, &p.Low, &p.High)
		places = append(places, p)
		return err
	}, placesQuery+where, args...)
	if err != nil {
		return nil, fmt.Errorf("find: places: %w", err)
	}
	return places, nil
}

// door is a household's place in its unit: enough to see that a house is there.
type door struct{ unitID, key string }

// doorsAt returns households whose folded address begins with key, those of
// exactly that address first.
func doorsAt(ctx context.Context, q sqldb.Querier, key string) ([]door, error) {
	return readDoors(ctx, q, `address_key >= $1 AND address_key < $2 AND state = 'active' ORDER BY address_key LIMIT $3`,
		key, key+"\U0010FFFF", maxExact)
}

// doorsIn returns the addresses in units.
func doorsIn(ctx context.Context, q sqldb.Querier, unitIDs []string) ([]door, error) {
	if len(unitIDs) == 0 {
		return nil, nil
	}
	var args []any
	return readDoors(ctx, q, `unit_id IN (`+list(&args, unitIDs)+`) AND state = 'active'`, args...)
}

func readDoors(ctx context.Context, q sqldb.Querier, where string, args ...any) ([]door, error) {
	var doors []door
	err := each(ctx, q, func(rows *sql.Rows) error {
		var d door
		err := rows.Scan(&d.unitID, &d.key)
		doors = append(doors, d)
		return err
	}, `SELECT unit_id, address_key FROM household WHERE `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("find: doors: %w", err)
	}
	return doors, nil
}
