package report

import (
	"slices"
	"time"

	"bilin/internal/mobilise"
)

// When something is worth a sentence. A city that wants other bounds finds them here.
const (
	slowReach     = 30 * time.Minute // until nine in ten were reached
	slowDoor      = 30 * time.Minute // of the door in the middle of a village
	fewDoors      = 3                // of a village, to speak of its middle
	silentShare   = 10               // percent of those called
	passedShare   = 1                // percent of those called
	roadShare     = 5                // percent of answers
	slowerThan    = 2                // times the last drill
	manyChanges   = 2                // corrections
	missedShare   = 99               // percent of households
	fewCalled     = 10               // below, shares say little
	notedArrivals = 20               // percent of those who came, at least
)

// Finding is something to mend: a message key, with the numbers it says.
type Finding struct {
	Code    string // "report.fix." + Code is its message
	N, Of   int
	Channel mobilise.Channel
	Long    time.Duration
	From    time.Time
	Name    string // of an objective, or an order's number
	Places  []At   // in the order of their codes
}

// At is a number of one place.
type At struct {
	UnitID string
	N      int
	Long   time.Duration
}

// Around is what findings look at beside the figures.
type Around struct {
	Places     []Place // that the reader may see, in the order of their codes
	Objectives []Objective
	RollCall   *RollCall // nil for none
	LastDrill  *Compared // of the same hazard; nil for none
}

// Findings says what to mend, by rules: the same figures always say the same.
func Findings(f *Figures, a Around) (out []Finding) {
	for _, rule := range []func(*Figures, Around) []Finding{
		passedOver, slow, noNumbers, refusals, silence, openDoors, slowDoors, roads, arrivals, changes, undelivered, objectives, households,
	} {
		out = append(out, rule(f, a)...)
	}
	return out
}

func one(f Finding) []Finding { return []Finding{f} }

// each lists the places in which something counts.
func each(a Around, n func(Count) int) (list []At) {
	for _, p := range a.Places {
		if k := n(p.Count); k > 0 {
			list = append(list, At{UnitID: p.UnitID, N: k})
		}
	}
	return list
}

// passedOver: a channel failed, and people were told by another first.
func passedOver(f *Figures, _ Around) (out []Finding) {
	for _, c := range f.Channels {
		if c.Passed == 0 || c.Passed*100 < passedShare*f.People {
			continue
		}
		x := Finding{Code: "passed", N: c.Passed, Of: f.People, Channel: c.Channel}
		for _, o := range c.Down {
			x.Long += o.Long()
		}
		if len(c.Down) > 0 {
			x.Code, x.From = "passed_down", c.Down[0].From
		}
		out = append(out, x)
	}
	return out
}

// slow: nine in ten weren't reached soon, or ever; or not as soon as in the last drill.
func slow(f *Figures, a Around) (out []Finding) {
	if f.People < fewCalled {
		return nil
	}
	const ninety = 1
	switch long := f.Reach.At[ninety]; {
	case !f.Reach.Done[ninety] && f.Final:
		out = one(Finding{Code: "never_ninety", N: f.Reach.N, Of: f.People})
	case f.Reach.Done[ninety] && long > slowReach:
		out = one(Finding{Code: "slow_ninety", Long: long})
	}
	last := a.LastDrill
	if last != nil && last.Reach.Done[ninety] && f.Reach.Done[ninety] && last.Reach.At[ninety] > 0 && f.Reach.At[ninety] > slowerThan*last.Reach.At[ninety] {
		out = append(out, Finding{Code: "slower", Long: f.Reach.At[ninety] - last.Reach.At[ninety], Name: last.Order.Number})
	}
	return out
}

func noNumbers(f *Figures, a Around) []Finding {
	return never(f, a, NoNumber, "no_number")
}

func refusals(f *Figures, a Around) []Finding {
	return never(f, a, Refused, "refused")
}

// undelivered: nobody could be told at all.
func undelivered(f *Figures, a Around) []Finding {
	return never(f, a, Down, "down")
}

func never(f *Figures, a Around, w Why, code string) []Finding {
	n := f.Never[w]
	if n == 0 {
		return nil
	}
	return one(Finding{Code: code, N: n, Of: f.People, Places: each(a, func(c Count) int { return c.Never[w] })})
}

// silence: told, and nothing came back.
func silence(f *Figures, a Around) []Finding {
	n := f.Never[Silent]
	if f.People < fewCalled || n*100 < silentShare*f.People {
		return nil
	}
	return one(Finding{Code: "silent", N: n, Of: f.People, Places: each(a, func(c Count) int { return c.Never[Silent] })})
}

// openDoors: the order is over, and nobody had been there.
func openDoors(f *Figures, a Around) []Finding {
	if f.Open == 0 || !f.Final {
		return nil
	}
	return one(Finding{Code: "open_doors", N: f.Open, Of: f.Doors, Places: each(a, func(c Count) int { return c.Open })})
}

// slowDoors: in some villages doors waited long.
func slowDoors(_ *Figures, a Around) []Finding {
	x := Finding{Code: "slow_doors"}
	for _, p := range a.Places {
		if p.Doors >= fewDoors && p.Waited >= slowDoor {
			x.N += p.Doors
			x.Places = append(x.Places, At{p.UnitID, p.Doors, p.Waited})
		}
	}
	if len(x.Places) == 0 {
		return nil
	}
	return one(x)
}

// roads: people couldn't get there.
func roads(f *Figures, _ Around) []Finding {
	n := f.Cants[mobilise.ReasonRoad]
	if f.Answered < fewCalled || n*100 < roadShare*f.Answered {
		return nil
	}
	return one(Finding{Code: "road", N: n, Of: f.Answered})
}

// arrivals: people came, and hardly anybody was noted as there.
func arrivals(f *Figures, _ Around) []Finding {
	if !f.Final || f.Coming < fewCalled || f.Arrived*100 >= notedArrivals*f.Coming {
		return nil
	}
	return one(Finding{Code: "arrivals", N: f.Arrived, Of: f.Coming})
}

// changes: the words had to be corrected again and again.
func changes(f *Figures, _ Around) []Finding {
	if len(f.Corrections) < manyChanges {
		return nil
	}
	return one(Finding{Code: "changes", N: len(f.Corrections)})
}

// objectives that were not reached, or late.
func objectives(f *Figures, a Around) (out []Finding) {
	for _, o := range a.Objectives {
		switch {
		case o.ReachedAt.IsZero() && f.Final:
			out = append(out, Finding{Code: "objective", Name: o.Name})
		case !o.Deadline.IsZero() && o.ReachedAt.After(o.Deadline):
			out = append(out, Finding{Code: "objective_late", Name: o.Name, Long: o.ReachedAt.Sub(o.Deadline)})
		}
	}
	return out
}

// households that nobody reported.
func households(f *Figures, a Around) []Finding {
	r := a.RollCall
	if r == nil || !f.Final || r.Expected == 0 || r.Reported()*100 >= missedShare*r.Expected {
		return nil
	}
	return one(Finding{Code: "households", N: max(0, r.Expected-r.Reported()), Of: r.Expected})
}

// Compared is an earlier order's part of a comparison.
type Compared struct {
	Order *mobilise.Order
	Count
	Handed, Reach, Answer Times
}

// lastDrill is the latest drill of a comparison.
func lastDrill(earlier []Compared) *Compared {
	if i := slices.IndexFunc(earlier, func(c Compared) bool { return c.Order.IsDrill() }); i >= 0 {
		return &earlier[i]
	}
	return nil
}
