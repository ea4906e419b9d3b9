package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// program is the program itself, serving, as an operator starts it.
type program struct {
	addr  string
	cmd   *exec.Cmd
	took  time.Duration // until /readyz said yes
	ended chan error
}

// readyTime bounds the wait for a start; the budget is far below.
const readyTime = 60 * time.Second

// start starts the program on a copy of the city, its log to a file.
func (r *run) start(ctx context.Context, dir string, flags ...string) (*program, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(r.dir, "serve.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close() // the program has it for itself
	p := &program{addr: addr, ended: make(chan error, 1)}
	p.cmd = exec.CommandContext(ctx, r.Program, append([]string{"serve", "--data", dir, "--addr", addr}, flags...)...) //nolint:gosec // the program to measure is the caller's choice
	p.cmd.Env = append(os.Environ(), "BILIN_PUBLIC_RATE="+strconv.Itoa(lifted))
	p.cmd.Stdout, p.cmd.Stderr = log, log
	begin := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { p.ended <- p.cmd.Wait() }()
	if err := p.ready(begin); err != nil {
		return nil, errors.Join(err, p.stop(), tail(log.Name()))
	}
	return p, nil
}

func freeAddr() (string, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return ln.Addr().String(), ln.Close()
}

func (p *program) ready(begin time.Time) error {
	client := http.Client{Timeout: time.Second}
	for time.Since(begin) < readyTime {
		select {
		case err := <-p.ended:
			p.ended <- err
			return fmt.Errorf("the program ended: %w", err)
		default:
		}
		answer, err := client.Get("http://" + p.addr + "/readyz")
		if err == nil {
			err = discard(answer.Body)
		}
		if err == nil && answer.StatusCode == http.StatusOK {
			p.took = time.Since(begin)
			return nil
		}
		time.Sleep(5 * time.Millisecond)
	}
	return errors.New("the program isn't ready")
}

// stop ends the program as an operator does.
func (p *program) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return <-p.ended
}

// settleTime bounds the wait for what a program does after its start.
const settleTime = 30 * time.Second

// settled waits until the program has done what a start leaves to do, such as
// the month's tasks of a demo city that was just made.
func (r *run) settled(ctx context.Context, p *program) error {
	for end := time.Now().Add(min(settleTime, 20*r.Round)); time.Now().Before(end); {
		before, err := p.worked()
		if err != nil {
			return err
		}
		select {
		case <-time.After(500 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
		if after, err := p.worked(); err != nil || after-before < 50*time.Millisecond {
			return err
		}
	}
	return nil
}

// tick is the unit in which the system counts processor time.
const tick = 10 * time.Millisecond

// worked is the processor time that the program has used.
func (p *program) worked() (time.Duration, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(raw), ") ") // the name before it may hold spaces
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, errors.New("the system doesn't say how long a process worked")
	}
	user, err := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	return time.Duration(user+system) * tick, errors.Join(err, err2)
}

// resident is the memory that a process holds, in bytes.
func resident(pid int) (int, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.Atoi(strings.Fields(rest)[0])
			return kib << 10, err
		}
	}
	return 0, errors.New("the system doesn't say how much memory a process holds")
}

// tail is the end of a log, as an error.
func tail(name string) error {
	raw, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	return errors.New(string(raw[max(0, len(raw)-1000):]))
}
