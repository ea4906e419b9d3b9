package app

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"bilin/internal/errs"
	"bilin/internal/seal"
)

// keyMark is the row that says which keys a database was sealed with.
const keyMark = "seal.fingerprint"

// keysThere refuses a city whose keys are missing, before anything is written:
// new ones would open nothing, and stand in the way of those that do.
func (a *App) keysThere(ctx context.Context) error {
	is, err := a.DB.HasTable(ctx, "meta")
	if err != nil || !is {
		return err
	}
	_, err = keptKeys(ctx, a.DB.Reader(), keyMark)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // a new city
	}
	if err != nil {
		return err
	}
	if missing := a.missingKeyFiles(); len(missing) > 0 {
		return errs.E(errs.Conflict, "app.keys_gone", "file", missing[0], "dir", a.Config.Dir)
	}
	return nil
}

// missingKeyFiles are the key files that a city which was sealed and signed must have.
func (a *App) missingKeyFiles() (missing []string) {
	there := func(name string) bool {
		_, err := os.Stat(name)
		return !errors.Is(err, fs.ErrNotExist)
	}
	if name := filepath.Join(a.Config.Keys(), seal.KeyFile); !there(name) {
		missing = append(missing, name)
	}
	signing := filepath.Join(a.Config.Dir, "audit", "key")
	if there(signing+".pub") && !there(signing) {
		missing = append(missing, signing)
	}
	return missing
}
