package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"bilin/internal/network"
)

const (
	screenBudget = 8 << 10 // bytes of server memory each
	moveBudget   = time.Second
	patience     = 90 * time.Second // with opening that many, and with hearing
)

// screens is what the client opens: pages that follow a topic.
type screens struct {
	Addr    string
	Request string
	Event   string // the name of the event that each waits for
	Grows   string // what stands in its data before a number that must have grown; "" for any such event
	N       int
	Moves   int // how often they will hear it
}

// measureScreens opens pages, raises a demand in the unit that they show, and
// sees how long it takes until the last of them knows.
func measureScreens(ctx context.Context, r *run) ([]Row, error) {
	n, err := r.openable()
	if err != nil {
		return nil, err
	}
	bare, err := r.bareScreens(ctx, n, "event: unit\ndata: 260000015\n\n")
	if err != nil {
		return nil, fmt.Errorf("bare: %w", err)
	}
	ours, err := r.ourScreens(ctx, n)
	if err != nil {
		return nil, err
	}
	return []Row{
		{Work: fmt.Sprintf("%d open screens told of a change", n), Measured: millis(ours.told) + " until the last",
			Bare:  millis(bare.told) + ": the same bytes to held sockets",
			Ratio: percent(bare.told.Seconds() / ours.told.Seconds()), Budget: "≤ 1 s", Met: ours.told <= moveBudget},
		{Work: "server memory of a screen", Measured: fmt.Sprintf("%.1f KiB resident", float64(ours.each)/1024),
			Bare:  fmt.Sprintf("%.1f KiB: a held socket", float64(bare.each)/1024),
			Ratio: percent(float64(bare.each) / float64(max(1, ours.each))), Budget: "≤ 8 KB", Met: ours.each <= screenBudget},
	}, nil
}

// openable is how many pages the system lets two processes keep open.
func (r *run) openable() (int, error) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0, err
	}
	n := r.Screens
	if most := int(min(limit.Max, 1<<20)) - 500; most < n { //nolint:gosec // bounded
		n = most
		r.say("  the system lets a process open %d files: only %d screens; raise it with ulimit -n", limit.Max, n)
	}
	return n, nil
}

// watched is what was seen of a server with open screens.
type watched struct {
	told time.Duration
	each int // bytes
}

// watch opens screens on a server of process pid and changes something.
// Its memory is looked at when it rests, before and with them open.
func watch(ctx context.Context, s screens, pid int, rest time.Duration, change func() error) (watched, error) {
	var w watched
	before, err := rested(ctx, pid, rest)
	if err != nil {
		return w, err
	}
	client, err := openScreens(ctx, s)
	if err != nil {
		return w, err
	}
	after, err := rested(ctx, pid, rest)
	if err != nil {
		return w, errors.Join(err, client.close())
	}
	w.each = max(0, after-before) / s.N
	var told []time.Duration
	for range s.Moves {
		begin := time.Now()
		if err := errors.Join(change(), client.hear("moved")); err != nil {
			return w, errors.Join(err, client.close())
		}
		told = append(told, time.Since(begin))
		time.Sleep(200 * time.Millisecond) // changes that come at once are merged
	}
	w.told = median(told)
	return w, client.close()
}

