package backup

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"bilin/internal/errs"
)

// ToFile writes a backup into a new file for the owner only, which is there
// whole or not at all.
func ToFile(ctx context.Context, name string, o Options) (s Summary, err error) {
	if _, err := os.Lstat(name); err == nil {
		return s, errs.E(errs.Conflict, "backup.exists", "file", name)
	}
	dir := filepath.Dir(name)
	f, err := os.CreateTemp(dir, "."+filepath.Base(name)+".part-*") // made with mode 0600
	if err != nil {
		return s, errs.Wrap(err, errs.Invalid, "backup.no_out", "file", name)
	}
	defer os.Remove(f.Name()) // linked under its true name, or of no use
	s, err = Write(ctx, f, o)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return s, explain(err, name)
	}
	if err := os.Link(f.Name(), name); errors.Is(err, fs.ErrExist) {
		return s, errs.Wrap(err, errs.Conflict, "backup.exists", "file", name)
	} else if err != nil {
		return s, explain(err, name)
	}
	return s, syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
