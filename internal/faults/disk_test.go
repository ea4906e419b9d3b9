package faults_test

import (
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"bilin/internal/sqldb"
)

// rlimitFileSize bounds the size of every file that a process writes: its disk
// is full as far as it can tell, whoever runs the test.
const rlimitFileSize = 1

// limitFiles sets the bound of a running program, in bytes.
func limitFiles(t *testing.T, p *program, bytes uint64) {
	t.Helper()
	limit := syscall.Rlimit{Cur: bytes, Max: ^uint64(0)}
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(p.cmd.Process.Pid), rlimitFileSize, uintptr(unsafe.Pointer(&limit)), 0, 0, 0) //nolint:gosec // the system call takes a pointer
	if errno != 0 {
		t.Fatal(errno)
	}
}

// The disk fills up while people work: from then on the city can be read and says
// that nothing is stored; with room it goes on by itself, and nothing that was
// acknowledged is lost.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	c := newCity(t, sqldb.SQLite)
	p := launch(t, c.cfg)
	defer func() { p.kill() }()
	if err := p.ready(); err != nil {
		t.Fatal(err)
	}
	residents, flips := c.voices()
	over := make(chan struct{})
	var busy sync.WaitGroup
	for i, v := range residents {
		busy.Go(func() { speak(v, rand.New(rand.NewPCG(1, uint64(i))), over) })
	}
	for i, v := range flips {
		busy.Go(func() { speak(v, rand.New(rand.NewPCG(2, uint64(i))), over) })
	}
	c.until("something to be acknowledged", func() bool { return acknowledged(residents, flips) > 20 })

	limitFiles(t, p, uint64(size(t, filepath.Join(c.cfg.Dir, "bilin.db-wal"))+64<<10))
	c.until("the disk to be full", func() bool { return strings.Contains(c.metrics(), "bilin_disk_full 1") })
	time.Sleep(3 * time.Second) // over a trial
	was := acknowledged(residents, flips)
	if status, body := c.get("/board"); status != http.StatusOK || !strings.Contains(body, "磁盘满了") {
		t.Errorf("a page: %d, says it: %v", status, strings.Contains(body, "磁盘满了"))
	}
	if status, body := c.get("/readyz"); status != http.StatusOK || !strings.Contains(body, "read-only") {
		t.Errorf("what watches hears %d %s", status, body)
	}
	a := c.program("/demands", "on a full disk", "", map[string]any{"kind": "help", "text": "满了", "unit": c.code})
	if a.status != http.StatusServiceUnavailable || !strings.Contains(a.body, "sqldb.full") {
		t.Errorf("a demand: %d %s", a.status, a.body)
	}
	if now := acknowledged(residents, flips); now != was {
		t.Errorf("%d commands acknowledged on a full disk", now-was)
	}

	limitFiles(t, p, ^uint64(0))
	c.until("the city to go on", func() bool { return acknowledged(residents, flips) > was+20 })
	if _, body := c.get("/board"); strings.Contains(body, "磁盘满了") {
		t.Error("it still says that the disk is full")
	}
	p.kill()
	close(over)
	busy.Wait()
	c.check(residents, flips)
}

func size(t *testing.T, name string) int64 {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// acknowledged is how many commands were.
func acknowledged(residents []*resident, flips []*flip) (n int) {
	for _, r := range residents {
		r.mu.Lock()
		for _, m := range r.all {
			n += m.steps
			if m.raised {
				n++
			}
		}
		r.mu.Unlock()
	}
	for _, f := range flips {
		f.mu.Lock()
		n += f.n
		f.mu.Unlock()
	}
	return n
}

func (c *city) until(what string, ok func() bool) {
	c.Helper()
	for end := time.Now().Add(2 * time.Minute); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			c.Fatal("waited for ", what)
		}
	}
}

func (c *city) metrics() string {
	_, body := c.get("/metrics")
	return body
}

func (c *city) get(path string) (int, string) {
	resp, err := client.Get("http://" + c.cfg.Addr + path)
	if err != nil {
		return 0, ""
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		c.Error(err)
	}
	return resp.StatusCode, string(body)
}
