package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"bilin/internal/app"
	"bilin/internal/config"
)

// lifted is a limit of requests a minute that no measurement reaches. It is an
// ordinary setting: what a gateway of the operator's own would be given.
const lifted = 10_000_000

// city returns a copy of the demo city, which the run may write to. The city is
// made once and kept.
func (r *run) city(ctx context.Context, name string) (string, error) {
	from := r.City
	if from == "" {
		from = filepath.Join(r.Data, fmt.Sprintf("city-%g", r.Scale))
		if _, err := os.Stat(filepath.Join(from, "demo.json")); errors.Is(err, os.ErrNotExist) {
			if err := r.makeCity(ctx, from); err != nil {
				return "", err
			}
		}
	}
	dir := filepath.Join(r.dir, name)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil // an earlier row's copy
	}
	r.say("  a copy of the city in %s", from)
	return dir, copyDir(from, dir)
}

func (r *run) makeCity(ctx context.Context, dir string) error {
	r.say("  making the demo city in %s; later runs use it again, remove it to have it made anew", dir)
	if err := os.RemoveAll(dir); err != nil { // what an interrupted run left
		return err
	}
	cmd := exec.CommandContext(ctx, r.Program, "demo", "--scale", fmt.Sprint(r.Scale), "--data", dir, "--log-level", "warn") //nolint:gosec // the program to measure is the caller's choice
	cmd.Stderr = r.Log
	return cmd.Run()
}

// copyDir copies a data directory of a program that isn't running. Keys stay
// closed to others.
func copyDir(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o700)
		}
		return copyFile(path, filepath.Join(to, rel))
	})
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// open opens a copy of the city in this process.
func (r *run) open(ctx context.Context, dir string) (*app.App, error) {
	cfg := config.Default()
	cfg.Dir, cfg.PublicRate = dir, lifted
	return app.Open(ctx, cfg, quietLog())
}

// discard reads what is left, so that a connection can be used again.
func discard(body io.ReadCloser) error {
	_, err := io.Copy(io.Discard, body)
	return errors.Join(err, body.Close())
}
