// Package mobilise calls people out: orders, a receipt for each person called, and the answers.
//
// An order's states:
//
//	propose ──► proposed ──► active ──► closed
//	   │           │  approve   │ ▲ correct (a new edition)
//	   │           │            │─┘
//	   │           ▼ refuse     ▼ cancel
//	   │        refused      cancelled
//	   └─ at most 1,000 people: active at once
//
// A person's receipt, whose states only move to the right:
//
//	queued ─► handed ─► delivered ─► seen ─► coming ─► arrived ─► released
//	                                     └─► cant
//
// Who doesn't answer in time is told by the next channel; who was told by all
// of them stands on the list of doors to knock at. Package dispatch does the telling.
package mobilise

import (
	_ "embed"
	"time"

	"bilin/internal/auth"
	"bilin/internal/geo"
	"bilin/internal/i18n"
)

//go:embed messages.json
var raw []byte

// Messages are this package's words.
var Messages = i18n.MustParse(raw)

// Kind tells an order from a rehearsal, from its first word to its report.
type Kind string

// The kinds.
const (
	Real  Kind = "real"
	Drill Kind = "drill"
)

// Hazard is what an order is about; it names the template the words came from.
type Hazard string

// The hazards.
const (
	Ice     Hazard = "ice"
	Flood   Hazard = "flood"
	Fire    Hazard = "fire"
	Heat    Hazard = "heat"
	Power   Hazard = "power"
	Water   Hazard = "water"
	Missing Hazard = "missing" // the one order that is about a person, see MissingPerson
	Other   Hazard = "other"
)

// Hazards lists them in the order in which they are offered.
func Hazards() []Hazard {
	return []Hazard{Ice, Flood, Fire, Heat, Power, Water, Missing, Other}
}

// State is where an order stands.
type State string

// The states, drawn in the package comment.
const (
	Proposed  State = "proposed"
	Active    State = "active"
	Closed    State = "closed"
	Cancelled State = "cancelled"
	Refused   State = "refused"
)

// Channel is a way to tell somebody.
type Channel string

// The channels a person can be told by.
const (
	Push  Channel = "push"
	SMS   Channel = "sms"
	Voice Channel = "voice"
)

// Channels lists them in the usual order.
func Channels() []Channel { return []Channel{Push, SMS, Voice} }

// Bounds. Texts in characters.
const (
	AloneLimit     = 1000 // more people than this need a second person's approval
	MaxTitle       = 60
	MaxText        = 500 // of what happened, what to do, where to go
	MaxNote        = 500
	MaxPeople      = 200_000 // of one order
	MissingHours   = 72      // how long an order about a missing person lasts at most
	defaultWait    = 5       // minutes for an answer, per channel
	maxWait        = 120
	longestOrder   = 14 * 24 * time.Hour
	maxPolygon     = 200 // corners
	maxAudienceIDs = 500 // units, and teams
)

// Words are what an order says.
type Words struct {
	Title string // a few words that stand at the head of each message
	What  string // what happened
	Do    string // what to do
	Where string // where to go
	Until time.Time
}

// Audience is who is called: the union of three groups, each person once.
type Audience struct {
	UnitIDs  []string    `json:"units,omitempty"`   // in and under these
	Polygon  []geo.Point `json:"polygon,omitempty"` // and where villages lie inside this; degrees
	Roles    []auth.Role `json:"roles,omitempty"`   // those who serve in posts of these roles there
	AllTeams bool        `json:"all_teams,omitempty"`
	TeamIDs  []string    `json:"teams,omitempty"`  // these, wherever they are
	Skills   []string    `json:"skills,omitempty"` // people reported in there who can do any of these
}

// MissingPerson is what an order about a missing person must say of its ground.
type MissingPerson struct {
	CaseNumber string // of the police
	AskedBy    string // the family or guardian who asked, and how they are related
	ReviewedAt time.Time
	ReviewedBy string
	ReviewNote string
	ErasedAt   time.Time // its words are gone since
}

