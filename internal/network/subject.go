package network

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// UnitOfHousehold returns the unit a household is in, also after it left.
func UnitOfHousehold(ctx context.Context, q sqldb.Querier, id string) (unitID string, err error) {
	err = q.QueryRowContext(ctx, `SELECT unit_id FROM household WHERE id = $1`, id).Scan(&unitID)
	if errors.Is(err, sql.ErrNoRows) {
		return "", errs.E(errs.NotFound, "network.no_household")
	}
	if err != nil {
		return "", fmt.Errorf("network: unit of a household: %w", err)
	}
	return unitID, nil
}
