package sqldb

import (
	"context"
	"fmt"
)

// claimTable marks a PostgreSQL schema that is being filled: a city that isn't
// whole yet, which nobody may open.
const claimTable = "bilin_being_restored"

// ClaimEmpty marks an empty schema as being filled. A schema that was marked
// before and never finished is emptied first. It reports false, and changes
// nothing, if there is something else in it.
func (db *DB) ClaimEmpty(ctx context.Context) (mine bool, err error) {
	marked, err := db.BeingRestored(ctx)
	if err != nil {
		return false, err
	}
	if marked {
		if err := db.Discard(ctx); err != nil {
			return false, err
		}
	}
	var tables int
	err = db.reader.QueryRowContext(ctx, `SELECT count(*) FROM pg_class
		WHERE relkind IN ('r', 'p', 'v', 'm', 'S') AND relnamespace = current_schema()::regnamespace`).Scan(&tables)
	if err != nil || tables > 0 {
		return false, err
	}
	if _, err := db.reader.ExecContext(ctx, `CREATE TABLE `+claimTable+` (at BIGINT NOT NULL)`); err != nil {
		return false, fmt.Errorf("sqldb: claim: %w", err)
	}
	return true, nil
}

// BeingRestored reports whether the schema is marked as being filled.
func (db *DB) BeingRestored(ctx context.Context) (bool, error) {
	if db.engine != Postgres {
		return false, nil
	}
	return db.hasTable(ctx, db.reader, claimTable)
}

// EndClaim takes the mark away: what is there is a city.
func (db *DB) EndClaim(ctx context.Context) error {
	_, err := db.reader.ExecContext(ctx, `DROP TABLE `+claimTable)
	return err
}

// Discard drops every table of a schema that is marked, the mark last.
func (db *DB) Discard(ctx context.Context) error {
	marked, err := db.BeingRestored(ctx)
	if err != nil || !marked {
		return err
	}
	rows, err := db.reader.QueryContext(ctx, `SELECT relname FROM pg_class
		WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace AND relname <> $1`, claimTable)
	if err != nil {
		return err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return err
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, name := range append(names, claimTable) {
		if _, err := db.reader.ExecContext(ctx, `DROP TABLE `+quoted(name)+` CASCADE`); err != nil {
			return fmt.Errorf("sqldb: discard: %w", err)
		}
	}
	return nil
}
