// Package keep backs up the key store, apart from the data, for seven days and no longer.
package keep

import (
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
)

const (
	// Days is how long a backup of keys may be kept: after that, what was erased
	// can't come back.
	Days = 7
	// Suffix is how the name of such a backup ends, so that it can be told from
	// one of the data, and old ones be found.
	Suffix = ".keys.age"

	format = 1
)

// line is one line of a backup: the head, a file, a record of the store, the end.
type line struct {
	Format int          `json:"format,omitempty"`
	Made   int64        `json:"made,omitempty"` // milliseconds
	File   string       `json:"file,omitempty"`
	Data   []byte       `json:"data,omitempty"`
	Record *seal.Record `json:"record,omitempty"`
	End    int          `json:"end,omitempty"` // how many lines came before
}

// Summary is what a backup holds.
type Summary struct {
	Made         time.Time
	Keys, Erased int
	Pruned       []string // backups that were older than they may be, and are gone
}

// source is where the keys are.
type source struct {
	vault *seal.Vault
	files map[string]string // by name in the backup
}

// files are the small ones that go along: the city's keys, and the key that
// signs the audit record. The store itself goes line by line.
func files(keysDir, dataDir string) (map[string]string, error) {
	out := map[string]string{}
	entries, err := os.ReadDir(keysDir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		n := e.Name()
		if !e.Type().IsRegular() || strings.HasPrefix(n, seal.VaultFile) || strings.HasSuffix(n, ".lock") || strings.HasPrefix(n, seal.KeyFile+".") {
			continue
		}
		out["keys/"+n] = filepath.Join(keysDir, n)
	}
	signing := filepath.Join(dataDir, "audit", "key")
	if _, err := os.Stat(signing); err == nil {
		out["audit/key"] = signing
	}
	return out, nil
}

// Backup writes the keys of a city into a file that only the recipients open,
// and removes backups of keys in the file's directory that are too old.
func Backup(ctx context.Context, out string, vault *seal.Vault, keysDir, dataDir string, to []age.Recipient, now time.Time) (s Summary, err error) {
	if err := mayWrite(out, keysDir, dataDir); err != nil {
		return s, err
	}
	src := source{vault: vault}
	if src.files, err = files(keysDir, dataDir); err != nil {
		return s, err
	}
	if s, err = write(ctx, out, src, to, now); err != nil {
		return s, err
	}
	s.Pruned, err = Prune(filepath.Dir(out), now)
	return s, err
}

// mayWrite refuses names that Prune wouldn't find, and places that a backup of
// the data would carry along.
func mayWrite(out, keysDir, dataDir string) error {
	if !strings.HasSuffix(out, Suffix) || strings.HasPrefix(filepath.Base(out), ".") {
		return errs.E(errs.Invalid, "seal.keep.name", "suffix", Suffix)
	}
	full, err := filepath.Abs(out)
	if err != nil {
		return err
	}
	for _, dir := range []string{keysDir, dataDir} {
		at, err := filepath.Abs(dir)
		if err != nil {
			return err
		}
		if rel, err := filepath.Rel(at, full); err == nil && rel != ".." && !strings.HasPrefix(rel, "../") {
			return errs.E(errs.Invalid, "seal.keep.inside", "dir", dir)
		}
	}
	return nil
}

// write makes the file beside its place and renames it when it is whole.
func write(ctx context.Context, out string, src source, to []age.Recipient, now time.Time) (s Summary, err error) {
	f, err := os.CreateTemp(filepath.Dir(out), ".keys-*")
	if err != nil {
		return s, errs.Wrap(err, errs.Invalid, "seal.keep.no_out", "file", out)
	}
	defer os.Remove(f.Name())
	s, err = pack(ctx, f, src, to, now)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return s, err
	}
	err = errors.Join(os.Chtimes(f.Name(), now, now), os.Rename(f.Name(), out)) // Prune goes by the time
	if err != nil {
		return s, err
	}
	d, err := os.Open(filepath.Dir(out))
	if err != nil {
		return s, err
	}
	return s, errors.Join(d.Sync(), d.Close())
}

func pack(ctx context.Context, out io.Writer, src source, to []age.Recipient, now time.Time) (s Summary, err error) {
	s.Made = now
	sealed, err := age.Encrypt(out, to...)
	if err != nil {
		return s, err
	}
	zip := gzip.NewWriter(sealed)
	lines, enc := 0, json.NewEncoder(zip)
	put := func(l line) error {
		lines++
		return enc.Encode(l)
	}
	if err := put(line{Format: format, Made: now.UnixMilli()}); err != nil {
		return s, err
	}
	for name, path := range src.files {
		raw, err := os.ReadFile(path)
		if err != nil {
			return s, err
		}
		if err := put(line{File: name, Data: raw}); err != nil {
			return s, err
		}
	}
	err = src.vault.Dump(ctx, func(r seal.Record) error {
		if r.Why == "" {
			s.Keys++
		} else {
			s.Erased++
		}
		return put(line{Record: &r})
	})
	if err == nil {
		err = enc.Encode(line{End: lines})
	}
	return s, errors.Join(err, zip.Close(), sealed.Close())
}

// Prune removes backups of keys in a directory that are older than they may be,
// and returns their names.
func Prune(dir string, now time.Time) (pruned []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || !strings.HasSuffix(e.Name(), Suffix) {
			continue
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return pruned, err
		}
		if !tooOld(info.ModTime(), now) {
			continue
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
			return pruned, err
		}
		pruned = append(pruned, e.Name())
	}
	return pruned, nil
}

func tooOld(made, now time.Time) bool { return now.Sub(made) > Days*24*time.Hour }
