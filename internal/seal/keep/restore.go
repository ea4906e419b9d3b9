package keep

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"

	"bilin/internal/errs"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
)

// loadAtOnce is how many lines of the store go in together.
const loadAtOnce = 500

// RestoreOptions say where keys go.
type RestoreOptions struct {
	DB               *sqldb.DB // the city's data, restored before
	KeysDir, DataDir string
	Identities       []age.Identity
	Now              time.Time
}

// Restore brings a city's keys back from a backup into a directory that has
// none. Keys that the data's ledger says are destroyed are destroyed again. A
// backup that is too old is refused.
func Restore(ctx context.Context, in io.Reader, o RestoreOptions) (s Summary, err error) {
	if err := empty(o.KeysDir); err != nil {
		return s, err
	}
	plain, err := age.Decrypt(in, o.Identities...)
	if err != nil {
		return s, errs.Wrap(err, errs.Invalid, "seal.keep.no_key")
	}
	zip, err := gzip.NewReader(plain)
	if err != nil {
		return s, damaged(err)
	}
	draft := o.KeysDir + ".restoring"
	if err := errors.Join(os.RemoveAll(draft), os.MkdirAll(draft, 0o700)); err != nil {
		return s, err
	}
	defer os.RemoveAll(draft)
	r := restoring{o: o, dir: draft, in: json.NewDecoder(bufio.NewReader(zip))}
	if err := r.run(ctx); err != nil {
		return r.sum, err
	}
	return r.sum, os.Rename(draft, o.KeysDir)
}

func damaged(err error) error { return errs.Wrap(err, errs.Invalid, "seal.keep.damaged") }

// empty refuses a directory that holds keys: they may be the only ones.
func empty(dir string) error {
	_, err := os.Stat(filepath.Join(dir, seal.KeyFile))
	if err == nil {
		return errs.E(errs.Conflict, "seal.keep.has_keys", "dir", dir)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errs.Wrap(err, errs.Conflict, "seal.keep.has_keys", "dir", dir)
	}
	return nil
}

// restoring is a restore under way.
type restoring struct {
	o     RestoreOptions
	dir   string
	in    *json.Decoder
	sum   Summary
	vault *seal.Vault
	lines []seal.Record
	audit []byte // the key that signs the audit record
}

func (r *restoring) run(ctx context.Context) (err error) {
	defer func() {
		if r.vault != nil {
			err = errors.Join(err, r.vault.Close())
		}
	}()
	for n := 0; ; n++ {
		var l line
		if err := r.in.Decode(&l); err != nil {
			return damaged(err)
		}
		if l.End > 0 {
			if l.End != n {
				return damaged(errors.New("lines are missing"))
			}
			return r.finish(ctx)
		}
		if err := r.take(ctx, n, l); err != nil {
			return err
		}
	}
}

func (r *restoring) take(ctx context.Context, n int, l line) error {
	switch {
	case n == 0:
		r.sum.Made = time.UnixMilli(l.Made)
		if l.Format != format {
			return damaged(errors.New("another format"))
		}
		if tooOld(r.sum.Made, r.o.Now) {
			return errs.E(errs.Invalid, "seal.keep.too_old", "days", Days)
		}
		return nil
	case l.File == "audit/key":
		r.audit = l.Data
		return nil
	case l.File != "":
		name, ok := strings.CutPrefix(l.File, "keys/")
		if !ok || name != filepath.Base(name) {
			return damaged(errors.New("a file of another place"))
		}
		return os.WriteFile(filepath.Join(r.dir, name), l.Data, 0o600)
	case l.Record == nil:
		return damaged(errors.New("an empty line"))
	}
	if l.Record.Why == "" {
		r.sum.Keys++
	} else {
		r.sum.Erased++
	}
	if r.lines = append(r.lines, *l.Record); len(r.lines) < loadAtOnce {
		return nil
	}
	return r.load(ctx)
}

// load puts the lines into the store. The files came before them.
func (r *restoring) load(ctx context.Context) error {
	if r.vault == nil {
		if _, err := os.Stat(filepath.Join(r.dir, seal.KeyFile)); err != nil {
			return damaged(err)
		}
		keys, err := seal.Open(r.dir)
		if err != nil {
			return err
		}
		if r.vault, err = seal.OpenVault(ctx, seal.Options{DB: r.o.DB, Keys: keys}); err != nil {
			return err
		}
	}
	err := r.vault.Load(ctx, r.lines)
	r.lines = r.lines[:0]
	return err
}

func (r *restoring) finish(ctx context.Context) error {
	if err := r.load(ctx); err != nil {
		return err
	}
	if _, err := r.vault.Replay(ctx); err != nil {
		return err
	}
	if r.audit == nil {
		return nil
	}
	name := filepath.Join(r.o.DataDir, "audit", "key")
	if _, err := os.Stat(name); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	return os.WriteFile(name, r.audit, 0o600)
}
