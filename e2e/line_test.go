package e2e

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"
)

// line is a way to the server that can be cut, as a signal is lost: for the
// page and for its service worker alike.
type line struct {
	url      string
	listener net.Listener
	mu       sync.Mutex
	down     bool
	open     map[net.Conn]bool
}

func newLine(t *testing.T, to string) *line {
	t.Helper()
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	l := &line{url: "http://localhost:" + port, listener: listener, open: map[net.Conn]bool{}}
	var calls sync.WaitGroup
	calls.Go(func() {
		for {
			here, err := listener.Accept()
			if err != nil {
				return
			}
			calls.Go(func() { l.carry(here, strings.TrimPrefix(to, "http://")) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		l.cut(true)
		calls.Wait()
	})
	return l
}

// carry joins a connection to one of the server's until either ends.
func (l *line) carry(near net.Conn, to string) {
	defer near.Close()
	far, err := net.Dial("tcp", to)
	if err != nil || !l.note(near, far) {
		return
	}
	defer far.Close()
	var back sync.WaitGroup
	back.Go(func() {
		_, _ = io.Copy(near, far)
		near.Close()
	})
	_, _ = io.Copy(far, near)
	far.Close()
	back.Wait()
}

// note keeps the two ends so that they can be cut, or cuts them at once.
func (l *line) note(ends ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, end := range ends {
		if l.down {
			end.Close()
		}
		l.open[end] = true
	}
	return !l.down
}

// cut takes the line down, or brings it up again.
func (l *line) cut(down bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.down = down
	if down {
		for end := range l.open {
			end.Close()
		}
		clear(l.open)
	}
}

// offline cuts the visitor's line, and the browser notices; or brings it back.
func (v *visitor) offline(l *line, down bool) {
	v.t.Helper()
	l.cut(down)
	command(v, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: down, DownloadThroughput: -1, UploadThroughput: -1})
}
