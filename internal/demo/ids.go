package demo

import (
	"encoding/binary"
	"math/rand/v2"

	"github.com/google/uuid"
)

// ids hands out identifiers that depend on the seed alone: version 7 by form,
// with a fixed date, so that the same seed makes the same city.
type ids struct {
	r  *rand.Rand
	ms uint64
}

func newIDs(seed uint64, code string) *ids {
	const madeOn = 1_767_225_600_000 // 2026-01-01 UTC
	return &ids{r: randFor(seed^0x1d5, code), ms: madeOn}
}

func (g *ids) next() string {
	var id uuid.UUID
	g.ms++
	binary.BigEndian.PutUint64(id[:8], g.ms<<16|uint64(g.r.Uint32N(1<<12))|0x7000)
	binary.BigEndian.PutUint64(id[8:], g.r.Uint64()>>2|1<<63)
	return id.String()
}

// door draws the code of a door card.
func (g *ids) door() string {
	const letters = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
	var b [10]byte
	for i := range b {
		b[i] = letters[g.r.IntN(len(letters))]
	}
	return string(b[:])
}
