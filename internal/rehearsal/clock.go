package rehearsal

import (
	"sync"
	"time"
)

// clock is the time of the rehearsal. It begins in the past and catches up with
// the true time at the end, so that nothing is written down as of the future.
type clock struct {
	mu    sync.Mutex
	at    time.Time // it said this
	since time.Time // at this true time
	speed float64
}

func newClock(ahead time.Duration) *clock {
	now := time.Now()
	return &clock{at: now.Add(-ahead), since: now, speed: 1}
}

// Now is the time of the rehearsal.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *clock) now() time.Time {
	now := time.Now()
	at := c.at.Add(time.Duration(float64(now.Sub(c.since)) * c.speed))
	if at.After(now) {
		at = now // whoever looks a moment late sees it caught up
	}
	return at.Round(0)
}

// run lets time go so many times as fast from now on.
func (c *clock) run(speed float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at, c.since, c.speed = c.now(), time.Now(), speed
}
