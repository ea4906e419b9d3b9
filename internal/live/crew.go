package live

import (
	"sync"
	"time"
)

// crewSize is how many goroutines write to all streams: enough that a few slow
// readers, each with its patience, don't hold up the others.
const crewSize = 16

// crew writes to streams that have something to write.
type crew struct {
	mu      sync.Mutex
	work    sync.Cond
	ready   []*stream // each at most once
	started bool
	stopped bool
	over    chan struct{} // closed by stop
	ended   sync.WaitGroup
}

func newCrew() *crew {
	c := &crew{over: make(chan struct{})}
	c.work.L = &c.mu
	return c
}

// hand gives the crew a stream. It never waits.
func (c *crew) hand(s *stream) {
	c.mu.Lock()
	c.ready = append(c.ready, s)
	c.mu.Unlock()
	c.work.Signal()
}

// start brings the crew to work; a hub without streams has none. Every so often
// beat is called.
func (c *crew) start(every time.Duration, beat func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.started || c.stopped {
		return
	}
	c.started = true
	for range crewSize {
		c.ended.Go(c.run)
	}
	c.ended.Go(func() { c.pulse(every, beat) })
}

func (c *crew) pulse(every time.Duration, beat func()) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			beat()
		case <-c.over:
			return
		}
	}
}

func (c *crew) run() {
	for {
		s := c.next()
		if s == nil {
			return
		}
		s.write()
	}
}

func (c *crew) next() *stream {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.ready) == 0 && !c.stopped {
		c.work.Wait()
	}
	if len(c.ready) == 0 {
		return nil
	}
	s := c.ready[0]
	c.ready[0] = nil
	if c.ready = c.ready[1:]; len(c.ready) == 0 {
		c.ready = nil // lets the array of a broadcast go
	}
	return s
}

// stop ends the crew. Streams are closed already, so nothing waits.
func (c *crew) stop() {
	c.mu.Lock()
	if !c.stopped {
		c.stopped = true
		close(c.over)
	}
	c.mu.Unlock()
	c.work.Broadcast()
	c.ended.Wait()
}
