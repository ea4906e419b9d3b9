package roster_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bilin/internal/errs"
	"bilin/internal/roster"
	"bilin/internal/sheet"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// manyRows is a roster of n households in cells of ten.
func manyRows(n int) string {
	var b strings.Builder
	b.WriteString(head)
	for i := range n {
		cell := i / 10
		fmt.Fprintf(&b, "430182001001,%d,%d,%d,片长%d,,邻长%d,129%08d,,,H%06d,户主%d,,花明北路%d号,3\n",
			cell/800+1, cell/20%40+1, cell%20+1, cell/800, cell, cell, i, i, i+1)
	}
	return b.String()
}

// TestKilledImportIsTakenUp kills a process with SIGKILL in the middle of an
// import, as often as it takes, and imports the same file again: the city ends
// up as if nothing had happened.
func TestKilledImportIsTakenUp(t *testing.T) {
	if os.Getenv("BILIN_ROSTER_CHILD") != "" {
		child(t)
		return
	}
	for name, cfg := range map[string]sqldb.Config{"sqlite": {Dir: sqldbtest.SQLite(t)}, "postgres": {URL: sqldbtest.Postgres(t)}} {
		t.Run(name, func(t *testing.T) { killAndTakeUp(t, cfg) })
	}
}

func killAndTakeUp(t *testing.T, cfg sqldb.Config) {
	dir, rows := t.TempDir(), manyRows(30_000)
	c := setup(t, sqldbtest.OpenConfig(t, cfg), dir).build(t)
	name := filepath.Join(dir, "roster.csv")
	if err := os.WriteFile(name, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		c.killChild(t, dir, name, cfg)
	}
	between := c.count(t, "household")
	var last roster.Progress
	r, err := c.svc.Import(context.Background(), system, file(rows), roster.Options{Progress: func(p roster.Progress) { last = p }})
	if err != nil || last.Rows != 30_000 {
		t.Fatalf("%s, %+v, %v", summary(r), last, err)
	}
	if between == 0 || between == 30_000 {
		t.Errorf("the kills proved nothing: %d households were there", between)
	}
	if n := c.count(t, "household"); n != 30_000 || r.Done.New != 30_000 {
		t.Fatalf("%d households, done %+v", n, r.Done)
	}
	if cov := c.net.Tree().Coverage(c.net.Tree().RootID()); cov.Covered != 30_000 || cov.Residents != 90_000 {
		t.Fatalf("coverage: %+v", cov)
	}
	fresh := sqlite(t)
	if _, err := fresh.svc.Import(context.Background(), system, file(rows), roster.Options{}); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(c.export(t, sheet.CSV), fresh.export(t, sheet.CSV)) {
		t.Fatal("the city isn't what an undisturbed import makes")
	}
}

// killChild has a process of its own import the file and kills it once more
// has been written.
func (c *town) killChild(t *testing.T, dir, name string, cfg sqldb.Config) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilledImportIsTakenUp$")
	cmd.Env = append(os.Environ(), "BILIN_ROSTER_CHILD="+dir, "BILIN_ROSTER_FILE="+name, "BILIN_ROSTER_URL="+cfg.URL, "BILIN_ROSTER_DB="+cfg.Dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	before := c.count(t, "household")
	deadline := time.Now().Add(60 * time.Second)
	for c.count(t, "household") <= before && time.Now().Before(deadline) {
		time.Sleep(5 * time.Millisecond)
	}
	if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
}

func child(t *testing.T) {
	dir := os.Getenv("BILIN_ROSTER_CHILD")
	db, err := sqldb.Open(context.Background(), sqldb.Config{URL: os.Getenv("BILIN_ROSTER_URL"), Dir: os.Getenv("BILIN_ROSTER_DB")})
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.ReadFile(os.Getenv("BILIN_ROSTER_FILE"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = setup(t, db, dir).svc.Import(context.Background(), system, file(string(f)), roster.Options{})
	t.Log(err)
}

func TestStopAndTakeUp(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c, rows := open(t, db), manyRows(12_000)
		ctx, stop := context.WithCancel(context.Background())
		_, err := c.svc.Import(ctx, system, file(rows), roster.Options{Progress: func(p roster.Progress) {
			if p.Phase == roster.Writing {
				stop()
			}
		}})
		if err == nil {
			t.Fatal("the import wasn't stopped")
		}
		runs, err := c.svc.List(context.Background(), system, "", 10)
		if err != nil || len(runs) != 1 || runs[0].State != roster.Stopped || runs[0].RowsDone == 0 || runs[0].RowsDone == 12_000 {
			t.Fatalf("%+v, %v", runs, err)
		}
		r, err := c.svc.Import(context.Background(), system, file(rows), roster.Options{})
		if err != nil || r.Done.New != 12_000 || c.count(t, "household") != 12_000 || c.count(t, "roster_run") != 1 {
			t.Fatalf("%+v, %v", r.Done, err)
		}
	})
}

func TestOneImportAtATime(t *testing.T) {
	c := sqlite(t)
	var second error
	_, err := c.svc.Import(context.Background(), system, file(manyRows(100)), roster.Options{Progress: func(p roster.Progress) {
		if second == nil {
			_, second = c.svc.Import(context.Background(), system, file(sound), roster.Options{})
		}
	}})
	if err != nil || errs.CodeOf(second) != "roster.busy" {
		t.Fatalf("%v, %v", err, second)
	}
}
