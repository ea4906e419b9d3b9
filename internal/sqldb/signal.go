package sqldb

import "sync"

// signals tells those in this process who wait for a topic that a transaction
// about it has committed.
type signals struct {
	mu      sync.Mutex
	waiting map[string]map[chan struct{}]struct{}
}

// Watch returns a channel that receives, at most once until it is read, after
// each commit that signalled the topic. stop ends it.
func (db *DB) Watch(topic string) (woken <-chan struct{}, stop func()) {
	ch := make(chan struct{}, 1)
	s := &db.signals
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting == nil {
		s.waiting = map[string]map[chan struct{}]struct{}{}
	}
	if s.waiting[topic] == nil {
		s.waiting[topic] = map[chan struct{}]struct{}{}
	}
	s.waiting[topic][ch] = struct{}{}
	return ch, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.waiting[topic], ch)
	}
}

// Signal wakes, after the commit, those in this process who watch the topic.
// Other replicas don't hear it.
func (tx *Tx) Signal(topic string) {
	tx.OnCommit(func() { tx.signals.send(topic) })
}

func (s *signals) send(topic string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for ch := range s.waiting[topic] {
		select {
		case ch <- struct{}{}:
		default: // it has one to read already
		}
	}
}
