package seal

import (
	"container/list"
	"sync"
	"time"
)

const (
	cachedKeys = 4096
	// cachedFor is how long another replica may still open what was erased here.
	cachedFor = time.Minute
)

// cache keeps keys that were used lately, each for a bounded time.
type cache struct {
	size int
	life time.Duration

	mu    sync.Mutex
	gone  uint64     // how many were forgotten
	order *list.List // of *cached, the latest used first
	by    map[string]*list.Element
}

type cached struct {
	subject string
	key     *key
	until   time.Time
}

func newCache(size int, life time.Duration) *cache {
	return &cache{size: size, life: life, order: list.New(), by: map[string]*list.Element{}}
}

// get returns the keys that are here and the subjects of those that aren't, and
// what put is told that brings these.
func (c *cache) get(subjects []string, now time.Time) (found map[string]*key, missing []string, seen uint64) {
	found = make(map[string]*key, len(subjects))
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, subject := range subjects {
		e, ok := c.by[subject]
		if !ok || !now.Before(e.Value.(*cached).until) {
			missing = append(missing, subject)
			continue
		}
		c.order.MoveToFront(e)
		found[subject] = e.Value.(*cached).key
	}
	return found, missing, c.gone
}

// put keeps keys, unless they are so many that nothing else would stay, or one
// was forgotten since they were looked for: it might be among them.
func (c *cache) put(keys map[string]*key, now time.Time, seen uint64) {
	if len(keys) > c.size/4 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone != seen {
		return
	}
	for subject, k := range keys {
		c.drop(subject)
		c.by[subject] = c.order.PushFront(&cached{subject, k, now.Add(c.life)})
	}
	for c.order.Len() > c.size {
		c.drop(c.order.Back().Value.(*cached).subject)
	}
}

// seen is what get would tell.
func (c *cache) seen() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.gone
}

func (c *cache) forget(subject string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gone++
	c.drop(subject)
}

func (c *cache) drop(subject string) {
	if e, ok := c.by[subject]; ok {
		c.order.Remove(e)
		delete(c.by, subject)
	}
}
