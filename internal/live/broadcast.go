package live

import (
	"fmt"
	"strings"
)

const (
	maxWhole = 4 << 10 // bytes of what is broadcast at once
	maxKept  = 1024    // topics of which the last broadcast is kept
)

// source is who composes the topics that begin with a prefix.
type source struct {
	prefix string
	begin  func(topic string)
}

// Broadcast hands the pages of this replica what a topic looks like now. The
// latest counts: it takes the place of one that still waits for a slow reader,
// and whoever comes later gets it at once. Nothing of it goes to the other
// replicas, each of which composes its own. A topic is either broadcast or
// published, never both.
func (h *Hub) Broadcast(topic, data string) error {
	if !validTopic(topic) {
		return fmt.Errorf("live: bad topic %q", topic)
	}
	if len(data) > maxWhole {
		return fmt.Errorf("live: %s: broadcast of %d bytes, at most %d", topic, len(data), maxWhole)
	}
	m := newMessage(Event{topic, data})
	m.whole = true
	h.mu.Lock() // and not only for reading, so that nobody is told the older of two last
	defer h.mu.Unlock()
	if h.stopped {
		return nil
	}
	if h.last[topic] == nil && len(h.last) >= maxKept {
		return fmt.Errorf("live: %s: %d topics are broadcast already", topic, maxKept)
	}
	h.last[topic] = m
	for r := range h.topics[topic] {
		r.offer(m)
	}
	return nil
}

// Forget drops what was last broadcast of a topic that is composed no longer.
func (h *Hub) Forget(topic string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.last, topic)
}

// Compose says who broadcasts the topics that begin with a prefix: begin hears
// of each that somebody starts to follow, and must not wait. Call it before the
// hub is used.
func (h *Hub) Compose(prefix string, begin func(topic string)) {
	h.sources = append(h.sources, source{prefix, begin})
}

func (h *Hub) begin(topics []string) {
	for _, s := range h.sources {
		for _, topic := range topics {
			if strings.HasPrefix(topic, s.prefix) {
				s.begin(topic)
			}
		}
	}
}

// Followers counts who follows a topic on this replica.
func (h *Hub) Followers(topic string) int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(h.topics[topic])
}
