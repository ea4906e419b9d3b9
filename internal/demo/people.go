package demo

import "math/rand/v2"

// Crowd draws people for what is built upon the city: the same for the same
// seed and purpose. They belong to nobody, as the city's own do.
type Crowd struct {
	*rand.Rand
	ids *ids
}

// NewCrowd begins a stream of its own.
func NewCrowd(seed uint64, purpose string) *Crowd {
	return &Crowd{randFor(seed, purpose), newIDs(seed, purpose)}
}

// ID is the next identifier.
func (c *Crowd) ID() string { return c.ids.next() }

// Somebody draws a name and a telephone number that no network connects.
func (c *Crowd) Somebody() (name, phone string) { return personName(c.Rand), phoneNumber(c.Rand) }

// ShowVillage and ShowTown are the codes of where the demo logins work.
const (
	ShowVillage = showVillage
	ShowTown    = showTown
)