func (r *run) ourScreens(ctx context.Context, n int) (w watched, err error) {
	dir, err := r.city(ctx, "city")
	if err != nil {
		return w, err
	}
	town, cell, err := r.someTown(ctx, dir)
	if err != nil {
		return w, err
	}
	p, err := r.start(ctx, dir)
	if err != nil {
		return w, err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	cookie, err := loginAt(ctx, p.addr, "city")
	if err != nil {
		return w, err
	}
	topic := "unit:" + town
	s := screens{Addr: p.addr, Request: get("/live?topic="+url.QueryEscape(topic), cookie), Event: topic, N: n, Moves: rounds}
	return watch(ctx, s, p.cmd.Process.Pid, r.Rest, func() error { return raiseOne(ctx, p.addr, cell) })
}

// someTown is a town's id and the code of a cell in it.
func (r *run) someTown(ctx context.Context, dir string) (town, cell string, err error) {
	a, err := r.open(ctx, dir)
	if err != nil {
		return "", "", err
	}
	tree := a.Network.Tree()
	u := tree.Units(network.Cell)[0]
	return tree.Path(u)[1].ID, u.Code, a.Close(context.WithoutCancel(ctx))
}

func raiseOne(ctx context.Context, addr, cell string) error {
	body := fmt.Sprintf(`{"kind":"help","text":"路灯不亮","unit":%q}`, cell)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+addr+"/api/v1/demands", strings.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusCreated {
		err = errors.New(answer.Status)
	}
	return errors.Join(err, discard(answer.Body))
}

// screenClient is the process that has the screens open.
type screenClient struct {
	cmd  *exec.Cmd
	in   io.Closer
	says *bufio.Scanner
}

func openScreens(ctx context.Context, s screens) (*screenClient, error) {
	cmd, err := child(ctx, "screens")
	if err != nil {
		return nil, err
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := &screenClient{cmd: cmd, in: in, says: bufio.NewScanner(out)}
	if err := errors.Join(json.NewEncoder(in).Encode(s), c.hear("open")); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

func (c *screenClient) hear(want string) error {
	if !c.says.Scan() || c.says.Text() != want {
		return fmt.Errorf("the client says %q instead of %q", c.says.Text(), want)
	}
	return nil
}

func (c *screenClient) close() error { return errors.Join(c.in.Close(), c.cmd.Wait()) }

// screensMain opens the screens, says so, and says each time all have heard.
func screensMain(in io.Reader, out io.Writer) error {
	lines := bufio.NewReader(in)
	raw, err := lines.ReadBytes('\n')
	if err != nil {
		return err
	}
	var s screens
	if err := json.Unmarshal(raw, &s); err != nil {
		return err
	}
	steps := make([]sync.WaitGroup, 1+s.Moves) // greeted, then each move
	for i := range steps {
		steps[i].Add(s.N)
	}
	failed := make(chan error, s.N)
	for range s.N {
		conn, err := net.Dial("tcp", s.Addr)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(conn, s.Request); err != nil {
			return err
		}
		go func() { failed <- s.follow(conn, steps) }()
	}
	for i := range steps {
		if err := wait(&steps[i], failed); err != nil {
			return err
		}
		fmt.Fprintln(out, []string{"open", "moved"}[min(i, 1)])
	}
	_, err = io.Copy(io.Discard, lines) // stay until the bench has looked
	return err
}

func wait(step *sync.WaitGroup, failed <-chan error) error {
	done := make(chan struct{})
	go func() {
		step.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case err := <-failed:
		return err
	case <-time.After(patience):
		return errors.New("some screens never heard")
	}
}

// follow reads one stream and counts it in at each step.
func (s screens) follow(conn net.Conn, steps []sync.WaitGroup) error {
	lines := bufio.NewReaderSize(conn, 512)
	named, before := "", -1
	for at := 0; at < len(steps); {
		line, err := lines.ReadString('\n')
		if err != nil {
			return fmt.Errorf("a screen after %d events: %w", at, err)
		}
		if at == 0 && strings.HasPrefix(line, "HTTP/") && !strings.Contains(line, " 200 ") {
			return errors.New("a screen is answered " + strings.TrimSpace(line))
		}
		if name, ok := strings.CutPrefix(line, "event: "); ok {
			named = strings.TrimSpace(name)
		}
		moved := at > 0 && strings.HasPrefix(line, "event: ") && named == s.Event
		if s.Grows != "" {
			now := numberAfter(line, s.Grows)
			moved = strings.HasPrefix(line, "data: ") && named == s.Event && now > before
			before = max(before, now)
		}
		if at == 0 && s.Grows == "" && strings.HasPrefix(line, "retry:") || moved {
			steps[at].Done()
			at++
		}
	}
	select {} // the connection stays open as long as the process
}

// numberAfter is the whole number that follows a text in a line, -1 for none.
func numberAfter(line, text string) int {
	_, rest, ok := strings.Cut(line, text)
	n := 0
	for ; ok && n < len(rest) && rest[n] >= '0' && rest[n] <= '9'; n++ {
	}
	if v, err := strconv.Atoi(rest[:n]); ok && err == nil {
		return v
	}
	return -1
}

// bareScreens is a server that answers, keeps the socket, and writes an event to it.
func (r *run) bareScreens(ctx context.Context, n int, event string) (w watched, err error) {
	cmd, err := child(ctx, "sockets")
	if err != nil {
		return w, err
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		return w, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return w, err
	}
	if err := cmd.Start(); err != nil {
		return w, err
	}
	defer func() { err = errors.Join(err, in.Close(), cmd.Wait()) }()
	says := bufio.NewScanner(out)
	if !says.Scan() {
		return w, errors.New("the bare server doesn't say where it is")
	}
	s := screens{Addr: says.Text(), Request: get("/live", ""), Event: "unit", N: n, Moves: rounds}
	return watch(ctx, s, cmd.Process.Pid, time.Second, func() error {
		return json.NewEncoder(in).Encode(event)
	})
}

// socketsMain is the bare server: each text of in is written to each socket.
func socketsMain(in io.Reader, out io.Writer) error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer ln.Close()
	fmt.Fprintln(out, ln.Addr())
	var mu sync.Mutex
	var open []net.Conn
	go func() {
		request := make([]byte, 4<<10)
		for {
			conn, err := ln.Accept()
			if err != nil {
				return // closed
			}
			if _, err := conn.Read(request); err != nil {
				continue
			}
			if _, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nretry: 1000\n\n"); err != nil {
				continue
			}
			mu.Lock()
			open = append(open, conn)
			mu.Unlock()
		}
	}()
	for moves := json.NewDecoder(in); ; {
		var event string
		if err := moves.Decode(&event); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		mu.Lock()
		for _, conn := range open {
			if _, err := io.WriteString(conn, event); err != nil {
				return err
			}
		}
		mu.Unlock()
	}
}