// Order calls people out.
type Order struct {
	ID, Number string
	UnitID     string // the smallest that holds all who are called
	FromUnitID string // whose order it is: what its proposer stands over; who stands over less can't end it
	Kind       Kind
	Hazard     Hazard
	State      State
	Words
	Edition  int // of the words; 1 at first
	Audience Audience
	Channels []Channel
	Wait     time.Duration // for an answer, before the next channel
	People   int           // called; while it is proposed, as counted then
	AlertID  string        // the alert that suggested it
	// Rehearsal is how many people a rehearsal calls; 0 for every other order.
	Rehearsal int

	ProposedAt           time.Time
	ProposedBy, Proposer string // person, account or system id; name
	DecidedAt            time.Time
	DecidedBy, Decider   string
	IssuedAt             time.Time // zero before
	EndedAt              time.Time
	EndNote              string // why it was refused, cancelled or closed
	Missing              MissingPerson
	Version              int
}

// Live reports whether people can still answer.
func (o *Order) Live() bool { return o.State == Active }

// IsDrill reports whether it is a rehearsal.
func (o *Order) IsDrill() bool { return o.Kind == Drill }

// Standing is where one person's receipt stands. The larger has come further.
type Standing int

// The standings, drawn in the package comment.
const (
	Queued Standing = iota
	Handed
	Delivered
	Seen
	Cant
	Coming
	Arrived
	Released
)

var standings = [...]string{"queued", "handed", "delivered", "seen", "cant", "coming", "arrived", "released"}

// String is the standing's name in code and interfaces.
func (s Standing) String() string {
	if s < 0 || int(s) >= len(standings) {
		return "unknown"
	}
	return standings[s]
}

// Standings lists them all.
func Standings() []Standing {
	return []Standing{Queued, Handed, Delivered, Seen, Cant, Coming, Arrived, Released}
}

// Reason is why somebody can't come.
type Reason string

// The reasons.
const (
	ReasonIll   Reason = "ill"
	ReasonAway  Reason = "away"
	ReasonCare  Reason = "care" // has somebody to look after
	ReasonRoad  Reason = "road" // can't get there
	ReasonWork  Reason = "work"
	ReasonOther Reason = "other"
)

// Reasons lists them.
func Reasons() []Reason {
	return []Reason{ReasonIll, ReasonAway, ReasonCare, ReasonRoad, ReasonWork, ReasonOther}
}

// Way is how an answer came.
type Way string

// The ways.
const (
	ByLink  Way = "link"  // the person, by their own link or logged in
	ByReply Way = "reply" // the person, by a message or a key on the telephone
	ByPhone Way = "phone" // somebody else wrote down what was said on the telephone
	ByVisit Way = "visit" // somebody knocked
)

// Receipt is one person's part in an order.
type Receipt struct {
	OrderID   string
	N         int // from 1, within the order
	PersonID  string
	UnitID    string // where the person counts
	VillageID string // the village of that, or the unit itself above villages
	Role      string // as what they are called: a role, "team" or "skill"
	TeamID    string

	Standing Standing
	Told     int   // the latest edition that a channel took
	ToldBy   Bits  // the channels that took one
	Fresh    Bits  // those of them that took Told
	Refused  Bits  // those that never will: no such number
	Tried    int   // attempts in a row at it that failed
	Due      int64 // when dispatch looks again, ms; Never for no more

	HandedAt, DeliveredAt, SeenAt, AnsweredAt, ArrivedAt, ReleasedAt, KnockAt int64 // ms; 0 for not

	Reason    Reason // no words beside it: nobody writes down why a neighbour stays at home
	Way       Way
	EnteredBy string // who wrote the answer down
}

// Never is the Due of a receipt for which nothing is left to be sent.
const Never = int64(1) << 62

// Tally counts an order's people.
type Tally struct {
	People   int
	By       [Released + 1]int // by Standing
	Knock    int               // doors to knock at: told by every channel, and not answered
	Reached  int               // delivered, seen, answered, or told in person
	Answered int
	Villages map[string]*VillageTally // by unit id
	At       time.Time
}

// VillageTally is a Tally of those who count in one village.
type VillageTally struct {
	People, Reached, Answered, Coming, Arrived, Knock int
}
