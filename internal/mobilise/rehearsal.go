package mobilise

import (
	"bilin/internal/auth"
	"bilin/internal/errs"
)

// A rehearsal is a drill at full scale that nobody hears of: the program that
// asked for it tells its people itself, through a gateway of its own that
// delivers nothing. No job is ever queued for it, so that no other process,
// with the city's real gateways, can take it up.

// IsRehearsal reports whether an order is one.
func (o *Order) IsRehearsal() bool { return o.Rehearsal > 0 }

// mayRehearse says why a proposal can't be a rehearsal; one that is none passes.
func (c Propose) mayRehearse(actor auth.Actor) error {
	switch {
	case c.Rehearsal == 0:
		return nil
	case !actor.System:
		return auth.Denied(actor)
	case c.Rehearsal < 0 || c.Rehearsal > MaxPeople || c.Kind != Drill:
		return errs.E(errs.Invalid, "order.rehearsal_bad", "max", MaxPeople)
	}
	return nil
}

// only leaves n of those who would be called, for a rehearsal: those with posts
// before members of teams, evenly from all that there are. 0 leaves everybody.
func (c Count) only(n int) (Count, error) {
	if n == 0 {
		return c, nil
	}
	if c.People < n {
		return c, errs.E(errs.Invalid, "order.rehearsal_few", "n", n, "people", c.People)
	}
	posts, others := c.list[:c.Posts], c.list[c.Posts:]
	c.list = append(spread(posts, min(n, len(posts))), spread(others, max(0, n-len(posts)))...)
	c.People = n
	return c, nil
}

// spread takes n of a list, at even distances.
func spread(list []Called, n int) []Called {
	out := make([]Called, n)
	for i := range out {
		out[i] = list[i*len(list)/n]
	}
	return out
}
