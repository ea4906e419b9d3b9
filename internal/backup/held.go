package backup

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"bilin/internal/sqldb"
)

// heldKey is the row of meta that holds back what a city brought back would send.
const heldKey = "backup.held"

// Held says that this city was brought back from a backup, and that what it would
// send has to wait for the administrator: between the backup and the day it was
// brought back, the old one may have sent the same already.
type Held struct {
	MadeAt     time.Time `json:"made_at"`     // of the backup
	RestoredAt time.Time `json:"restored_at"` // here
	Rows       int64     `json:"rows"`
	Head       int64     `json:"head"`
	Mark       string    `json:"mark"`     // ids before it come out of the backup
	Recorded   bool      `json:"recorded"` // the audit record says so
}

// mark writes into a city that was brought back that it was.
func mark(ctx context.Context, db *sqldb.DB, r Restored, now time.Time) error {
	h := Held{MadeAt: r.MadeAt, RestoredAt: now.UTC(), Rows: r.Rows(), Head: r.Head, Mark: sqldb.NewID()}
	return db.Write(ctx, func(tx *sqldb.Tx) error { return put(ctx, tx, h) })
}

func put(ctx context.Context, tx *sqldb.Tx, h Held) error {
	raw, err := json.Marshal(h)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES ($1, $2)
		ON CONFLICT (key) DO UPDATE SET value = excluded.value`, heldKey, string(raw))
	return err
}

// ReadHeld returns what holds the city back, nil if nothing does.
func ReadHeld(ctx context.Context, q sqldb.Querier) (*Held, error) {
	var raw string
	err := q.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = $1`, heldKey).Scan(&raw)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("backup: held: %w", err)
	}
	var h Held
	if err := json.Unmarshal([]byte(raw), &h); err != nil {
		return nil, fmt.Errorf("backup: held: %w", err)
	}
	return &h, nil
}
