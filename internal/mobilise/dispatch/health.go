package dispatch

import (
	"sync"
	"time"

	"bilin/internal/mobilise"
)

// Bounds of a channel's health.
const (
	downAfter = 20              // failures in a row
	probeWait = 2 * time.Second // between attempts at a channel that is down
	probes    = 3               // messages of one attempt
)

// health is how the channels do, as this process sees it.
type health struct {
	mu sync.Mutex
	of map[mobilise.Channel]*pulse
}

// pulse is one channel's.
type pulse struct {
	fails  int
	since  time.Time // of the first failure in a row
	why    string    // message key of the last
	down   bool
	probed time.Time
}

func newHealth() health { return health{of: map[mobilise.Channel]*pulse{}} }

func (h *health) get(c mobilise.Channel) *pulse {
	if h.of[c] == nil {
		h.of[c] = &pulse{}
	}
	return h.of[c]
}

// note takes the outcome of one message.
func (h *health) note(c mobilise.Channel, failed bool, why string, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.get(c)
	if !failed {
		*p = pulse{}
		return
	}
	if p.fails == 0 {
		p.since = now
	}
	p.fails++
	p.why = why
	p.down = p.down || p.fails >= downAfter
}

// passed are the channels that are down for longer than people should wait for.
func (h *health) passed(now time.Time) (b mobilise.Bits) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c, p := range h.of {
		if p.down && now.Sub(p.since) > mobilise.Patience {
			b |= mobilise.BitsOf(c)
		}
	}
	return b
}

// allows says how many of n messages may be handed to a channel now: all while
// it works, a few now and then while it is down, to see whether it works again.
func (h *health) allows(c mobilise.Channel, n int, now time.Time) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.get(c)
	switch {
	case !p.down || n == 0:
		return n
	case now.Sub(p.probed) < probeWait:
		return 0
	}
	p.probed = now
	return min(n, probes)
}

// state says since when a channel is down, and why; zero if it works. It isn't
// known before something was sent, nor while it has only begun to fail.
func (h *health) state(c mobilise.Channel) (since time.Time, why string, known bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch p := h.of[c]; {
	case p == nil:
		return time.Time{}, "", false
	case p.down:
		return p.since, p.why, true
	default:
		return time.Time{}, "", p.fails == 0
	}
}
