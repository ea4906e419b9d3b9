package live

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"time"

	"bilin/internal/errs"
)

// beat is a comment: it shows proxies that the stream lives, and us when it doesn't.
const beat = ": \n\n"

// ServeSSE answers GET /live?topic=a&topic=b with the stream of those topics
// that allow lets through. Each event is named for its topic. An error means
// that nothing was answered yet.
func (h *Hub) ServeSSE(w http.ResponseWriter, r *http.Request, allow func(topic string) bool) error {
	topics, err := requested(r, allow)
	if err != nil {
		return err
	}
	if r.Method == http.MethodHead {
		setHeaders(w.Header())
		return nil
	}
	if !h.enter() {
		return errs.E(errs.Unavailable, "live.full")
	}
	setHeaders(w.Header())
	if r.ProtoMajor == 1 {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			h.detach(conn, w.Header(), topics)
			return nil
		}
		if !errors.Is(err, http.ErrNotSupported) {
			h.leave()
			return fmt.Errorf("live: take over connection: %w", err)
		}
	}
	defer h.leave()
	return h.attend(w, r, topics)
}

// requested reads the topics asked for and leaves out those not allowed: the
// tabs of a browser share one stream, and one page that may no longer look must
// not silence the others.
func requested(r *http.Request, allow func(string) bool) ([]string, error) {
	topics := slices.Clone(r.URL.Query()["topic"])
	slices.Sort(topics)
	topics = slices.Compact(topics)
	if len(topics) == 0 || len(topics) > maxTopics {
		return nil, errs.E(errs.Invalid, "live.bad_topics", "max", maxTopics)
	}
	for _, topic := range topics {
		if !validTopic(topic) {
			return nil, errs.E(errs.Invalid, "live.bad_topics", "max", maxTopics)
		}
	}
	topics = slices.DeleteFunc(topics, func(topic string) bool { return !allow(topic) })
	if len(topics) == 0 {
		return nil, errs.E(errs.Forbidden, "live.forbidden")
	}
	return topics, nil
}

func setHeaders(header http.Header) {
	header.Set("Content-Type", "text/event-stream; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no")
}

// greeting opens a stream. Browsers come back after a time of their own each,
// so that a restart doesn't bring all of them at once.
func greeting() string {
	return fmt.Sprintf("retry: %d\n\n", 1000+rand.IntN(4000))
}

// detach answers on a connection taken from the server and leaves it to the
// crew, so that no goroutine and no buffers of the server stay with it.
func (h *Hub) detach(conn net.Conn, header http.Header, topics []string) {
	h.crew.start(h.heartbeat, h.beat)
	s := &stream{hub: h, conn: conn, topics: topics, busy: true} // not to be written to before the greeting
	if !h.add(s, s, topics) {
		s.close()
		return
	}
	header.Set("Connection", "close") // the stream ends with the connection
	header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	var b bytes.Buffer
	b.WriteString("HTTP/1.1 200 OK\r\n")
	_ = header.Write(&b) // a Buffer doesn't fail
	b.WriteString("\r\n" + greeting())
	if !s.send(b.Bytes()) {
		s.close()
		return
	}
	s.write()
}

// attend serves a stream from the handler, where the connection can't be taken:
// over HTTP/2 it carries other requests too.
func (h *Hub) attend(w http.ResponseWriter, r *http.Request, topics []string) error {
	sub, err := h.Subscribe(topics...)
	if err != nil {
		return errs.Wrap(err, errs.Unavailable, "errs.unavailable")
	}
	defer sub.Close()
	w.WriteHeader(http.StatusOK)
	out := &answer{w: w, control: http.NewResponseController(w), patience: h.patience}
	text := []byte(greeting())
	for out.write(text) {
		ctx, cancel := context.WithTimeout(r.Context(), h.heartbeat)
		messages, err := sub.next(ctx)
		cancel()
		switch {
		case err == nil:
			text = join(messages)
		case errors.Is(err, context.DeadlineExceeded) && r.Context().Err() == nil:
			text = []byte(beat)
		default:
			return nil
		}
	}
	return nil
}

// answer writes to a response in time.
type answer struct {
	w        http.ResponseWriter
	control  *http.ResponseController
	patience time.Duration
}

func (a *answer) write(text []byte) bool {
	if err := a.control.SetWriteDeadline(time.Now().Add(a.patience)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return false
	}
	if _, err := a.w.Write(text); err != nil {
		return false
	}
	return a.control.Flush() == nil
}
