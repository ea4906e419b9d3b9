package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// demoScale is the share of the true city that the journeys walk in.
const demoScale = "0.02"

// city is a running server with a demo city in it.
type city struct {
	bin, dir, url string
	gateway       string // address of the trial gateway for short messages
	password      string
	browser       context.Context

	mu       sync.Mutex
	sessions map[string]*http.Cookie // by login
	proved   map[string]time.Time    // when they began
	tokens   map[string]string
}

var here *city // set by TestMain, read by the tests

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	c, stop, err := startCity()
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	defer stop()
	here = c
	return m.Run()
}

func startCity() (*city, func(), error) {
	bin, err := program()
	if err != nil {
		return nil, nil, err
	}
	dir, err := os.MkdirTemp("", "bilin-e2e-")
	if err != nil {
		return nil, nil, err
	}
	c := &city{bin: bin, dir: dir, sessions: map[string]*http.Cookie{}, proved: map[string]time.Time{}, tokens: map[string]string{}}
	if err := c.makeDemo(); err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	stopServer, err := c.serve()
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	stopBrowser, err := c.openBrowser()
	if err != nil {
		stopServer()
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	return c, func() {
		stopBrowser()
		stopServer()
		os.RemoveAll(dir)
	}, nil
}

// program is the binary that the journeys walk through.
func program() (string, error) {
	path := os.Getenv("BILIN_TEST_BIN")
	if path == "" {
		path = filepath.Join("..", "bin", "bilin")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("%w: run `make build` first, or `make e2e`", err)
	}
	return path, nil
}

// data is the directory of the city that is served; spare is a copy of it as
// it was before, for tests that stop the server or alter the database.
func (c *city) data() string  { return filepath.Join(c.dir, "data") }
func (c *city) spare() string { return filepath.Join(c.dir, "spare") }

func (c *city) makeDemo() error {
	out, err := exec.Command(c.bin, "demo", "--scale", demoScale, "--data", c.data()).CombinedOutput()
	if err != nil {
		return fmt.Errorf("bilin demo: %w\n%s", err, out)
	}
	if out, err := exec.Command("cp", "-a", c.data(), c.spare()).CombinedOutput(); err != nil { // with its modes
		return fmt.Errorf("copy: %w\n%s", err, out)
	}
	raw, err := os.ReadFile(filepath.Join(c.data(), "demo.json"))
	if err != nil {
		return err
	}
	var made struct {
		Password string `json:"password"`
	}
	if err := json.Unmarshal(raw, &made); err != nil {
		return err
	}
	c.password = made.Password
	return nil
}

// serve starts the city's server on a free port, and a gateway that loses half
// of what it is given.
func (c *city) serve() (stop func(), err error) {
	gateway, endGateway, err := c.start("/", "gateway", "--fail", "50")
	if err != nil {
		return nil, err
	}
	c.gateway = gateway
	host := strings.TrimPrefix(gateway, "http://")
	url, end, err := c.serveDir(c.data(), "--gateway-url", gateway+"/send", "--gateway-allow", host)
	c.url = url
	return func() { _ = errors.Join(end(), endGateway()) }, err
}

// serveDir serves a city's directory.
func (c *city) serveDir(dir string, flags ...string) (url string, stop func() error, err error) {
	return c.start("/readyz", append([]string{"serve", "--data", dir}, flags...)...)
}

// start runs a command that answers on a free port, and waits until it is
// ready. stop asks it to end, as an administrator would, and waits for it.
func (c *city) start(ready string, args ...string) (url string, stop func() error, err error) {
	port, err := freePort()
	if err != nil {
		return "", nil, err
	}
	addr := fmt.Sprintf("localhost:%d", port)
	url = "http://" + addr
	cmd := exec.Command(c.bin, append(args, "--addr", addr)...)
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() error {
		return errors.Join(cmd.Process.Signal(syscall.SIGTERM), cmd.Wait())
	}
	if err := waitReady(url + ready); err != nil {
		return "", nil, fmt.Errorf("%w\n%s", errors.Join(err, stop()), tail(log.Bytes(), 30))
	}
	return url, stop, nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func waitReady(url string) error {
	var last error
	for range 300 {
		resp, err := http.Get(url)
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
			err = fmt.Errorf("%s: %s", url, resp.Status)
		}
		last = err
		time.Sleep(100 * time.Millisecond)
	}
	return fmt.Errorf("the server did not become ready: %w", last)
}

func tail(log []byte, n int) string {
	var lines []string
	s := bufio.NewScanner(bytes.NewReader(log))
	for s.Scan() {
		lines = append(lines, s.Text())
	}
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
