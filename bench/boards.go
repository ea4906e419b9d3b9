package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// measureBoards opens the situation board of an order to all teams on very many
// screens. One of the people called answers: how long until the last screen
// shows one more who comes.
func measureBoards(ctx context.Context, r *run) (rows []Row, err error) {
	n, err := r.openable()
	if err != nil {
		return nil, err
	}
	dir, err := r.city(ctx, "boards")
	if err != nil {
		return nil, err
	}
	who, err := r.officers(ctx, dir)
	if err != nil {
		return nil, err
	}
	p, err := r.start(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	b, err := r.openBoard(ctx, p, who, dir)
	if err != nil {
		return nil, err
	}
	s := screens{Addr: p.addr, Request: b.request, Event: b.topic, Grows: `"coming":`, N: n, Moves: rounds}
	ours, err := watch(ctx, s, p.cmd.Process.Pid, r.Rest, b.answer)
	if err != nil {
		return nil, err
	}
	bare, err := r.bareScreens(ctx, n, "event: unit\n"+b.event)
	if err != nil {
		return nil, fmt.Errorf("bare: %w", err)
	}
	size := fmt.Sprintf("%.1f KB", float64(len(b.event))/1000)
	return []Row{
		{Work: fmt.Sprintf("%d open boards show an answer of one of %d people", n, b.people), Measured: millis(ours.told) + " until the last",
			Bare:  millis(bare.told) + ": the same " + size + " to held sockets",
			Ratio: percent(bare.told.Seconds() / ours.told.Seconds()), Budget: "≤ 1 s", Met: ours.told <= moveBudget},
		{Work: "server memory of a board", Measured: fmt.Sprintf("%.1f KiB resident", float64(ours.each)/1024),
			Bare:  fmt.Sprintf("%.1f KiB: a held socket", float64(bare.each)/1024),
			Ratio: percent(float64(bare.each) / float64(max(1, ours.each))), Budget: "≤ 8 KB", Met: ours.each <= screenBudget},
	}, nil
}

// openedBoard is the board of an order that is under way.
type openedBoard struct {
	topic, request string
	event          string // the data of one, as it goes over the wire
	people         int
	addr           string
	answers        []string // one for each of the people, not yet given
}

func (r *run) openBoard(ctx context.Context, p *program, who officers, dir string) (*openedBoard, error) {
	o, _, err := who.issue(ctx, p.addr)
	if err != nil {
		return nil, err
	}
	cookie, err := loginAt(ctx, p.addr, "command")
	if err != nil {
		return nil, err
	}
	b := &openedBoard{people: o.People, addr: p.addr}
	if b.topic, err = topicOf(ctx, p.addr, "/orders/"+o.Number+"/wall", cookie); err != nil {
		return nil, err
	}
	b.request = get("/live?topic="+url.QueryEscape(b.topic), cookie)
	if b.event, err = firstEvent(p.addr, b.request); err != nil {
		return nil, err
	}
	b.answers, err = r.answers(ctx, dir, o.Number, o.People)
	return b, err
}

// answer has the next of the people answer.
func (b *openedBoard) answer() error {
	if len(b.answers) == 0 {
		return errors.New("everybody has answered already")
	}
	request := b.answers[0]
	b.answers = b.answers[1:]
	conn, err := net.Dial("tcp", b.addr)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // read or not, it isn't needed any more
	if _, err := io.WriteString(conn, request); err != nil {
		return err
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err == nil && !strings.Contains(line, " 303 ") {
		err = errors.New("an answer is answered " + strings.TrimSpace(line))
	}
	return err
}

// topicOf is the topic whose numbers a page follows.
func topicOf(ctx context.Context, addr, path, cookie string) (string, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+path, nil)
	if err != nil {
		return "", err
	}
	q.Header.Set("Cookie", cookie)
	answer, err := http.DefaultClient.Do(q)
	if err != nil {
		return "", err
	}
	page, err := io.ReadAll(answer.Body)
	if err = errors.Join(err, answer.Body.Close()); err != nil {
		return "", err
	}
	_, rest, ok := strings.Cut(string(page), `data-numbers="`)
	topic, _, _ := strings.Cut(rest, `"`)
	if !ok {
		return "", fmt.Errorf("%s: %s: no board", path, answer.Status)
	}
	return topic, nil
}

// firstEvent is the data of what a new stream brings at once.
func firstEvent(addr, request string) (string, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return "", err
	}
	defer conn.Close() //nolint:errcheck // it was only looked at
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return "", err
	}
	if _, err := io.WriteString(conn, request); err != nil {
		return "", err
	}
	for lines := bufio.NewReader(conn); ; {
		line, err := lines.ReadString('\n')
		if err != nil || strings.HasPrefix(line, "data: ") {
			return line + "\n", err
		}
	}
}
