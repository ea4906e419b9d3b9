// Package mediation is neighbours' quarrels, brought to somebody whom both sides chose.
//
//	asked ──► choosing ──► called ──► talking ──► agreed
//	  │           │  ▲        │  ▲       │  ▲        │
//	  │ refused   │  └────────┘  │       │  └────────┤ doesn't hold
//	  ▼           ▼   stepped aside      ▼           ▼
//	ended ◄───────┴──────────────────────┴───────────┘
//
// What is said is sealed under a key of the case's own, and read by the two
// sides and the mediator alone, each with a key that they keep. No official, no
// administrator and no search reaches it. Either side can end it at any time and
// nothing is held against anybody. After its term the key is destroyed; that
// there was one more or less in a month is all that remains.
package mediation

import (
	_ "embed"
	"slices"
	"time"

	"bilin/internal/auth"
	"bilin/internal/i18n"
)

//go:embed messages.json
var raw []byte

// Messages are this package's words.
var Messages = i18n.MustParse(raw)

// What can be done with mediation.
const (
	ActSee   auth.Action = "mediation.see"   // the mediators, the figures: everybody
	ActBring auth.Action = "mediation.bring" // bring a quarrel, answer, talk and agree with one's key
	ActOffer auth.Action = "mediation.offer" // offer to mediate, with one's key
	ActList  auth.Action = "mediation.list"  // put offers on the public list and take them off
)

// Rules gives them to roles. Nobody's role opens a case.
var Rules = []auth.Rule{
	{Action: ActSee, Public: true},
	{Action: ActBring, Public: true},
	{Action: ActOffer, Public: true},
	{Action: ActList, Roles: []auth.Role{auth.VillageOfficial, auth.TownOfficial}},
}

// Kind is what neighbours quarrel about. Violence isn't on the list: it is for the police.
type Kind string

// The kinds.
const (
	Noise    Kind = "noise"
	Water    Kind = "water"    // leaks, drains, wells
	Land     Kind = "land"     // boundaries, fields
	Building Kind = "building" // walls, light, works
	Parking  Kind = "parking"
	Animals  Kind = "animals"
	Trees    Kind = "trees"
	Waste    Kind = "waste"
	Stairs   Kind = "stairs" // what several share
	Debt     Kind = "debt"   // small money between neighbours
	Other    Kind = "other"
)

// Kinds lists them in the order in which they are offered.
func Kinds() []Kind {
	return []Kind{Noise, Water, Land, Building, Parking, Animals, Trees, Waste, Stairs, Debt, Other}
}

// Valid reports whether there is such a kind.
func (k Kind) Valid() bool { return slices.Contains(Kinds(), k) }

// Side is who reads and speaks in a case.
type Side string

// The sides: who brought it, who was asked, and the mediator.
const (
	A Side = "a"
	B Side = "b"
	M Side = "m"
)

func (s Side) other() Side {
	if s == A {
		return B
	}
	return A
}

// State is where a case stands; the package comment draws them.
type State string

// The states.
const (
	Asked    State = "asked"    // the other side hasn't answered
	Choosing State = "choosing" // both choose a mediator
	Called   State = "called"   // the mediator hasn't answered
	Talking  State = "talking"
	Agreed   State = "agreed" // both confirmed the very same words
	Ended    State = "ended"
)

// Outcome is how a case ended. It says nothing of who was right.
type Outcome string

// The outcomes.
const (
	Refused Outcome = "refused" // the other side doesn't want to
	Lapsed  Outcome = "lapsed"  // nobody went on with it
	Stopped Outcome = "ended"   // without an agreement
	Kept    Outcome = "kept"    // what was agreed holds
	Broken  Outcome = "broken"  // it didn't
)

// Outcomes lists them in the order in which figures show them.
func Outcomes() []Outcome { return []Outcome{Kept, Broken, Stopped, Refused, Lapsed} }

// Bounds: texts in characters, and how long each state waits.
const (
	MaxName  = 20
	MaxAbout = 60
	MaxWords = 600
	MaxPlace = 60
	MaxDraft = 1500
	MaxLines = 200 // of one record
	few      = 10  // figures are told in full tens

	inviteDays = 30
	idleDays   = 90  // nobody chose, or talked
	followDays = 14  // after the follow-up day, to say that it doesn't hold
	maxFollow  = 365 // days ahead
	keepEnded  = 30  // days; then the key is destroyed
	keepAgreed = 365
	tellDays   = 30 // a case whose key is gone still says so to who brought it
)

