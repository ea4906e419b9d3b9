package loopback

import (
	"hash/maphash"

	"bilin/internal/gateway"
)

// box keeps the messages that were taken: a ring of the latest, and where each
// ID stands in it.
type box struct {
	seed maphash.Seed
	ring []kept
	next int // place of the next one
	at   map[string]int
}

// kept is a message with what tells whether it comes again unchanged.
type kept struct {
	Received
	sum uint64
}

func newBox() *box { return &box{seed: maphash.MakeSeed(), at: map[string]int{}} }

// name is under which an ID is known: each kind has IDs of its own.
func name(kind gateway.Kind, id string) string { return string(kind) + " " + id }

func (b *box) sum(m Received) uint64 {
	return maphash.Comparable(b.seed, [2]string{m.To, m.Text})
}

// put keeps a message, or counts it if it is there already.
func (b *box) put(m Received) (again bool) {
	key, sum := name(m.Kind, m.ID), b.sum(m)
	if i, had := b.at[key]; had {
		k := &b.ring[i]
		k.Repeats++
		k.Changed = k.Changed || k.Kind != gateway.Push && k.sum != sum // each push is encrypted anew
		return true
	}
	if len(b.ring) < keptIDs {
		b.ring = append(b.ring, kept{})
	} else {
		delete(b.at, name(b.ring[b.next].Kind, b.ring[b.next].ID))
	}
	b.ring[b.next], b.at[key] = kept{m, sum}, b.next
	b.next = (b.next + 1) % keptIDs
	if len(b.ring) > keptTexts {
		old := &b.ring[(b.next-1-keptTexts+keptIDs)%keptIDs]
		old.Text, old.Body = "", nil
	}
	return false
}

// latest returns copies of the last n, latest first.
func (b *box) latest(n int) []Received {
	out := make([]Received, min(n, len(b.ring)))
	for i := range out {
		out[i] = b.ring[(b.next-1-i+keptIDs)%keptIDs].Received
	}
	return out
}
