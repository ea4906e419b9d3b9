// Package situation is what a command post looks at: an order's objectives with their clocks and curves, and the numbers of its people and households, composed once for all screens.
//
// Nothing here is overwritten: an objective's value is a new point, a wrong
// note is followed by another, an objective that was a mistake is struck.
package situation

import (
	_ "embed"
	"time"

	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/rollcall"
)

//go:embed messages.json
var raw []byte

// Messages are this package's words.
var Messages = i18n.MustParse(raw)

// What can be done on a board.
const (
	ActBoard auth.Action = "order.board" // look at it
	ActSteer auth.Action = "order.steer" // say what is to be reached, and write on the timeline
	ActValue auth.Action = "order.value" // say how far it is
)

var above = []auth.Role{auth.VillageOfficial, auth.TownOfficial, auth.CityOffice, auth.Command}

// Rules gives them to roles. Steering needs to stand over the whole place that
// an order calls from; who stands over a part of it can say how far it is there.
var Rules = []auth.Rule{
	{Action: ActBoard, Roles: append([]auth.Role{auth.GroupLead, auth.AreaLead, auth.LinkedOfficial}, above...)},
	{Action: ActSteer, Roles: above},
	{Action: ActValue, Roles: []auth.Role{auth.TownOfficial, auth.CityOffice, auth.Command}},
}

// TopicPrefix begins the topic on which a board's numbers are broadcast.
const TopicPrefix = "board:"

// Topic is the live topic of an order's board. Its events carry the numbers.
func Topic(orderID string) string { return TopicPrefix + orderID }

// Bounds. Texts in characters.
const (
	MaxName       = 30
	MaxUnit       = 6
	MaxNote       = 300
	MaxValue      = 999_999_999
	MaxObjectives = 12 // of one order
	mostPoints    = 2000
	Latest        = 30 // entries of the timeline on a board
	keptEvents    = 200
	CurvePoints   = 60
)

// Kinds of what the board adds to an order's timeline.
const (
	EventNote    = "note"
	EventAdded   = "objective_added"
	EventSet     = "objective_set"
	EventReached = "objective_reached"
	EventLost    = "objective_lost" // it had been reached, and no longer is
	EventStruck  = "objective_struck"
	EventMark    = "mark" // half, nine in ten, all but one in a hundred
)

// Objective is something to be reached: a number with a start and a target.
type Objective struct {
	ID, OrderID   string
	Name, Unit    string // such as "main roads open", "roads"
	Start, Target int64
	Deadline      time.Time // zero for none
	AddedAt       time.Time
	AddedBy       string
	Points        []Point // by time; the first is the start
}

// Point is a value from a moment on.
type Point struct {
	At    time.Time
	Value int64
	By    string
}

// Mark is the moment at which a share of people or households was first passed.
type Mark struct {
	What string // Reached, Answered or RollCall
	Pct  int
	At   time.Time
}

// What marks are of.
const (
	Reached  = "reached"  // people known to have got the order
	Answered = "answered" // people who said yes or no
	RollCall = "rollcall" // households reported, however they are
)

// Roll is how far an order's roll-call is.
type Roll struct {
	Call *rollcall.Call
	rollcall.Totals
	Curve []Point // few enough to be drawn

	all []Point
}

// Place is a row of the table of places, and a field of the map.
type Place struct {
	UnitID, Name string
	mobilise.VillageTally
}

// Snapshot is an order's board at a moment, the same for all who look at it.
// Nobody changes it.
type Snapshot struct {
	At         time.Time
	Order      *mobilise.Order
	Tally      mobilise.Tally
	Objectives []Objective
	Roll       *Roll             // nil without a roll-call
	Down       []mobilise.Health // channels that fail
	Marks      []Mark
	Events     []mobilise.Event // the latest, newest first
	Seq        int              // of the newest
	RegionID   string           // what the map shows: the city, or a town
	Places     []Place          // the parts of it
	Rest       *Place           // who counts above the parts; nil for nobody
	Shades     string           // of each village on the map, see Shade
	Layout     string           // changes with whatever is shown besides numbers
	Ground     string           // changes with what the map's shape is
	Wire       string           // the numbers as they are broadcast
}

// Objective returns one by its id.
func (s *Snapshot) Objective(id string) *Objective {
	for i := range s.Objectives {
		if s.Objectives[i].ID == id {
			return &s.Objectives[i]
		}
	}
	return nil
}
