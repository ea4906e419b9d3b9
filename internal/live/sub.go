package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// ErrStopped says that the subscription or its hub was closed.
var ErrStopped = errors.New("live: stopped")

// Sub is a subscription of a part of this program.
type Sub struct {
	hub    *Hub
	topics []string
	signal chan struct{} // holds one when something waits
	done   chan struct{}
	once   sync.Once

	mu  sync.Mutex
	box mailbox
}

// Subscribe subscribes to topics. Close ends it.
func (h *Hub) Subscribe(topics ...string) (*Sub, error) {
	if len(topics) == 0 || len(topics) > maxTopics {
		return nil, fmt.Errorf("live: subscribe: %d topics, at least 1 and at most %d", len(topics), maxTopics)
	}
	for _, topic := range topics {
		if !validTopic(topic) {
			return nil, fmt.Errorf("live: subscribe: bad topic %q", topic)
		}
	}
	s := &Sub{hub: h, topics: slices.Clone(topics), signal: make(chan struct{}, 1), done: make(chan struct{})}
	if !h.add(s, s, s.topics) {
		return nil, ErrStopped
	}
	return s, nil
}

func (s *Sub) offer(m *message) {
	s.mu.Lock()
	s.box.put(m)
	s.mu.Unlock()
	select {
	case s.signal <- struct{}{}:
	default: // it is signalled already
	}
}

// Next waits for events and returns all that are there. It fails with
// ErrStopped, or with the cause of the context's end.
func (s *Sub) Next(ctx context.Context) ([]Event, error) {
	messages, err := s.next(ctx)
	if err != nil {
		return nil, err
	}
	events := make([]Event, len(messages))
	for i, m := range messages {
		events[i] = m.Event
	}
	return events, nil
}

func (s *Sub) next(ctx context.Context) ([]*message, error) {
	for {
		select {
		case <-s.signal:
		case <-s.done:
			return nil, ErrStopped
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		s.mu.Lock()
		messages := s.box.take()
		s.mu.Unlock()
		if len(messages) > 0 {
			return messages, nil
		}
	}
}

// Close ends the subscription.
func (s *Sub) Close() { s.close() }

func (s *Sub) close() {
	s.once.Do(func() {
		close(s.done)
		s.hub.remove(s, s, s.topics)
	})
}
