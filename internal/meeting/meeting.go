// Package meeting is the yard meeting: neighbours talk over what is open where they live, and what they resolve is followed until it is done.
//
// Of those who came only how many is kept. Of a demand on the agenda only what it
// is about is shown, never its words. What was resolved is a demand, which climbs
// by its own rules, or a post's promise by a day; at the next meeting of the unit
// it is read out what became of each. Nothing here counts meetings.
package meeting

import (
	"context"
	_ "embed"
	"time"

	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
)

//go:embed messages.json
var raw []byte

// Messages are this package's words.
var Messages = i18n.MustParse(raw)

// What can be done with meetings.
const (
	ActSee  auth.Action = "meeting.see"  // when and where, what was resolved: everybody
	ActHold auth.Action = "meeting.hold" // call one, invite to it, write its minutes
	ActKeep auth.Action = "meeting.keep" // say what was done about a promise
)

// Rules gives them to roles.
var Rules = []auth.Rule{
	{Action: ActSee, Public: true},
	{Action: ActHold, Roles: []auth.Role{auth.Lead, auth.GroupLead, auth.AreaLead, auth.LinkedOfficial, auth.VillageOfficial}},
	{Action: ActKeep, Roles: []auth.Role{auth.Lead, auth.GroupLead, auth.AreaLead, auth.LinkedOfficial, auth.VillageOfficial, auth.TownOfficial}},
}

// Sealed are the columns that are sealed here, for a rotation of keys.
var Sealed = []seal.Field{{Table: "meeting_resolution", Column: "track", Key: []string{"id"}, Prefix: "meeting/track/"}}

// State is where a meeting stands.
type State string

// The states. Called → held or cancelled.
const (
	Called    State = "called"
	Held      State = "held"
	Cancelled State = "cancelled"
)

// Kind is what a resolution became.
type Kind string

// The kinds.
const (
	Demand  Kind = "demand"
	Promise Kind = "promise"
)

// Bounds.
const (
	MaxSubject = 30
	MaxPlace   = 40
	MaxLine    = 60 // of the agenda
	MaxLines   = 12 // of the agenda, demands among them
	MaxMinutes = 4000
	MaxWords   = 200 // of a resolution
	MaxOutcome = 200
	MaxWhy     = 80
	MaxCame    = 3000
	Few        = 10 // fewer people than this aren't counted in public

	Length     = time.Hour           // that a meeting is taken to last
	MaxAhead   = 90 * 24 * time.Hour // that one can be called
	MaxDue     = 365 * 24 * time.Hour
	late       = 14 * 24 * time.Hour // until when one can be entered that was held without being called here
	climbAfter = 7 * 24 * time.Hour  // a promise that is overdue so long has to be seen to one level up
	draftKept  = 90 * 24 * time.Hour // a draft of minutes that nobody published
)

// Item is a line of the agenda.
type Item struct {
	Words  string
	Demand string // number; empty: a line of its own
}

// Meeting is one that was called.
type Meeting struct {
	ID, Number string
	UnitID     string
	FromUnit   string // where it was called, if that was joined to UnitID since
	VillageID  string
	Subject    string
	Place      string
	StartsAt   time.Time
	State      State
	Why        string
	Moved      int
	Notice     string // number of the notice that invites
	Untold     bool   // those invited don't know of the last change yet
	Came       int    // 0: not entered
	Edition    int    // of the minutes that are out; 0: none
	MadeAt     time.Time
	Version    int
}

// Minutes are what was said, as they stand or stood.
type Minutes struct {
	Edition int // 0: a draft
	Words   string
	Why     string // what was corrected
	At      time.Time
	Version int
}

// Resolution is what a meeting resolved.
type Resolution struct {
	ID, MeetingID string
	UnitID        string // of the meeting
	Kind          Kind
	Words         string
	Demand        string // its number
	OwnerUnit     string
	OwnerRole     auth.Role
	DueDay        string
	WithUnit      string // who has to see to it now
	NextAt        time.Time
	Outcome       string // what was done
	DoneAt        time.Time
	ToldAt        time.Time
	MadeAt        time.Time
	Version       int

	track string // sealed
}

// Became is what became of a resolution: a word of the messages under meeting.became.
type Became string

// What became of promises; demands have the states of demands.
const (
	Open    Became = "promise_open"
	Overdue Became = "promise_overdue"
	Done    Became = "promise_done"
)

// Followed is a resolution with what became of it.
type Followed struct {
	Resolution
	Became  Became
	Settled bool // nothing more will come
}

// Read is what was read out at a meeting about an earlier resolution.
type Read struct {
	Resolution
	Became  Became
	Outcome string
	At      time.Time
}

// Owner is a post that can promise something.
type Owner struct {
	UnitID string
	Role   auth.Role
	Name   string // of who serves
}

// OpenDemand is one of a unit's open demands that may be put on an agenda.
type OpenDemand struct {
	Number  string
	Topic   string // what it is about, in the city's language: all that is shown of it
	Excerpt string // for whoever puts it there
	Overdue bool
}

// Demands are the open demands of a unit that somebody may see.
type Demands interface {
	OpenAt(ctx context.Context, actor auth.Actor, unitCode string) ([]OpenDemand, error)
}

// Raised is a resolution that becomes a demand. Along stores it in the same transaction.
type Raised struct {
	Key, UnitCode, Text string
	Along               func(ctx context.Context, tx *sqldb.Tx, number string) error
}

// Invitation is what the households of a unit are told. Former is the number of
// the notice whose words these replace; Households how many were shown.
type Invitation struct {
	Key, Former       string
	UnitCode          string
	Title, Words, Why string
	Households        int
}

// Call calls a meeting, or changes what one is about.
type Call struct {
	Key, Number string // Number empty: a new one
	UnitCode    string
	Subject     string
	Place       string
	StartsAt    time.Time
	Demands     []string // numbers
	Lines       []string
	Version     int
}

// Move puts a meeting somewhere else, or at another time.
type Move struct {
	Key, Number string
	Place       string
	StartsAt    time.Time
	Why         string
	Version     int
}

// Cancel takes one back.
type Cancel struct {
	Key, Number, Why string
	Version          int
}

// Invite takes the invitation to the households of the unit.
type Invite struct {
	Key, Number  string
	Title, Words string
	Households   int // as they were shown
	Version      int
}

// Record enters how many came, and a draft of the minutes. Version is the draft's; 0 for the first.
type Record struct {
	Key, Number string
	Came        int
	Words       string
	Version     int
}

// Publish puts the minutes out, or corrects them.
type Publish struct {
	Key, Number string
	Words, Why  string   // of a correction; the draft is published as it is
	Seen        []string // numbers in it that were looked at, and may be read by everybody
	Drop        bool     // a correction: what they said before isn't for everybody, and goes
	Version     int      // of the draft, or the edition that is corrected
}

// Resolve writes down what was resolved.
type Resolve struct {
	Key, Number string
	Kind        Kind
	Words       string
	OwnerUnit   string // of a promise
	OwnerRole   auth.Role
	DueDay      string
}

// Keep says what was done about a promise.
type Keep struct {
	Key, ID, Outcome string
	Version          int
}
