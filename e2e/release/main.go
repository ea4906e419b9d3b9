// Command release makes the city that the upgrade test opens, with the binary of the release that is upgraded from.
//
//	go run ./e2e/release -bin OLD/bin/bilin -out internal/app/testdata/release-00028.tar.zst
//
// It builds the smallest demo city, takes away what only makes the file large,
// and packs the data directory as that release left it.
package main

import (
	"archive/tar"
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/klauspost/compress/zstd"
	_ "modernc.org/sqlite" // the driver
)

// less are statements that make the file small; the audit record and what people see stay.
var less = []string{
	`DELETE FROM outcome_value WHERE period < (SELECT max(period) FROM outcome_value) OR unit_id NOT LIKE '%0'`,
	`DELETE FROM task WHERE id NOT IN (SELECT id FROM task ORDER BY id LIMIT 500) AND id NOT IN (SELECT task_id FROM task_mark)`,
	`DELETE FROM outcome_cell WHERE period < (SELECT max(period) FROM outcome_cell) OR unit_id NOT LIKE '%0'`,
	`DELETE FROM task_tally WHERE month < (SELECT max(month) FROM task_tally)`,
	`DELETE FROM old_duty`, `DELETE FROM old_worker`, `DELETE FROM old_grid`,
	`DELETE FROM call_try`, `DELETE FROM rollcall_minute`, `DELETE FROM place_gram`, `DELETE FROM place`, `DELETE FROM once`, `DELETE FROM household_claim`,
	`DELETE FROM household WHERE id NOT IN (SELECT id FROM household ORDER BY id LIMIT 300)`,
}

// ofDemands are the tables with rows of a demand.
var ofDemands = []string{"demand_event", "demand_helper", "demand_follow", "demand_photo", "demand_message", "demand_whistle", "demand_board", "demand_hotline", "demand_hotline_answer"}

// keptDemands is how many demands stay.
const keptDemands = 200

func main() {
	bin := flag.String("bin", "", "binary of the release")
	out := flag.String("out", "", "file to write")
	flag.Parse()
	if err := run(context.Background(), *bin, *out); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, bin, out string) (err error) {
	dir, err := os.MkdirTemp("", "release-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	data := filepath.Join(dir, "data")
	if text, err := exec.CommandContext(ctx, bin, "demo", "--scale", "0.0002", "--seed", "28", "--data", data).CombinedOutput(); err != nil { //nolint:gosec // named by whoever runs this
		return fmt.Errorf("%w: %s", err, text)
	}
	if err := shrink(ctx, filepath.Join(data, "bilin.db")); err != nil {
		return err
	}
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	return errors.Join(pack(f, data), f.Close())
}

func shrink(ctx context.Context, file string) error {
	db, err := sql.Open("sqlite", file)
	if err != nil {
		return err
	}
	statements := slices.Clone(less)
	for _, table := range ofDemands {
		statements = append(statements, `DELETE FROM `+table+` WHERE demand_id NOT IN (SELECT id FROM demand ORDER BY id DESC LIMIT `+strconv.Itoa(keptDemands)+`)`)
	}
	statements = append(statements, `DELETE FROM demand_whistle_call WHERE whistle_id NOT IN (SELECT id FROM demand_whistle)`,
		`DELETE FROM demand WHERE id NOT IN (SELECT id FROM demand ORDER BY id DESC LIMIT `+strconv.Itoa(keptDemands)+`)`, `VACUUM`)
	for _, statement := range statements {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", statement, err), db.Close())
		}
	}
	return db.Close()
}

func pack(out io.Writer, dir string) error {
	zip, err := zstd.NewWriter(out, zstd.WithEncoderLevel(zstd.SpeedBestCompression))
	if err != nil {
		return err
	}
	w := tar.NewWriter(zip)
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(raw))}); err != nil {
			return err
		}
		_, err = w.Write(raw)
		return err
	})
	return errors.Join(err, w.Close(), zip.Close())
}
