package sqldb

import (
	"context"
	"errors"
	"io"
)

// Bulk fills an empty database of the current schema with whole tables, as a
// restore does: indexes and references are made anew at the end, which checks
// them. Nothing else may use the database, and if it fails, what is there is of
// no use. The database must not be open.
type Bulk interface {
	// Load adds rows to a table. They come as lines in PostgreSQL's COPY text format.
	Load(ctx context.Context, t Table, lines io.Reader) error
	// Finish makes indexes and references, and checks the whole.
	Finish(ctx context.Context) error
	// Close ends the work, whether it was finished or not.
	Close() error
}

// errDangling: a row refers to one that isn't there.
var errDangling = errors.New("sqldb: a row refers to another that is missing")

// OpenBulk begins to fill a database that has been migrated and holds nothing but
// what the migrations put there; that is taken away first.
func OpenBulk(ctx context.Context, cfg Config, tables []Table) (Bulk, error) {
	if cfg.URL != "" {
		return openPostgresBulk(ctx, cfg.URL, tables)
	}
	return openSQLiteBulk(ctx, cfg.Dir, tables)
}

// remade is an index or reference that is taken away and made again.
type remade struct{ drop, make string }
