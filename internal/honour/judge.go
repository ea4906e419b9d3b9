package honour

import (
	"cmp"
	"slices"

	"bilin/internal/auth"
)

// minJudges are how many have to have voted on somebody, at the least.
const minJudges = 3

// enough is how many of a panel make its vote valid: more than half.
func enough(panel int) int { return panel/2 + 1 }

// Tally is what the ballots say of one nomination.
type Tally struct {
	ID     string
	Yes    int
	Judges int // who voted and wasn't kept from it
}

// fewest is how many have to have judged somebody: half of the panel, and three.
func fewest(panel int) int { return max(minJudges, (panel+1)/2) }

// passes reports whether enough judged it and more than half of them said yes.
func (t Tally) passes(panel int) bool { return t.Judges >= fewest(panel) && 2*t.Yes > t.Judges }

// share compares two shares of yes, the greater first.
func share(a, b Tally) int { return cmp.Compare(b.Yes*a.Judges, a.Yes*b.Judges) }

// Outcome is what a vote came to in one category.
type Outcome struct {
	Proposed []string
	Tied     []string // as many more as there are places left, and all with the same share
	Left     int      // places for the tied
}

// decide gives places to those that pass, by their share of yes among those who
// judged them. If the last places have to be shared by more than there are, those
// are tied. Nothing else parts them: not who was nominated first, not a lot.
func decide(places, panel int, all []Tally) (out Outcome) {
	var good []Tally
	for _, t := range all {
		if t.passes(panel) {
			good = append(good, t)
		}
	}
	slices.SortStableFunc(good, share)
	places = max(places, 0)
	if len(good) <= places {
		return Outcome{Proposed: idsOf(good)}
	}
	if places == 0 {
		return Outcome{}
	}
	last := good[places-1]
	if share(last, good[places]) < 0 {
		return Outcome{Proposed: idsOf(good[:places])}
	}
	from := slices.IndexFunc(good, func(t Tally) bool { return share(t, last) == 0 })
	to := from
	for to < len(good) && share(good[to], last) == 0 {
		to++
	}
	return Outcome{Proposed: idsOf(good[:from]), Tied: idsOf(good[from:to]), Left: places - from}
}

func idsOf(list []Tally) (ids []string) {
	for _, t := range list {
		ids = append(ids, t.ID)
	}
	return ids
}

// cast is an opened ballot.
type cast struct {
	PersonID string
	Yes      []string
}

// tally counts ballots over nominations. A yes of somebody who was kept from it counts for nothing.
func tally(ids []string, ballots []cast, kept map[Recusal]bool) []Tally {
	out := make([]Tally, len(ids))
	for i, id := range ids {
		out[i].ID = id
		for _, b := range ballots {
			if kept[Recusal{PersonID: b.PersonID, NominationID: id}] {
				continue
			}
			out[i].Judges++
			if slices.Contains(b.Yes, id) {
				out[i].Yes++
			}
		}
	}
	return out
}

// ties are what binds somebody to others: who they are, where they live, where they serve.
type ties struct {
	people     []string // of a team all its members
	households []string
	units      []string // of their posts
	above      []string // the units straight above those
}

func meet(a, b []string) bool {
	return slices.ContainsFunc(a, func(x string) bool { return x != "" && slices.Contains(b, x) })
}

// conflict says what keeps a member of the panel from a nomination; "" if nothing
// does. by are the marks under which the member, or their home, would have made it.
func conflict(m, nominee ties, n *Nomination, by []string) Why {
	switch {
	case meet(m.people, nominee.people):
		return Themself
	case meet(by, []string{n.byPerson}):
		return Nominator
	case n.checkedBy != "" && slices.Contains(m.people, n.checkedBy):
		return Checker
	case meet(m.households, nominee.households), meet(by, []string{n.byHousehold}):
		return Household
	case meet(m.units, nominee.units), meet(m.units, nominee.above), meet(m.above, nominee.units):
		return Line
	}
	return ""
}

// same reports whether somebody is the person that a record names.
func same(actor auth.Actor, id string) bool { return actor.Is(id) || id != "" && id == actor.Human() }
