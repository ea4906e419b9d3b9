package rehearsal

import (
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// gauge measures what people would feel.
type gauge struct {
	mu       sync.Mutex
	answered map[int]bool
	at       []time.Time // of each person's first acknowledged answer
	pages    []time.Duration
	failed   int // requests that were not answered as they should have been
	rss      int // bytes, the most that was seen
}

func newGauge() *gauge { return &gauge{answered: map[int]bool{}} }

// answer counts a person whose answer was acknowledged.
func (g *gauge) answer(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.answered[n] {
		g.answered[n] = true
		g.at = append(g.at, time.Now())
	}
}

func (g *gauge) page(took time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.pages = append(g.pages, took)
}

func (g *gauge) fail() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.failed++
}

// read is what there is to say now: answers, of them within the last second,
// and the page that 99 in 100 are no slower than.
func (g *gauge) read() (answers, rate, failed int, p99 time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.rss = max(g.rss, resident())
	for i := len(g.at) - 1; i >= 0 && time.Since(g.at[i]) < time.Second; i-- {
		rate++
	}
	return len(g.at), rate, g.failed, percentile(g.pages, 99)
}

// last is how it was in the end.
func (g *gauge) last() (perSecond float64, rss int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return pace(g.at), max(g.rss, resident())
}

// resident is the memory that this program holds, 0 where the system doesn't say.
func resident() int {
	raw, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(raw))
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.Atoi(fields[1])
	if err != nil {
		return 0
	}
	return pages * os.Getpagesize()
}
