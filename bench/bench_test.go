package bench_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bilin/bench"
	"bilin/internal/cli"
)

// programEnv makes this test binary the program that is measured.
const programEnv = "BILIN_BENCH_PROGRAM"

func TestMain(m *testing.M) {
	if bench.Client() {
		return
	}
	if os.Getenv(programEnv) != "" {
		os.Exit(cli.Run(os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// TestRun measures a small city for moments: what it prints is worth nothing,
// but each row must work, and nothing acknowledged may be lost.
func TestRun(t *testing.T) {
	t.Setenv(programEnv, "1")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var table strings.Builder
	o := bench.Options{
		Rows: []string{"import", "pages", "raise", "steps", "due", "care", "order", "answers", "reach", "find", "screens", "boards", "start"}, Scale: 0.01, Data: dir, Program: self,
		Round: 100 * time.Millisecond, Rest: 10 * time.Millisecond, Screens: 50, Out: &table, Log: io.Discard, Format: bench.Markdown,
	}
	if err := bench.Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	for _, row := range []string{"import of 4681 households", "a list of 25", "64 clients", "a transfer over HTTP", "a resolve over HTTP", "fall due", "that nobody reported", "a lead's contacts", "durable with their receipts", "each by its own call", "answers by link", "connections carry", "written, sent and public", "an order while a notice", "a list of 25 of a village", "find your lead", "50 open screens", "50 open boards", "memory at rest"} {
		if !strings.Contains(table.String(), row) {
			t.Errorf("no row of %q in\n%s", row, table.String())
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, "run-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestUnknownRow(t *testing.T) {
	o := bench.Options{Rows: []string{"weather"}, Data: t.TempDir(), Out: io.Discard, Log: io.Discard}
	if err := bench.Run(context.Background(), o); err == nil {
		t.Error("a row that isn't there is measured")
	}
}
