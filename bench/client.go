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
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// roleEnv makes a process of this program the load client.
const roleEnv = "BILIN_BENCH_CLIENT"

// Client runs the load client, if this process is to be one, and says whether
// it was. main and tests call it first.
func Client() bool {
	var err error
	switch os.Getenv(roleEnv) {
	case "load":
		err = loadMain(os.Stdin, os.Stdout)
	case "screens":
		err = screensMain(os.Stdin, os.Stdout)
	case "sockets":
		err = socketsMain(os.Stdin, os.Stdout)
	default:
		return false
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench client:", err)
		os.Exit(1)
	}
	return true
}

// child starts this program as a client.
func child(ctx context.Context, role string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self) //nolint:gosec // this program
	cmd.Env = append(os.Environ(), roleEnv+"="+role)
	cmd.Stderr = os.Stderr
	return cmd, nil
}

// load is what a client is to do: send requests over and over, one after the
// other on each connection.
type load struct {
	Addr     string
	Requests []string // as they go over the wire
	Conns    int
	For      time.Duration
	Most     int // requests in all
	Rate     int // so many a second and not more; 0: as many as it takes
	Want     int // status of every answer
}

// tally is what became of it.
type tally struct {
	Done  int
	Took  time.Duration
	Wrong int    // answers with another status
	First string // the first of them
	Each  []time.Duration
}

func (t tally) rate() float64 { return float64(t.Done) / t.Took.Seconds() }

// send has a client of its own process carry a load.
func send(ctx context.Context, l load) (tally, error) {
	cmd, err := child(ctx, "load")
	if err != nil {
		return tally{}, err
	}
	raw, err := json.Marshal(l)
	if err != nil {
		return tally{}, err
	}
	cmd.Stdin = strings.NewReader(string(raw))
	out, err := cmd.Output()
	if err != nil {
		return tally{}, err
	}
	var t tally
	if err := json.Unmarshal(out, &t); err != nil {
		return tally{}, err
	}
	if t.Wrong > 0 {
		return t, fmt.Errorf("%d of %d answers are not what was asked for, the first: %s", t.Wrong, t.Done, t.First)
	}
	if t.Done == 0 {
		return t, errors.New("no answers")
	}
	return t, nil
}

func loadMain(in io.Reader, out io.Writer) error {
	var l load
	if err := json.NewDecoder(in).Decode(&l); err != nil {
		return err
	}
	begin := time.Now()
	end := begin.Add(l.For)
	tallies := make([]tally, l.Conns)
	failed := make([]error, l.Conns)
	var all sync.WaitGroup
	for i := range l.Conns {
		all.Go(func() { tallies[i], failed[i] = l.drive(i, end) })
	}
	all.Wait()
	if err := errors.Join(failed...); err != nil {
		return err
	}
	total := tally{Took: time.Since(begin)}
	for _, t := range tallies {
		total.Done, total.Wrong = total.Done+t.Done, total.Wrong+t.Wrong
		total.Each = append(total.Each, t.Each...)
		if total.First == "" {
			total.First = t.First
		}
	}
	return json.NewEncoder(out).Encode(total)
}

// drive sends on one connection until time or number is up.
func (l load) drive(which int, end time.Time) (tally, error) {
	conn, err := net.Dial("tcp", l.Addr)
	if err != nil {
		return tally{}, err
	}
	defer conn.Close()
	answers := bufio.NewReaderSize(conn, 32<<10)
	var t tally
	begin := time.Now()
	for i := which; t.Done < l.Most/l.Conns && time.Now().Before(end); i += l.Conns {
		sent := l.turn(begin, i)
		if _, err := io.WriteString(conn, l.Requests[i%len(l.Requests)]); err != nil {
			return t, err
		}
		answer, err := http.ReadResponse(answers, nil)
		if err != nil {
			return t, err
		}
		body := &strings.Builder{}
		if answer.StatusCode != l.Want && t.Wrong == 0 {
			t.First = answer.Status
			_, _ = io.CopyN(body, answer.Body, 300) // as much of the reason as there is
			t.First += " " + body.String()
		}
		if err := discard(answer.Body); err != nil {
			return t, err
		}
		if answer.StatusCode != l.Want {
			t.Wrong++
		}
		t.Done++
		t.Each = append(t.Each, time.Since(sent))
	}
	return t, nil
}

// turn waits until the i-th request is to be sent, and says when that is: one
// that comes late because the one before it took long has waited all the same.
func (l load) turn(begin time.Time, i int) time.Time {
	if l.Rate == 0 {
		return time.Now()
	}
	at := begin.Add(time.Duration(i) * time.Second / time.Duration(l.Rate))
	time.Sleep(time.Until(at))
	return at
}

// get is a request as a browser sends it, without the wish for compression:
// that costs ours and the bare one the same.
func get(path, cookie string) string {
	text := "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nAccept-Language: zh-CN,zh;q=0.9\r\n"
	if cookie != "" {
		text += "Cookie: " + cookie + "\r\n"
	}
	return text + "\r\n"
}

// post is a request with a JSON document.
func post(path string, document any) (string, error) {
	raw, err := json.Marshal(document)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		path, len(raw), raw), nil
}
