package backup

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// workName begins the name of the directory that a city is brought back in
// before it takes its place.
const workName = ".restoring-"

// mayBeThere is what may lie in the data directory of a city that is brought
// back: the keys, which come from their own backup, are best put there first.
var mayBeThere = []string{"keys", "audit", "lost+found"}

// target is where a city is brought back: a work directory inside the data
// directory, and on PostgreSQL the schema, which is marked until all is proved.
type target struct {
	dir, work, url string
	schema         bool // the schema is ours to clear
}

// openTarget refuses a place that has a city.
func openTarget(ctx context.Context, o RestoreOptions) (t target, err error) {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return t, errs.Wrap(err, errs.Invalid, "backup.no_dir", "dir", o.Dir)
	}
	t = target{dir: o.Dir, url: o.URL}
	if err := t.empty(); err != nil {
		return t, err
	}
	if t.url != "" {
		if err := t.claimSchema(ctx); err != nil {
			return t, err
		}
	}
	if t.work, err = os.MkdirTemp(t.dir, workName); err != nil {
		return t, errs.Wrap(err, errs.Invalid, "backup.no_dir", "dir", o.Dir)
	}
	return t, nil
}

// empty looks at the directory, and removes what a restore that was killed left.
func (t *target) empty() error {
	entries, err := os.ReadDir(t.dir)
	if err != nil {
		return errs.Wrap(err, errs.Invalid, "backup.no_dir", "dir", t.dir)
	}
	for _, e := range entries {
		name := e.Name()
		switch {
		case strings.HasPrefix(name, workName):
			if err := os.RemoveAll(filepath.Join(t.dir, name)); err != nil {
				return err
			}
		case !slices.Contains(mayBeThere, name):
			return errs.E(errs.Conflict, "backup.not_empty", "dir", t.dir, "name", name)
		}
	}
	if !notThere(filepath.Join(t.dir, checkpointsName)) {
		return errs.E(errs.Conflict, "backup.not_empty", "dir", t.dir, "name", checkpointsName)
	}
	return nil
}

func (t *target) claimSchema(ctx context.Context) (err error) {
	db, err := sqldb.Open(ctx, sqldb.Config{URL: t.url})
	if err != nil {
		return errs.Wrap(err, errs.Unavailable, "backup.no_db")
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	mine, err := db.ClaimEmpty(ctx)
	if err != nil {
		return err
	}
	if !mine {
		return errs.E(errs.Conflict, "backup.not_empty_db")
	}
	t.schema = true
	return nil
}

// config names the database that is being filled.
func (t *target) config() sqldb.Config {
	if t.url != "" {
		return sqldb.Config{URL: t.url}
	}
	return sqldb.Config{Dir: t.work}
}

func (t *target) withLogger(log *slog.Logger) sqldb.Config {
	c := t.config()
	c.Logger = log
	return c
}

// prepare makes the schema of a version and returns its tables.
func (t *target) prepare(ctx context.Context, version int64) (tables []sqldb.Table, err error) {
	db, err := sqldb.Open(ctx, t.config())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.MigrateUpTo(ctx, version); err != nil {
		return nil, err
	}
	return db.Tables(ctx, db.Reader())
}

// proofDir is where the record's checkpoints lie while it is proved.
func (t *target) proofDir() string { return t.work }

// lay puts the archive's files into the work directory. Names come from
// outside: only those that we know are written.
func (t *target) lay(files map[string][]byte) error {
	for _, name := range append([]string{checkpointsName}, beside...) {
		content, there := files[name]
		if !there {
			continue
		}
		path := filepath.Join(t.work, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := writeFile(path, content); err != nil {
			return err
		}
	}
	return t.sameVerifier(files[verifierName])
}

// sameVerifier: if the directory has the record's key already, it is this record's.
func (t *target) sameVerifier(public []byte) error {
	there, err := os.ReadFile(filepath.Join(t.dir, verifierName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && strings.TrimSpace(string(there)) != strings.TrimSpace(string(public)) {
		err = errs.E(errs.Conflict, "backup.other_verifier", "file", filepath.Join(t.dir, verifierName))
	}
	return err
}

func writeFile(name string, content []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Sync(), f.Close())
}

// take makes the city what is in the place: files first, the database last, so
// that there is a city only once all of it is there.
func (t *target) take(ctx context.Context, files map[string][]byte) error {
	for _, name := range append([]string{checkpointsName}, beside...) {
		if _, there := files[name]; !there {
			continue
		}
		to := filepath.Join(t.dir, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			return err
		}
		if err := os.Rename(filepath.Join(t.work, name), to); err != nil {
			return err
		}
	}
	if err := errors.Join(syncDir(filepath.Join(t.dir, "audit")), syncDir(t.dir)); err != nil {
		return err
	}
	if t.url != "" {
		return t.releaseSchema(ctx)
	}
	if err := os.Rename(filepath.Join(t.work, sqldb.File), filepath.Join(t.dir, sqldb.File)); err != nil {
		return err
	}
	return syncDir(t.dir)
}

func (t *target) releaseSchema(ctx context.Context) (err error) {
	db, err := sqldb.Open(ctx, sqldb.Config{URL: t.url})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.EndClaim(ctx); err != nil {
		return err
	}
	t.schema = false
	return nil
}

// clear removes the work directory, and a schema that wasn't finished.
func (t *target) clear(ctx context.Context) (err error) {
	if t.schema {
		db, e := sqldb.Open(ctx, sqldb.Config{URL: t.url})
		if e == nil {
			e = errors.Join(db.Discard(ctx), db.Close())
		}
		err = e
	}
	if t.work == "" {
		return err
	}
	return errors.Join(err, os.RemoveAll(t.work))
}
