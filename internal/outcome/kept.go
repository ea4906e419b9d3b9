package outcome

import (
	"context"
	"sync"

	"golang.org/x/sync/singleflight"
)

// kept keeps what was reckoned and is the same every time. Two who ask for what
// isn't there yet reckon it once.
type kept[V any] struct {
	mu  sync.Mutex
	by  map[string]V
	one singleflight.Group
}

// of returns what is kept under a key, or makes it; at most so much is kept.
func (k *kept[V]) of(ctx context.Context, key string, most int, make func(context.Context) (V, error)) (V, error) {
	k.mu.Lock()
	v, known := k.by[key]
	k.mu.Unlock()
	if known {
		return v, nil
	}
	made, err, _ := k.one.Do(key, func() (any, error) { return make(context.WithoutCancel(ctx)) }) // one who leaves doesn't fail the others
	if err != nil {
		return v, err
	}
	v = made.(V) //nolint:forcetypeassert // nothing else is made
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.by == nil || len(k.by) >= most {
		k.by = map[string]V{}
	}
	k.by[key] = v
	return v, nil
}
