package backup_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"bilin/internal/backup"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// rlimitFileSize bounds the size of every file that this process writes: the
// disk is full as far as it can tell, whoever runs the test.
const rlimitFileSize = 1

// A disk that fills up while a backup is written leaves no half of one and
// takes none of the older ones with it; the next try, with room, goes well.
func TestADiskThatFillsUpWhileBackingUp(t *testing.T) { // not beside others: the bound is the whole process's
	c := newCity(t, sqldb.SQLite)
	own, o := filepath.Join(t.TempDir(), "own"), c.options(identity(t).Recipient())
	at := time.Date(2026, 12, 1, 1, 0, 0, 0, time.UTC)
	o.Now = func() time.Time { return at }
	before, sum, err := backup.ToDir(ctx, own, 1, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, room := range []uint64{0, 100, uint64(sum.Size) / 2, uint64(sum.Size) * 9 / 10} {
		at = at.Add(time.Hour)
		_, _, err := withRoom(t, room, func() (string, backup.Summary, error) { return backup.ToDir(ctx, own, 1, o) })
		if errs.CodeOf(err) != "backup.full" || errs.KindOf(err) != errs.Unavailable {
			t.Errorf("with room for %d bytes of %d: %v", room, sum.Size, err)
		}
		if found := names(t, own); len(found) != 1 || found[0] != filepath.Base(before) {
			t.Errorf("with room for %d bytes: left %v", room, found)
		}
	}
	at = at.Add(time.Hour)
	next, again, err := backup.ToDir(ctx, own, 1, o)
	if err != nil || again.Rows() != sum.Rows() {
		t.Errorf("with room again: %d rows, %v", again.Rows(), err)
	}
	if found := names(t, own); len(found) != 1 || found[0] != filepath.Base(next) {
		t.Errorf("with room again: %v", found)
	}
}

// withRoom runs fn while no file of this process may grow beyond so many bytes.
func withRoom(t *testing.T, bytes uint64, fn func() (string, backup.Summary, error)) (string, backup.Summary, error) {
	t.Helper()
	var was syscall.Rlimit
	if err := syscall.Getrlimit(rlimitFileSize, &was); err != nil {
		t.Fatal(err)
	}
	set := func(cur uint64) {
		if err := syscall.Setrlimit(rlimitFileSize, &syscall.Rlimit{Cur: cur, Max: was.Max}); err != nil {
			t.Fatal(err)
		}
	}
	set(bytes)
	defer set(was.Cur)
	return fn()
}

func names(t *testing.T, dir string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}
