package network

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"bilin/internal/sqldb"
)

// HomesOfPeople returns the households that people are known to live in, by
// person: for rules that keep somebody from deciding on their own.
func HomesOfPeople(ctx context.Context, q sqldb.Querier, ids []string) (map[string]string, error) {
	out := make(map[string]string, len(ids))
	for part := range slices.Chunk(ids, lookupRows) {
		var args []any
		err := each(ctx, q, func(rows *sql.Rows) error {
			var id, home string
			err := rows.Scan(&id, &home)
			out[id] = home
			return err
		}, `SELECT id, household_id FROM person WHERE household_id IS NOT NULL AND id IN (`+list(&args, part)+`)`, args...)
		if err != nil {
			return nil, fmt.Errorf("network: homes of people: %w", err)
		}
	}
	return out, nil
}

// PeopleOfHome returns who of the registry is known to live in a household.
func PeopleOfHome(ctx context.Context, q sqldb.Querier, householdID string) (ids []string, err error) {
	err = each(ctx, q, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	}, `SELECT id FROM person WHERE household_id = $1 ORDER BY id`, householdID)
	if err != nil {
		return nil, fmt.Errorf("network: people of a home: %w", err)
	}
	return ids, nil
}
