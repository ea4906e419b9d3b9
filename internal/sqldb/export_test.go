package sqldb

import "context"

// WriteAnyway writes even while the disk counts as full: how a test makes room.
func (db *DB) WriteAnyway(ctx context.Context, fn func(*Tx) error) error { return db.write(ctx, fn) }
