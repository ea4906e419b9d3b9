package live

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// screens is how many pages are open on the board, and the budgets for them.
const (
	screens      = 10_000
	screenBudget = 8 << 10 // bytes of server memory each
	moveBudget   = time.Second
)

// clientEnv makes this test binary the load client, a process of its own.
const clientEnv = "BILIN_LIVE_CLIENT"

func TestMain(m *testing.M) {
	if addr := os.Getenv(clientEnv); addr != "" {
		if err := watch(addr, screens); err != nil {
			fmt.Println("client:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// watch opens pages, says so, and says again when each has got an event.
func watch(addr string, n int) error {
	conns := make([]net.Conn, n)
	for i := range conns {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(conn, "GET /?topic=network HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			return err
		}
		conns[i] = conn
	}
	var greeted, moved sync.WaitGroup
	greeted.Add(n)
	for _, conn := range conns {
		moved.Go(func() { watchOne(conn, greeted.Done) })
	}
	greeted.Wait()
	fmt.Println("open")
	moved.Wait()
	fmt.Println("moved")
	_, err := io.Copy(io.Discard, os.Stdin) // stay until the server has looked
	return err
}

func watchOne(conn net.Conn, greeted func()) {
	lines := bufio.NewReaderSize(conn, 512)
	for {
		line, err := lines.ReadString('\n')
		switch {
		case err != nil, strings.HasPrefix(line, "event: network"):
			return
		case strings.HasPrefix(line, "retry:"):
			greeted()
		}
	}
}

// memory is what the process holds of the machine, without garbage.
func memory() int {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapInuse + m.StackInuse + m.MSpanInuse + m.OtherSys)
}

// BenchmarkScreens fails when ten thousand open pages cost more memory, or hear
// of a change later, than is allowed.
func BenchmarkScreens(b *testing.B) {
	for b.Loop() {
		each, took := showScreens(b)
		b.ReportMetric(float64(each), "B/screen")
		b.ReportMetric(float64(took.Milliseconds()), "ms/change")
		if each > screenBudget || took > moveBudget {
			b.Errorf("%d bytes a screen and %v to a change, allowed %d and %v", each, took, screenBudget, moveBudget)
		}
	}
}

// showScreens opens all pages and changes something: what each costs, and how
// long it takes until all know.
func showScreens(b *testing.B) (each int, took time.Duration) {
	h := NewHub(nil, nil)
	defer stop(b, h)
	s := serve(b, h, all)
	s.Start()
	before := memory()
	client := exec.Command(os.Args[0])
	client.Env = append(os.Environ(), clientEnv+"="+s.Listener.Addr().String())
	in, errIn := client.StdinPipe()
	out, errOut := client.StdoutPipe()
	if err := errors.Join(errIn, errOut, client.Start()); err != nil {
		b.Fatal(err)
	}
	says := bufio.NewScanner(out)
	if says.Scan(); says.Text() != "open" || h.Streams() != screens {
		b.Fatal("client says", says.Text(), "with", h.Streams(), "streams")
	}
	each = (memory() - before) / screens
	begin := time.Now()
	h.deliver(Event{"network", ""})
	if says.Scan(); says.Text() != "moved" {
		b.Fatal("client says", says.Text())
	}
	took = time.Since(begin)
	if err := errors.Join(in.Close(), client.Wait()); err != nil {
		b.Error(err)
	}
	return each, took
}
