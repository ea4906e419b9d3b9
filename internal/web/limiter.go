package web

import (
	"math"
	"net/netip"
	"sync"
	"time"

	"bilin/internal/errs"
)

// limiterKeys bounds the memory of a Limiter: about 100 bytes each.
const limiterKeys = 50_000

// Limiter lets each key, such as a client's address, do something so many
// times a minute, with a burst. The addresses of one IPv6 subscriber, who has a
// whole /64 of them, are one key.
type Limiter struct {
	Now func() time.Time

	perSecond float64
	burst     float64
	mu        sync.Mutex
	young     map[string]*bucket // two generations: when young is full, old is forgotten
	old       map[string]*bucket
}

type bucket struct {
	tokens float64
	at     time.Time
}

// NewLimiter returns a limiter of perMinute with a burst.
func NewLimiter(perMinute, burst int) *Limiter {
	return &Limiter{
		Now: time.Now, perSecond: float64(perMinute) / 60, burst: float64(burst),
		young: map[string]*bucket{}, old: map[string]*bucket{},
	}
}

// Allow takes one turn of key, or says errs.TooMany and after how many seconds
// to come again.
func (l *Limiter) Allow(key string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.Now()
	b := l.bucket(subscriber(key), now)
	b.tokens = math.Min(l.burst, b.tokens+l.perSecond*now.Sub(b.at).Seconds())
	b.at = now
	if b.tokens < 1 {
		wait := int(math.Ceil((1 - b.tokens) / l.perSecond))
		return errs.E(errs.TooMany, "web.too_many", "seconds", max(1, wait))
	}
	b.tokens--
	return nil
}

// subscriber folds an IPv6 address to its /64 and leaves every other key alone.
func subscriber(key string) string {
	addr, err := netip.ParseAddr(key)
	if err != nil || !addr.Unmap().Is6() {
		return key
	}
	return netip.PrefixFrom(addr.WithZone(""), 64).Masked().String()
}

func (l *Limiter) bucket(key string, now time.Time) *bucket {
	if b, ok := l.young[key]; ok {
		return b
	}
	b, ok := l.old[key]
	if !ok {
		b = &bucket{tokens: l.burst, at: now}
	}
	if len(l.young) >= limiterKeys {
		l.old, l.young = l.young, map[string]*bucket{}
	}
	l.young[key] = b
	return b
}
