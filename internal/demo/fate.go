package demo

import (
	"math/rand/v2"

	"bilin/internal/demand"
	"bilin/internal/demand/catalog"
)

// fate is what will come of a demand, as far as the rules let it.
type fate struct {
	rung     catalog.Rung // who can settle it
	idle     int          // how many owners let their limit run out
	returns  int          // how many offers come back
	asks     bool         // the handler needs a word
	answers  bool
	notes    bool
	helper   bool
	declines bool // a suggestion isn't adopted
	resume   bool // the resident doesn't answer the question
	reopens  int

	withdraws bool
	looks     bool // the resident reads the page or the message; else somebody has to tell them
	untold    bool // and nobody does
	silent    bool
	late      bool // says so only after the seven days
	rating    demand.Rating
	recheck   int // the answer a month later
	publishes bool
	claim     int // 1 theirs, 2 not theirs

	stop func(*demand.Demand) bool // where the story stands still; nil: nowhere
}

func chance(r *rand.Rand, percent float64) bool { return r.Float64()*100 < percent }

// drawFate draws what usually happens: small things are settled next door.
func drawFate(r *rand.Rand, w *words, m *matter) fate {
	f := fate{rung: drawRung(r, m), asks: chance(r, 7), answers: chance(r, 40), notes: chance(r, 14), helper: chance(r, 4),
		resume: chance(r, 25), withdraws: chance(r, 1.6), looks: chance(r, 78), silent: chance(r, 22), late: chance(r, 8),
		publishes: chance(r, 30), recheck: demand.RecheckAsked}
	switch n := r.Float64() * 100; {
	case n < 0.3:
		f.idle = 3
	case n < 0.9:
		f.idle = 2
	case n < 3.5:
		f.idle = 1
	}
	if f.rung > catalog.Cell {
		switch n := r.IntN(100); {
		case n < 2:
			f.returns = 2
		case n < 8:
			f.returns = 1
		}
	}
	switch n := r.IntN(1000); {
	case n < 4:
		f.reopens = 2
	case n < 40:
		f.reopens = 1
	}
	switch n := r.IntN(100); {
	case n < 60:
		f.recheck = demand.RecheckFixed
	case n < 65:
		f.recheck = demand.RecheckBroken
	}
	f.claim = []int{1, 1, 1, 1, 1, 1, 1, 2, 0, 0}[r.IntN(10)]
	f.rating = drawRating(r, w, f.rung)
	return f
}

// drawRung says how high a matter has to go; what needs a department by its
// nature needs one more often.
func drawRung(r *rand.Rand, m *matter) catalog.Rung {
	n := r.IntN(100)
	switch {
	case n < 60:
		return catalog.Cell
	case n < 77:
		return catalog.Group
	case n < 88:
		return catalog.Village
	case n < 95 || departmentCode(m.category) == "":
		return catalog.Town
	}
	return catalog.Department
}

func drawRating(r *rand.Rand, w *words, rung catalog.Rung) demand.Rating {
	rating := demand.Rating{Recheck: chance(r, 32)}
	n := r.IntN(100) + 2*int(rung) // the further away, the less content
	switch {
	case n < 8:
		return rating
	case n < 92:
		rating.Satisfied = demand.Satisfied
		if chance(r, 35) {
			rating.Why = w.say(r, "yes")
		}
	case n < 103:
		rating.Satisfied, rating.Why = demand.PartlySatisfied, w.say(r, "partly")
	default:
		rating.Satisfied, rating.Why = demand.NotSatisfied, w.say(r, "no")
	}
	return rating
}
