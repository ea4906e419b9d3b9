package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// demoScale is the share of the true city that the journeys walk in.
const demoScale = "0.02"

// city is a running server with a demo city in it.
type city struct {
	bin, dir, url string
	password      string
	browser       context.Context
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
	bin, err := filepath.Abs(filepath.Join("..", "bin", "bilin"))
	if err != nil {
		return nil, nil, err
	}
	if _, err := os.Stat(bin); err != nil {
		return nil, nil, fmt.Errorf("%w: run `make build` first, or `make e2e`", err)
	}
	dir, err := os.MkdirTemp("", "bilin-e2e-")
	if err != nil {
		return nil, nil, err
	}
	c := &city{bin: bin, dir: dir}
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

func (c *city) makeDemo() error {
	out, err := exec.Command(c.bin, "demo", "--scale", demoScale, "--data", c.dir).CombinedOutput()
	if err != nil {
		return fmt.Errorf("bilin demo: %w\n%s", err, out)
	}
	raw, err := os.ReadFile(filepath.Join(c.dir, "demo.json"))
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

// serve starts the server on a free port and waits until it is ready.
func (c *city) serve() (func(), error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	addr := fmt.Sprintf("localhost:%d", port)
	c.url = "http://" + addr
	cmd := exec.Command(c.bin, "serve", "--data", c.dir, "--addr", addr)
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	stop := func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	}
	if err := waitReady(c.url + "/readyz"); err != nil {
		stop()
		return nil, fmt.Errorf("%w\n%s", err, tail(log.Bytes(), 30))
	}
	return stop, nil
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

// token returns a bearer token of a demo login, as `bilin token` prints it.
func (c *city) token(t *testing.T, login string) string {
	t.Helper()
	out, err := exec.Command(c.bin, "token", "--data", c.dir, "--as", login).Output()
	if err != nil {
		t.Fatalf("bilin token --as %s: %v", login, err)
	}
	return strings.TrimSpace(string(out))
}

// call sends one JSON request and decodes the answer.
func (c *city) call(t *testing.T, method, path, token string, body, answer any) int {
	t.Helper()
	var in io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		in = bytes.NewReader(raw)
	}
	req, err := http.NewRequest(method, c.url+path, in)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if answer != nil {
		if err := json.Unmarshal(raw, answer); err != nil {
			t.Fatalf("%s %s: %s: %v\n%s", method, path, resp.Status, err, raw)
		}
	}
	return resp.StatusCode
}
