// Package report writes what became of an order: how fast people were reached and answered, who never was and why, and what to mend.
//
// Method 1. Everything counts the people called, each once; every share is of
// all of them unless it says otherwise.
//
//	handed    a channel first took the message: the earliest settled try that was
//	          taken (or counts as taken after a crash)
//	reached   known to have got it: delivered, read, answered, or told in person,
//	          whichever was first (mobilise.Receipt.ReachedAt)
//	answered  the first time somebody said yes or no, themselves or written down
//	          for them
//	coming    those who in the end said that they come, at the time of their
//	          first answer; whoever was released counts too
//	arrived   by when they were noted as there
//
// Times run from when the order went out. The time to p % is by nearest rank
// with all who were called as the denominator: the time at which the k-th
// person was there, k = ⌈p/100 · called⌉. If fewer than k ever were, there is
// no such time, and the report says how many were.
//
// Nobody is ranked. Villages stand in the order of their codes.
package report

import (
	_ "embed"
	"time"

	"bilin/internal/i18n"
	"bilin/internal/mobilise"
)

//go:embed messages.json
var raw []byte

// Messages are this package's words.
var Messages = i18n.MustParse(raw)

// Method is the version of the definitions above.
const Method = 1

// Why somebody was never reached. The first that fits counts.
type Why int

// The reasons, see why.
const (
	NotTried Why = iota // it hasn't been their turn, or the order ended before
	NoNumber            // no channel reaches them: no number, no browser
	Refused             // each number that was tried is none, or nothing arrives there
	Down                // every channel that could reach them failed
	Silent              // a channel took it, and nothing came back
	whys
)

var whyNames = [...]string{"not_tried", "no_number", "refused", "down", "silent"}

// String is the reason's name in code.
func (w Why) String() string { return whyNames[w] }

// Whys lists them in the order in which they are shown.
func Whys() []Why { return []Why{NoNumber, Refused, Down, Silent, NotTried} }

// Row is one person called, as far as the report looks at them.
type Row struct {
	N        int
	Place    int    // index in Data.Places
	UnitID   string // of those who were never reached; "" of others
	Standing mobilise.Standing
	ToldBy   mobilise.Bits
	Refused  mobilise.Bits
	Tried    mobilise.Bits   // channels that were tried
	TookAt   [channels]int64 // when each channel first took a message, ms; 0 for never
	Reached  int64           // ms, as all times; 0 for not
	Answered int64
	Arrived  int64
	Seen     int64
	Knock    int64
	Reason   mobilise.Reason
	Way      mobilise.Way
}

const channels = 3

// Data is what an order left in the database.
type Data struct {
	Rows    []Row    // by N
	Places  []string // ids of villages, and of units above them
	Events  []mobilise.Event
	Reaches []Edition // of corrections and the last word
}

// Edition is how far one edition of an order's words after the first has come.
type Edition struct {
	N      int
	Handed int       // people by whom a channel took it
	Last   time.Time // when the last was
}

// Times are until half, nine in ten and all but one in a hundred of those called.
type Times struct {
	N    int // people at all
	At   [3]time.Duration
	Done [3]bool
}

// Shares are the percentages of Times.
var Shares = [3]int{50, 90, 99}

// Count counts people of one place, or all.
type Count struct {
	People, Reached, Answered, Cant, Coming, Arrived int
	Never                                            [whys]int
	Doors, Open                                      int           // put on the list of doors; where nobody has been and no answer came
	Waited                                           time.Duration // of a door in the middle: until somebody was there or an answer came, or until now
}

// Unreached is how many were never known to have got it.
func (c Count) Unreached() int { return c.People - c.Reached }

// Place is a village, or a unit above villages in which people count themselves.
type Place struct {
	UnitID string
	Count
}

// Channel is what one channel did.
type Channel struct {
	Channel mobilise.Channel
	Tried   int // people
	Took    int
	Refused int // numbers that are none, or where nothing arrives
	Failed  int // tried, and neither
	First   int // people whom it told first
	Passed  int // people whom another channel told first because this one failed
	Down    []Outage
}

// Outage is a time in which a channel failed.
type Outage struct {
	Channel  mobilise.Channel
	From, To time.Time
	Open     bool // it still did at the end
}

// Long is how long it lasted.
func (o Outage) Long() time.Duration { return o.To.Sub(o.From) }

// Correction is a change of the words while the order was on.
type Correction struct {
	Edition
	At time.Time
}

// Step is how many people there were at a time after the order went out.
type Step struct {
	After                              time.Duration
	Reached, Answered, Coming, Arrived int
}

// Never is one person who was not reached.
type Never struct {
	N      int
	UnitID string
	Why    Why
	Door   bool // on the list of doors
}

// Figures are what a report says of an order by itself.
type Figures struct {
	Method                int
	At                    time.Time // of the figures
	Final                 bool      // the order is over
	Count                           // of all
	Handed, Reach, Answer Times
	Places                []Place
	Channels              []Channel
	Cants                 map[mobilise.Reason]int
	Ways                  map[mobilise.Way]int // of answers
	Corrections           []Correction
	LastWord              Edition // of the end; zero while it lasts
	Curve                 []Step
	Every                 time.Duration // between the curve's steps
	Nevers                []Never       // by N
}

// Objective is something that the order was to bring about, with its curve.
type Objective struct {
	Name, Unit          string
	Start, Target, Last float64
	Points              []Point
	ReachedAt           time.Time // zero if it wasn't
	Deadline            time.Time // zero for none
}

// Point is a value from a moment on.
type Point struct {
	At    time.Time
	Value float64
}

// RollCall is how far the order's roll-call came, in households.
type RollCall struct {
	Expected, Safe, Help, Helped, NotReached int
	Curve                                    []Point // reported
}

// Reported is how many households were reported at all.
func (r *RollCall) Reported() int { return r.Safe + r.Help + r.NotReached }
