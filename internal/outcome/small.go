package outcome

import (
	"hash/fnv"

	"bilin/internal/outcome/method"
)

// What is published of counts is a function of rounded counts and of nothing
// else. Each quarter of each village is rounded once, to a multiple of
// [method.Base]; sums over quarters and villages add up rounded counts, and
// lights, intervals and trends are reckoned from them. So a city whose true
// counts were the rounded ones would publish the very same: no subtraction of
// areas or dates, no averaging and no reasoning about lights tells the two
// apart, and as that city counts nowhere one or two, nothing published says that
// somewhere it was one or two. A test keeps both cities side by side.
//
// The turn of a value goes on from what was counted before, by this city's key:
// then a sum of quarters that came in their order is off by no more than a single
// rounding. A corrected value keeps its turn, so that the same count is always
// shown the same.

// turns are those of a value: of what is counted, and of the rest of a share or
// of what a rate is counted over.
type turns struct{ num, rest int }

func turnsOf(packed int) turns {
	return turns{packed % method.Base, packed / method.Base % method.Base}
}
func (t turns) packed() int { return t.num + method.Base*t.rest }
func (t turns) plus(a, b int) turns {
	return turns{(t.num + a) % method.Base, (t.rest + b) % method.Base}
}

// second is the number beside what is counted that is rounded with it.
func (x Indicator) second(num, den int) int {
	if x.Measure == Share {
		return den - num
	}
	return den
}

// shown is a value as it may be published.
func (x Indicator) shown(num, den int, t turns) method.Count {
	c := method.Count{Num: method.Round(num, t.num), Den: method.Round(x.second(num, den), t.rest), Parts: 1}
	if x.Measure == Share {
		c.Den += c.Num
	}
	return c
}

// first are the turns with which a village's values of an indicator begin.
func (s *Service) first(x Indicator, unitID string) turns {
	return turns{s.dice(x.ID + "/counted/" + unitID), s.dice(x.ID + "/rest/" + unitID)}
}

// dice turns by this city's key, so that nobody else can undo it.
func (s *Service) dice(what string) int {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s.o.Seal.Index("outcome-rounding", what)))
	return int(h.Sum64() % method.Base) //nolint:gosec // below Base
}

// couple lets the three figures of residents' words tell the same where they
// speak of the same: those re-opened are some of those resolved, the prompt ones
// some of those confirmed.
func (m *Matrix) couple(list []Indicator) {
	of := map[Source]string{}
	for _, x := range list {
		of[x.Source] = x.ID
	}
	confirmed, known := m.counts[of[Confirmed]], m.known[of[Confirmed]]
	for at := range confirmed {
		if !known[at] {
			continue
		}
		within(m.counts[of[Reopened]], at, confirmed[at].Den)
		within(m.counts[of[Prompt]], at, confirmed[at].Num)
	}
}

func within(counts []method.Count, at, den int) {
	if counts != nil {
		counts[at].Den, counts[at].Num = den, min(counts[at].Num, den)
	}
}
