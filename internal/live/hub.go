// Package live tells open pages what has changed, over server-sent events and across replicas.
//
// An event is a hint: its topic moved, look again. It may come twice or be
// merged with others, and after a gap everything is said to have moved; what
// it must never do is arrive before the commit, or hold up who publishes.
//
// A topic that very many pages follow is broadcast instead: its event carries
// what there is to see, so that nobody needs to ask. See [Hub.Broadcast].
package live

import (
	"context"
	_ "embed"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"bilin/internal/i18n"
	"bilin/internal/sqldb"
)

//go:embed messages.json
var rawMessages []byte

// Messages is what this package says to people.
var Messages = i18n.MustParse(rawMessages)

const (
	maxData    = 1 << 10 // bytes of an event's data
	maxTopic   = 128     // bytes of a topic
	maxTopics  = 64      // of one subscription
	maxStreams = 50_000  // open pages of one replica
)

// Event says that something of a topic has moved.
type Event struct {
	Topic string
	Data  string // what the publisher said; "" when events were merged or may have been missed
}

// receiver is who gets events: a Sub or a stream. offer never waits.
type receiver interface{ offer(e *message) }

// Hub takes events from commands and hands them to subscribers.
type Hub struct {
	log       *slog.Logger
	heartbeat time.Duration // between two signs of life on an idle stream
	patience  time.Duration // how long a write to a stream may wait
	relay     *relay        // to the other replicas; nil on SQLite
	crew      *crew

	mu      sync.RWMutex
	topics  map[string]map[receiver]struct{}
	last    map[string]*message // of each topic that is broadcast
	sources []source
	closers map[interface{ close() }]struct{} // everything open, to be closed on Stop
	streams int
	stopped bool
}

// NewHub returns a hub for a database. logger may be nil.
func NewHub(db *sqldb.DB, logger *slog.Logger) *Hub {
	if logger == nil {
		logger = slog.Default()
	}
	h := &Hub{
		log: logger, heartbeat: 20 * time.Second, patience: 500 * time.Millisecond,
		topics: map[string]map[receiver]struct{}{}, last: map[string]*message{}, closers: map[interface{ close() }]struct{}{},
	}
	h.crew = newCrew()
	if db != nil && db.Engine() == sqldb.Postgres {
		h.relay = newRelay(db, logger, h.deliver, h.resync)
	}
	return h
}

// Start listens to the other replicas until Stop. Publishing and streams work
// without it.
func (h *Hub) Start(ctx context.Context) {
	if h.relay != nil {
		h.relay.listen(ctx)
	}
}

// CloseStreams ends all streams and subscriptions, so that the server can stop.
// What is published after that still reaches the other replicas.
func (h *Hub) CloseStreams() {
	h.mu.Lock()
	h.stopped = true
	open := h.closers
	h.closers = nil
	h.mu.Unlock()
	for c := range open {
		c.close()
	}
	h.crew.stop()
}

// Stop ends everything and passes on what was published.
func (h *Hub) Stop(ctx context.Context) error {
	h.CloseStreams()
	if h.relay == nil {
		return nil
	}
	return h.relay.stop(ctx)
}

// Publish announces an event of the command's topic once the command is
// committed. On PostgreSQL the other replicas hear of it too.
func (h *Hub) Publish(_ context.Context, tx *sqldb.Tx, topic, data string) error {
	if !validTopic(topic) {
		return fmt.Errorf("live: bad topic %q", topic)
	}
	if len(data) > maxData {
		return fmt.Errorf("live: %s: data of %d bytes, at most %d", topic, len(data), maxData)
	}
	tx.OnCommit(func() {
		h.deliver(Event{topic, data})
		if h.relay != nil {
			h.relay.send(Event{topic, data})
		}
	})
	return nil
}

// deliver hands an event to this replica's subscribers.
func (h *Hub) deliver(e Event) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if len(h.topics[e.Topic]) == 0 {
		return
	}
	m := newMessage(e)
	for r := range h.topics[e.Topic] {
		r.offer(m)
	}
}

// resync says that everything may have moved, after a gap. What is broadcast
// is not: who composes it hears of the gap by the topics it is composed from.
func (h *Hub) resync() {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for topic, receivers := range h.topics {
		if h.last[topic] != nil {
			continue
		}
		m := newMessage(Event{Topic: topic})
		for r := range receivers {
			r.offer(m)
		}
	}
}

// beat gives every stream a sign of life, which also finds those whose reader is gone.
func (h *Hub) beat() {
	h.mu.RLock()
	defer h.mu.RUnlock()
	m := &message{wire: []byte(beat)}
	for c := range h.closers {
		if s, ok := c.(*stream); ok {
			s.offer(m)
		}
	}
}

// Streams counts the pages that are open on this replica.
func (h *Hub) Streams() int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.streams
}

// add enters a receiver under its topics and hands it what was last broadcast
// of them. It reports false once the hub has stopped.
func (h *Hub) add(r receiver, c interface{ close() }, topics []string) bool {
	if !h.enlist(r, c, topics) {
		return false
	}
	h.begin(topics)
	return true
}

func (h *Hub) enlist(r receiver, c interface{ close() }, topics []string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopped {
		return false
	}
	h.closers[c] = struct{}{}
	for _, topic := range topics {
		if h.topics[topic] == nil {
			h.topics[topic] = map[receiver]struct{}{}
		}
		h.topics[topic][r] = struct{}{}
		if m := h.last[topic]; m != nil {
			r.offer(m)
		}
	}
	return true
}

func (h *Hub) remove(r receiver, c interface{ close() }, topics []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.closers, c)
	for _, topic := range topics {
		delete(h.topics[topic], r)
		if len(h.topics[topic]) == 0 {
			delete(h.topics, topic)
		}
	}
}

// enter counts a page in; it reports false when there are too many.
func (h *Hub) enter() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.streams >= maxStreams {
		return false
	}
	h.streams++
	return true
}

func (h *Hub) leave() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.streams--
}

// validTopic accepts names such as "network" and "demand:0190…".
func validTopic(topic string) bool {
	if topic == "" || len(topic) > maxTopic {
		return false
	}
	for _, c := range []byte(topic) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case c == ':', c == '-', c == '_', c == '.':
		default:
			return false
		}
	}
	return true
}
