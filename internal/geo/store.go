package geo

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"time"

	"bilin/internal/i18n"
	"bilin/internal/sqldb"
)

//go:embed messages.json
var rawMessages []byte

// Messages are this package's words.
var Messages = i18n.MustParse(rawMessages)

// SaveOutline checks a GeoJSON outline and stores it as that of a unit, in place of an earlier one.
func SaveOutline(ctx context.Context, tx *sqldb.Tx, unitID string, raw []byte, at time.Time) error {
	if _, err := ParseOutline(raw); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO outline (unit_id, geojson, updated_at) VALUES ($1, $2, $3)
		ON CONFLICT (unit_id) DO UPDATE SET geojson = excluded.geojson, updated_at = excluded.updated_at`,
		unitID, string(raw), sqldb.Millis(at))
	if err != nil {
		return fmt.Errorf("geo: save outline: %w", err)
	}
	return nil
}

// LoadOutline returns the outline of a unit, nil if none was stored.
func LoadOutline(ctx context.Context, q sqldb.Querier, unitID string) (Shape, error) {
	var raw string
	err := q.QueryRowContext(ctx, `SELECT geojson FROM outline WHERE unit_id = $1`, unitID).Scan(&raw)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("geo: load outline: %w", err)
	}
	return ParseOutline([]byte(raw))
}