// Case is a quarrel.
type Case struct {
	ID        string
	VillageID string // of who brought it
	Kind      Kind
	State     State
	Outcome   Outcome
	Household map[Side]string // of A and, once they said yes, of B
	Unit      map[Side]string // where they live
	Mediator  string          // whom both chose
	Pick      map[Side]string // whom each would take
	Edition   int             // of the draft
	Confirmed map[Side]int    // which edition each side confirmed
	FollowOn  string          // the day on which both are asked whether it holds
	Holds     map[Side]string // their answers: "", yes or no
	Lines     int
	Tell      map[Side]bool // whether their household's number is told that there is something new
	AskedAt   time.Time
	DueAt     time.Time // when something ends by itself
	EndedAt   time.Time
	Version   int

	hash        map[Side]string // of the keys of A and B
	name        map[Side]string // sealed
	words       string          // sealed
	invite      string          // sealed, until the other side answers
	movedAt     time.Time       // when something was new last
	stood       bool            // an agreement did, once
	destroy     bool            // the key is to go with this change
	endedNow    bool            // it ended with this change
	asideNow    string          // who stepped aside with this change
	unsealed    map[Side]string
	openedWords string
}

// Name is a side's, as they gave it; empty where it isn't shown.
func (c *Case) Name(s Side) string { return c.unsealed[s] }

// Words are what who brought it wrote at first; empty where they aren't shown.
func (c *Case) Words() string { return c.openedWords }

// LineKind is what an entry of the record is.
type LineKind string

// The kinds of entries.
const (
	Word    LineKind = "words"
	Meeting LineKind = "meeting"
	Draft   LineKind = "draft"
)

// Line is an entry of the record. Entries are only added.
type Line struct {
	Seq     int
	Kind    LineKind
	Side    Side
	Words   string // of a meeting the place
	MeetAt  time.Time
	Edition int
	At      time.Time
}

// Reading is that a side opened the record on a day, and when last.
type Reading struct {
	Side       Side
	MediatorID string // of the mediator: which
	At         time.Time
}

// OfferState is where an offer to mediate stands.
type OfferState string

// The states.
const (
	Waiting OfferState = "waiting"
	Listed  OfferState = "listed"
	Left    OfferState = "left"
)

// Mediator is somebody who offered to mediate.
type Mediator struct {
	ID          string
	UnitID      string // the village or town that they mediate in
	Name        string
	About       string
	Kinds       []Kind
	HouseholdID string
	CellID      string // where they lived when they offered
	State       OfferState
	OfferedAt   time.Time
	DecidedAt   time.Time
	Version     int

	personID, keyHash string
	checkedBy         string // the person who said yes first
}

// Offered is an offer as an official sees it who decides on it.
type Offered struct {
	Mediator
	Over    bool // they answer for the unit; else only for where the mediator lives
	Checked bool // somebody said yes
	Mine    bool // they did themselves, or it is they who offered
}

// Bring brings a quarrel.
type Bring struct {
	Key      string
	Kind     Kind
	Name     string
	DoorCode string
	Words    string
	Tell     bool // tell the household's number that there is something new
}

// Receipt is what somebody takes home: their key.
type Receipt struct{ ID, Key string }

// Answer is the other side's yes.
type Answer struct {
	Key      string
	Name     string
	DoorCode string
	Tell     bool
}

// Offer offers to mediate where one lives.
type Offer struct {
	Key      string
	Town     bool // in all of the town, else in the village
	Name     string
	About    string
	Kinds    []Kind
	DoorCode string
}

// Record is a case as one of the three sees it.
type Record struct {
	Case
	Me        Side
	Lines     []Line     // of those that stand: words, meetings, the last draft
	Draft     *Line      // the last
	Mediators []Mediator // who can be chosen
	Mediator  *Mediator  // who was
	Theirs    *Mediator  // whom the other side would take
	Readings  []Reading
	Invite    string // for who brought it, until the other side answers
	Gone      bool   // the key was destroyed
}
