package figures

import (
	"sync"
	"time"
)

const (
	keptFor  = time.Minute
	mostKept = 64 // reports of some 200 lines, about 8 MB in all
)

// question is what two people have to ask alike to get the same report.
type question struct {
	filter       Filter
	over, person string
}

// answer is a report, or the place where somebody is working it out.
type answer struct {
	mu     sync.Mutex
	report *Report
	until  time.Time // guarded by cache.mu
}

// cache keeps the latest reports. Who asks what somebody is already counting waits for them.
type cache struct {
	mu      sync.Mutex
	entries map[question]*answer
}

func (c *cache) get(q question, now time.Time, count func() (*Report, error)) (*Report, error) {
	a := c.entry(q, now)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.report != nil {
		return a.report, nil
	}
	r, err := count()
	if err == nil {
		a.report = r
	}
	return r, err
}

// entry returns the place for a question's answer and makes room for a new one.
func (c *cache) entry(q question, now time.Time) *answer {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a := c.entries[q]; a != nil && now.Before(a.until) {
		return a
	}
	delete(c.entries, q)
	var oldest question
	var first time.Time
	for k, a := range c.entries {
		if !now.Before(a.until) {
			delete(c.entries, k)
		} else if first.IsZero() || a.until.Before(first) {
			oldest, first = k, a.until
		}
	}
	if len(c.entries) >= mostKept {
		delete(c.entries, oldest)
	}
	a := &answer{until: now.Add(keptFor)}
	c.entries[q] = a
	return a
}
