package orderweb

import (
	"context"
	"sync"
	"time"

	"bilin/internal/mobilise"
)

// counts counts an order's people for all who look at its page. While answers
// come in by the thousand, each of those pages is fetched anew again and again:
// one count at a time serves all that asked before it began, and then the
// database rests for as long. Nobody gets a count that is older
// than the question.
type counts struct {
	tally func(ctx context.Context, orderID string) (mobilise.Tally, error)
	mu    sync.Mutex
	of    map[string]*counting
}

// counting is the counts of one order.
type counting struct{ next *count } // next is for those who ask while another is going on

type count struct {
	done  chan struct{}
	tally mobilise.Tally
	err   error
}

const (
	restFactor = 1
	longestRun = 10 * time.Second
)

func newCounts(tally func(context.Context, string) (mobilise.Tally, error)) *counts {
	return &counts{tally: tally, of: map[string]*counting{}}
}

// get returns a count that began after it was asked for.
func (c *counts) get(ctx context.Context, orderID string) (mobilise.Tally, error) {
	x := c.join(ctx, orderID)
	select {
	case <-x.done:
		return x.tally, x.err
	case <-ctx.Done():
		return mobilise.Tally{}, context.Cause(ctx)
	}
}

func (c *counts) join(ctx context.Context, orderID string) *count {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.of[orderID]
	if k == nil {
		k = &counting{}
		c.of[orderID] = k
		defer func() { go c.run(context.WithoutCancel(ctx), orderID, k) }()
	}
	if k.next == nil {
		k.next = &count{done: make(chan struct{})}
	}
	return k.next
}

// run counts until nobody asks any more.
func (c *counts) run(ctx context.Context, orderID string, k *counting) {
	for {
		c.mu.Lock()
		x := k.next
		k.next = nil
		if x == nil {
			delete(c.of, orderID)
		}
		c.mu.Unlock()
		if x == nil {
			return
		}
		began := time.Now()
		inTime, cancel := context.WithTimeout(ctx, longestRun)
		x.tally, x.err = c.tally(inTime, orderID)
		cancel()
		close(x.done)
		time.Sleep(restFactor * time.Since(began))
	}
}

// mostPast bounds how many ended orders' counts are kept.
const mostPast = 1000

// pastTallies keeps the counts of orders that ended a while ago: they don't
// change any more, and there are years of them.
type pastTallies struct {
	tallies func(ctx context.Context, ids []string) (map[string]mobilise.Tally, error)
	mu      sync.Mutex
	kept    map[string]mobilise.Tally
}

func newPastTallies(tallies func(context.Context, []string) (map[string]mobilise.Tally, error)) *pastTallies {
	return &pastTallies{tallies: tallies, kept: map[string]mobilise.Tally{}}
}

// settled is how long after the end of an order reports of its messages may still come.
const settled = time.Hour

// of returns the counts of a list of orders in one query.
func (c *pastTallies) of(ctx context.Context, list []*mobilise.Order, now time.Time) (map[string]mobilise.Tally, error) {
	out, ask := map[string]mobilise.Tally{}, []string(nil)
	c.mu.Lock()
	for _, o := range list {
		if t, ok := c.kept[o.ID]; ok {
			out[o.ID] = t
		} else if !o.IssuedAt.IsZero() {
			ask = append(ask, o.ID)
		}
	}
	c.mu.Unlock()
	fresh, err := c.tallies(ctx, ask)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, o := range list {
		t, ok := fresh[o.ID]
		if !ok {
			continue
		}
		out[o.ID] = t
		if !o.EndedAt.IsZero() && now.Sub(o.EndedAt) > settled && len(c.kept) < mostPast {
			c.kept[o.ID] = t
		}
	}
	return out, nil
}
