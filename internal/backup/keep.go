package backup

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"bilin/internal/errs"
)

// The server's own backups are named by the time they were begun.
const (
	ownPrefix = "bilin-"
	ownSuffix = ".backup"
	ownLayout = "20060102-150405"
)

// ToDir writes a backup into a directory of the server's own backups, and
// deletes the oldest of them beyond keep; 0 keeps all. Other files stay.
func ToDir(ctx context.Context, dir string, keep int, o Options) (name string, s Summary, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", s, errs.Wrap(err, errs.Invalid, "backup.no_out", "file", dir)
	}
	clearParts(dir)
	name = filepath.Join(dir, ownPrefix+o.Now().UTC().Format(ownLayout)+ownSuffix)
	if s, err = ToFile(ctx, name, o); err != nil {
		return name, s, err
	}
	return name, s, prune(dir, keep)
}

func prune(dir string, keep int) error {
	names, err := own(dir)
	if err != nil || keep <= 0 || len(names) <= keep {
		return err
	}
	for _, name := range names[:len(names)-keep] {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("backup: delete an old one: %w", err)
		}
	}
	return syncDir(dir)
}

// own are the server's own backups in a directory, oldest first.
func own(dir string) (names []string, err error) {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		stamp, ok := strings.CutPrefix(e.Name(), ownPrefix)
		stamp, ok2 := strings.CutSuffix(stamp, ownSuffix)
		if _, err := time.Parse(ownLayout, stamp); ok && ok2 && err == nil {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, err
}

// clearParts removes what a server that was killed left half written.
func clearParts(dir string) {
	parts, _ := filepath.Glob(filepath.Join(dir, "."+ownPrefix+"*"+ownSuffix+".part-*"))
	for _, name := range parts {
		_ = os.Remove(name) // the next run tries again
	}
}
