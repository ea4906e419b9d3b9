package sqldbtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// nobody is who PostgreSQL runs as when the tests run as root, which it refuses to.
const nobody = 65534

// keeper runs one server for as long as its standard input is open, which is as
// long as the test binary lives, however it ends. Then it stops the server and
// removes its data. $1: directory of its own; $2: the prepared installation.
const keeper = `
cp -a "$2/data" "$1/data" || exit 1
"$2/native/bin/postgres" -D "$1/data" -k "$1" \
	-c listen_addresses= -c max_connections=200 -c shared_buffers=32MB \
	-c fsync=off -c full_page_writes=off -c autovacuum=off \
	-c wal_level=minimal -c max_wal_senders=0 -c max_wal_size=256MB \
	>"$1/log" 2>&1 </dev/null &
read -r _
kill -INT $!
wait $!
rm -rf "$1"
`

// start starts a server for this test binary and returns its address.
func start() (address string, err error) {
	home, err := installation()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "bilin-pg-")
	if err != nil {
		return "", err
	}
	if err := giveAway(dir); err != nil {
		return "", err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return "", err
	}
	cmd := unprivileged("sh", "-c", keeper, "keeper", dir, home)
	cmd.Stdin = r
	if err := cmd.Start(); err != nil {
		return "", errors.Join(err, w.Close(), r.Close())
	}
	exited := make(chan error, 1)
	go func() {
		exited <- cmd.Wait()
		_ = w.Close() // keeps the pipe's end alive until here
	}()
	at := url.URL{Scheme: "postgres", User: url.User("bilin"), Path: "/postgres", RawQuery: url.Values{"host": {dir}}.Encode()}
	return at.String(), errors.Join(r.Close(), answer(at.String(), filepath.Join(dir, "log"), exited))
}

// answer waits until the server does.
func answer(address, log string, exited <-chan error) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, address)
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-exited:
			return fmt.Errorf("PostgreSQL ended while starting: %w\n%s", err, tail(log))
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL doesn't answer: %w\n%s", err, tail(log))
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// tail is the end of a log, for an error message.
func tail(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	const most = 4 << 10
	if info, err := f.Stat(); err == nil && info.Size() > most {
		_, _ = f.Seek(-most, io.SeekEnd)
	}
	text, _ := io.ReadAll(f)
	return string(text)
}

// unprivileged is a command that PostgreSQL's programs may run under, in a
// session of its own so that Ctrl-C doesn't reach it before the tests end.
func unprivileged(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
	return cmd
}

// giveAway lets the server's user write to a directory.
func giveAway(dir string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	return os.Chown(dir, nobody, nobody)
}
