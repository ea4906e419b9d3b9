// Package figures counts what became of demands, always with the number out of which it counts.
//
// Nothing here is about a person, a household, an author or a lead: the smallest
// unit that has figures is a group, groups stand in the order of their codes, and
// what would rest on fewer than [Least] demands is not shown.
package figures

import "bilin/internal/demand/catalog"

// Least is the smallest number of demands that a rate may rest on.
const Least = 5

// Standing is where a demand stands now. Every demand raised is in exactly one.
type Standing int

// The standings.
const (
	Confirmed   Standing = iota // the resident said that it is solved
	Unconfirmed                 // closed after seven days of silence; never counted as solved
	Unanswered                  // the handler says it is done; the resident hasn't answered yet
	InWork                      // somebody has to do something, or waits for the resident's word
	Withdrawn                   // the resident took it back
)

// Standings lists them in the order in which they are shown.
func Standings() []Standing { return []Standing{Confirmed, Unconfirmed, Unanswered, InWork, Withdrawn} }

var standings = [...]string{"confirmed", "unconfirmed", "unanswered", "in_work", "withdrawn"}

// String returns the standing's name in code.
func (s Standing) String() string { return standings[s] }

// Count is what is counted of a set of demands. Those that were merged into
// another are counted in Merged and nowhere else.
type Count struct {
	Raised    int
	Merged    int    // raised, and found to be the same matter as another
	Standings [5]int // adds up to Raised

	Resolved    int // the handler said at least once that it is done, and it wasn't withdrawn
	Confirmed   int // of Resolved: now confirmed
	Unconfirmed int // of Resolved: now closed by silence
	Reopened    int // of Resolved: the resident said at least once that it was not done

	Decided int // whether the first limit was kept is known: resolved, or the limit ran out
	InTime  int // of Decided: first resolved before a limit ran out
	Running int // neither resolved nor late, and not withdrawn: left out of Decided

	Answers [4]int                  // of all: what residents said of it; 0 nothing, 1 satisfied, 2 partly, 3 not
	At      [catalog.Office + 1]int // of Resolved: by the rung that resolved it last; 0 is not known

	Climbed   int // climbed at least once because a limit ran out
	Climbs    int // how often in all
	Passed    int // handed over at least once
	Handovers int // how often in all

	Asked      int // asked again after 30 days, and answered
	StillFixed int // of Asked: it is still in order

	// Calendar days from the day it was raised to the day it was first resolved,
	// over Resolved: half, or nine in ten, took at most so many.
	Median, Ninety int
}

// Share is a part of a number of demands.
type Share struct {
	Part, Of int
	Hidden   bool // on so few that it isn't shown
}

// Measure names a figure with a denominator.
type Measure string

// The measures. The first number is the part, the second what it is a part of.
const (
	InTime      Measure = "in_time"     // InTime / Decided
	Resolved    Measure = "resolved"    // Resolved / Raised that weren't withdrawn
	Confirms    Measure = "confirmed"   // Confirmed / Resolved
	Silent      Measure = "unconfirmed" // Unconfirmed / Resolved
	Reopened    Measure = "reopened"    // Reopened / Resolved
	Satisfied   Measure = "satisfied"   // satisfied / those who answered
	Partly      Measure = "partly"      // partly / those who answered
	Unsatisfied Measure = "unsatisfied" // not satisfied / those who answered
	Nearby      Measure = "nearby"      // resolved in the cell or group / Resolved at a known rung
	Climbed     Measure = "climbed"     // Climbed / Raised
	Passed      Measure = "passed"      // Passed / Raised
	Withdrew    Measure = "withdrawn"   // withdrawn / Raised
	StillFixed  Measure = "still_fixed" // StillFixed / Asked
	Days        Measure = "days"        // Resolved / Resolved: what Median and Ninety rest on
	Stands      Measure = "stands"      // Raised / Raised: what Standings rests on
	Rungs       Measure = "rungs"       // Resolved / Resolved: what At rests on
)

// Measures lists those that are rates, in the order in which they are shown.
func Measures() []Measure {
	return []Measure{InTime, Resolved, Confirms, Silent, Reopened, Satisfied, Partly, Unsatisfied, Nearby, Climbed, Passed, Withdrew, StillFixed}
}

// Share returns the part and the whole of a measure, shown or not.
func (c *Count) Share(m Measure) Share {
	valid := c.Answers[1] + c.Answers[2] + c.Answers[3]
	kept := c.Raised - c.Standings[Withdrawn]
	switch m {
	case InTime:
		return Share{Part: c.InTime, Of: c.Decided}
	case Resolved:
		return Share{Part: c.Resolved, Of: kept}
	case Confirms:
		return Share{Part: c.Confirmed, Of: c.Resolved}
	case Silent:
		return Share{Part: c.Unconfirmed, Of: c.Resolved}
	case Reopened:
		return Share{Part: c.Reopened, Of: c.Resolved}
	case Satisfied:
		return Share{Part: c.Answers[1], Of: valid}
	case Partly:
		return Share{Part: c.Answers[2], Of: valid}
	case Unsatisfied:
		return Share{Part: c.Answers[3], Of: valid}
	case Nearby:
		return Share{Part: c.At[catalog.Cell] + c.At[catalog.Group], Of: c.Resolved - c.At[0]}
	case Climbed:
		return Share{Part: c.Climbed, Of: c.Raised}
	case Passed:
		return Share{Part: c.Passed, Of: c.Raised}
	case Withdrew:
		return Share{Part: c.Standings[Withdrawn], Of: c.Raised}
	case StillFixed:
		return Share{Part: c.StillFixed, Of: c.Asked}
	case Stands:
		return Share{Part: c.Raised, Of: c.Raised}
	default: // Days, Rungs
		return Share{Part: c.Resolved, Of: c.Resolved}
	}
}
