package live

import (
	"net"
	"sync"
	"time"
)

// stream is an open page whose connection was taken from the server. It has no
// goroutine and no buffers of its own: an idle page costs its socket and this.
type stream struct {
	hub    *Hub
	conn   net.Conn
	topics []string

	mu     sync.Mutex
	box    mailbox
	busy   bool // somebody writes, or is about to
	closed bool
}

// offer puts an event into the mailbox and has the crew write it.
func (s *stream) offer(m *message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.box.put(m)
	if !s.busy {
		s.busy = true
		s.hub.crew.hand(s)
	}
}

// write writes what waits until nothing does. A reader so slow that the
// system's buffer is full is dropped; its browser comes back by itself.
func (s *stream) write() {
	for {
		s.mu.Lock()
		messages := s.box.take()
		if len(messages) == 0 || s.closed {
			s.busy = false
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		if !s.send(join(messages)) {
			s.close()
			return
		}
	}
}

func (s *stream) send(wire []byte) bool {
	if err := s.conn.SetWriteDeadline(time.Now().Add(s.hub.patience)); err != nil {
		return false
	}
	_, err := s.conn.Write(wire)
	return err == nil
}

func join(messages []*message) []byte {
	if len(messages) == 1 {
		return messages[0].wire
	}
	var all []byte
	for _, m := range messages {
		all = append(all, m.wire...)
	}
	return all
}

func (s *stream) close() {
	s.mu.Lock()
	was := s.closed
	s.closed = true
	s.mu.Unlock()
	if was {
		return
	}
	_ = s.conn.Close() // the reader is gone, or is meant to go
	s.hub.remove(s, s, s.topics)
	s.hub.leave()
}
