package network

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"bilin/internal/sqldb"
)

// HomeOf is the household that a person of the registry lives in, "" where
// that isn't known.
func HomeOf(ctx context.Context, q sqldb.Querier, personID string) (householdID string, err error) {
	var home sql.NullString
	err = q.QueryRowContext(ctx, `SELECT household_id FROM person WHERE id = $1`, personID).Scan(&home)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("network: home: %w", err)
	}
	return home.String, nil
}
