package network

import (
	"slices"

	"bilin/internal/auth"
)

// A cell is meant to have from minCell to maxCell households.
const (
	minCell = 5
	maxCell = 15
)

// Coverage is the proof for a subtree: Covered and Uncovered add up to
// Households, and each figure is the unit's own plus its children's, except
// for people, who count once however many posts they hold.
type Coverage struct {
	Units           [Cell + 1]int // by Level
	Households      int
	Covered         int // in a cell that somebody leads today
	Uncovered       int
	Overlaps        int // claimed by a second cell
	Residents       int
	Leads           int // people who serve as neighbour lead
	LinkedOfficials int // people who serve as linked official
	VacantPosts     int
	Holes           []HoleCount // every kind, in the order of HoleKinds
}

// HoleCount is how many holes of a kind a subtree has.
type HoleCount struct {
	Kind HoleKind
	N    int
}

// count is what one unit adds to the totals, and the total of all before it.
type count struct {
	units                          [Cell + 1]int32
	households, covered, residents int32
	leadPosts, officialPosts       int32 // with somebody serving
	holes                          [holeKindCount]int32
}

func (c *count) add(o *count) {
	for i := range c.units {
		c.units[i] += o.units[i]
	}
	for i := range c.holes {
		c.holes[i] += o.holes[i]
	}
	c.households += o.households
	c.covered += o.covered
	c.residents += o.residents
	c.leadPosts += o.leadPosts
	c.officialPosts += o.officialPosts
}

// sums are running totals over the preorder, so that a subtree's total is the
// difference of two of them.
type sums struct {
	upTo []count // upTo[i] is the total of list[:i]
	// People in several posts, as pairs of places next to each other: such a
	// pair inside a subtree means one person fewer than posts.
	leadTwice, officialTwice []pair
	twoCells                 map[int32]bool // places of cells whose lead leads another
}

type pair struct{ earlier, later int32 }

// summed counts the whole tree once. before are the sums of a tree with the
// same people in the same posts, or nil.
func summed(t *Tree, before *sums) sums {
	s := sums{upTo: make([]count, len(t.list)+1)}
	if before != nil {
		s.leadTwice, s.officialTwice, s.twoCells = before.leadTwice, before.officialTwice, before.twoCells
	} else {
		s.people(t)
	}
	for i, u := range t.list {
		c := t.count(u)
		if u.Level == Cell && s.twoCells[u.pos] {
			c.holes[holeLeadOfTwo]++
		}
		s.upTo[i+1] = s.upTo[i]
		s.upTo[i+1].add(&c)
	}
	return s
}

// people finds who is in several posts.
func (s *sums) people(t *Tree) {
	s.leadTwice = t.repeats(func(r auth.Role) bool { return r == auth.Lead })
	s.officialTwice = t.repeats(func(r auth.Role) bool { return r == auth.LinkedOfficial })
	s.twoCells = map[int32]bool{}
	for _, p := range s.leadTwice {
		s.twoCells[p.earlier], s.twoCells[p.later] = true, true
	}
}

// count is what u itself adds. Leads of two cells are known only to summed.
func (t *Tree) count(u *Unit) count {
	c := count{households: int32(u.Households), residents: int32(u.Residents)}
	c.units[u.Level] = 1
	led, linked := false, false
	for _, p := range t.postsAt(u.pos) {
		switch {
		case p.serving == nil:
			c.holes[holeVacantPost]++
			continue
		case p.Role.IsLead():
			c.leadPosts += bit(p.Role == auth.Lead)
			led = led || p.Role == leadRole(u.Level)
		case p.Role == auth.LinkedOfficial:
			c.officialPosts++
			linked = true
		}
		if p.serving.Over(t.day) {
			c.holes[holeTermOver]++
		}
	}
	c.holes[holeTwoCells] = int32(u.Overlaps)
	switch u.Level {
	case Cell:
		c.cell(u, led)
	case Area, Group:
		c.holes[holeNoOfficial] += bit(!linked)
		fallthrough
	default:
		c.holes[holeNoCell] = c.households
	}
	return c
}

func (c *count) cell(u *Unit, led bool) {
	if led {
		c.covered = c.households
	}
	c.holes[holeNoLead] = bit(!led)
	c.holes[holeBigCell] = bit(u.Households > maxCell)
	c.holes[holeSmallCell] = bit(u.Households < minCell)
}

func bit(b bool) int32 {
	if b {
		return 1
	}
	return 0
}

// repeats returns, for each person who serves in several posts of a role, the
// neighbouring pairs of places, in order of the earlier one. A pair of posts
// at one unit has the same place twice.
func (t *Tree) repeats(role func(auth.Role) bool) []pair {
	var pairs []pair
	person, last := "", int32(-1)
	for _, tn := range t.byPerson { // in order of person, then place
		p := t.posts[tn.post]
		if p.serving == nil || p.serving.PersonID != tn.person || !role(p.Role) {
			continue
		}
		place := t.postAt[tn.post]
		if tn.person == person {
			pairs = append(pairs, pair{last, place})
		}
		person, last = tn.person, place
	}
	slices.SortFunc(pairs, func(a, b pair) int { return int(a.earlier - b.earlier) })
	return pairs
}

// within counts the pairs that lie inside [from, to).
func within(pairs []pair, from, to int32) int32 {
	i, _ := slices.BinarySearchFunc(pairs, from, func(p pair, at int32) int { return int(p.earlier - at) })
	n := int32(0)
	for ; i < len(pairs) && pairs[i].earlier < to; i++ {
		n += bit(pairs[i].later < to)
	}
	return n
}

// Coverage returns the totals of a unit's subtree, in microseconds; "" is the
// city. For a unit that ended they are zero.
func (t *Tree) Coverage(unitID string) Coverage {
	u := t.ByID(or(unitID, t.RootID()))
	if u == nil || !u.Active() {
		return Coverage{Holes: holeCounts(&count{}, &count{})}
	}
	a, b := &t.sums.upTo[u.pos], &t.sums.upTo[u.end]
	c := Coverage{
		Households:      int(b.households - a.households),
		Covered:         int(b.covered - a.covered),
		Residents:       int(b.residents - a.residents),
		Leads:           int(b.leadPosts - a.leadPosts - within(t.sums.leadTwice, u.pos, u.end)),
		LinkedOfficials: int(b.officialPosts - a.officialPosts - within(t.sums.officialTwice, u.pos, u.end)),
		Overlaps:        int(b.holes[holeTwoCells] - a.holes[holeTwoCells]),
		VacantPosts:     int(b.holes[holeVacantPost] - a.holes[holeVacantPost]),
		Holes:           holeCounts(a, b),
	}
	c.Uncovered = c.Households - c.Covered
	for l := range c.Units {
		c.Units[l] = int(b.units[l] - a.units[l])
	}
	return c
}

func holeCounts(a, b *count) []HoleCount {
	out := make([]HoleCount, holeKindCount)
	for i, kind := range holeKinds {
		out[i] = HoleCount{Kind: kind, N: int(b.holes[i] - a.holes[i])}
	}
	return out
}

// Hole returns the count of one kind.
func (c Coverage) Hole(kind HoleKind) int {
	for _, h := range c.Holes {
		if h.Kind == kind {
			return h.N
		}
	}
	return 0
}
