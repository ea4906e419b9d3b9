// Package admission is the permit through which departments' work reaches the
// network: matters, their review by the city office, objections and emergencies.
package admission

import (
	_ "embed"
	"time"

	"bilin/internal/i18n"
	"bilin/internal/network"
)

//go:embed messages.json
var rawMessages []byte

// Messages are this package's words.
var Messages = i18n.MustParse(rawMessages)

// State is where a matter stands.
type State string

// The states of a matter. Expired and Revoked permits made tasks once and make none any more.
const (
	Draft     State = "draft"
	Submitted State = "submitted"
	Returned  State = "returned" // to the department, to be mended and submitted again
	Admitted  State = "admitted"
	Refused   State = "refused"
	Revoked   State = "revoked"
	Expired   State = "expired"
)

// States lists them in the order of a matter's life.
var States = []State{Draft, Submitted, Returned, Admitted, Refused, Revoked, Expired}

// DutyList says whose work a matter is by the duty lists.
type DutyList string

// The three lists. What was taken back by the departments can't be asked of the network.
const (
	Own       DutyList = "own"
	Assist    DutyList = "assist"
	TakenBack DutyList = "taken_back"
)

// Way is how a lead carries a matter out.
type Way string

// The ways. Visits and calls go to households, the others don't.
const (
	Tell  Way = "tell"  // pass something on, where people meet
	Look  Way = "look"  // look at a place
	Help  Way = "help"  // be there when the department comes
	Visit Way = "visit" // to the door of a household
	Call  Way = "call"  // a household by telephone
)

// Ways lists them.
var Ways = []Way{Tell, Look, Help, Visit, Call}

// ToHouseholds reports whether the way leads to single households.
func (w Way) ToHouseholds() bool { return w == Visit || w == Call }

// Demanded is what a matter asks for beside the work, each a ground to refuse it.
type Demanded struct {
	CheckIns bool `json:"check_ins,omitempty"` // signing in, time online
	Photos   bool `json:"photos,omitempty"`    // photographs as proof
	Tracks   bool `json:"tracks,omitempty"`    // positions of leads
	Quotas   bool `json:"quotas,omitempty"`    // a number of reports to be delivered
	Installs bool `json:"installs,omitempty"`  // a program to be installed, an account to be followed
}

// Content is what a department states about a matter: the form.
type Content struct {
	DepartmentID string   `json:"department"`
	FunctionID   string   `json:"function"`
	DutyID       string   `json:"duty,omitempty"` // the item on the duty list; "" if there is none
	Duty         DutyList `json:"list"`
	Title        string   `json:"title"`
	Ask          string   `json:"ask"`         // what exactly is asked
	Basis        string   `json:"basis"`       // the legal basis
	Responsible  string   `json:"responsible"` // who remains responsible
	Support      string   `json:"support"`     // what support comes with it
	Way          Way      `json:"way"`

	Level       network.Level `json:"level"`        // of the posts asked: Area, Group or Cell
	UnitIDs     []string      `json:"units"`        // whose posts; none is the whole city
	Minutes     int           `json:"minutes"`      // per lead and month, whatever their households; 0 to 600
	HomeMinutes int           `json:"home_minutes"` // per household visited or called, without the way there; 0 to 120
	Rotation    int           `json:"rotation"`     // a household's turn comes every so many months: 1 is each month; 0 if no households
	Months      []int         `json:"months"`       // of the year, 1 to 12; none is each month
	FirstDay    int           `json:"first_day"`    // days of the month between which it is to be done,
	LastDay     int           `json:"last_day"`     // 1 to 31; the last is cut to the month's length

	FieldIDs  []string `json:"fields,omitempty"` // data it collects, of the data catalogue
	OtherData string   `json:"other_data"`       // and what the catalogue doesn't know
	WhyNot    string   `json:"why_not"`          // why it can't be had from data that the city holds
	Demanded  Demanded `json:"demanded"`
	// Standing marks the one matter that care contacts belong to. Its minutes are
	// what households on the care list are owed, not a number of the form.
	Standing bool `json:"standing,omitempty"`

	From  string `json:"from"`  // first day, "YYYY-MM-DD"
	Until string `json:"until"` // last day of the permit; two years after From at most
}

// Matter is a matter with where it stands.
type Matter struct {
	ID, Number string
	Content
	State       State
	Conditions  string    // with which it was admitted
	Priority    int       // 0 (care contacts) to 9; smaller goes first within a budget
	Emergency   bool      // an emergency permit: no list, no budget, but an end and a review
	EndsAt      time.Time // of an emergency permit; zero otherwise
	ReviewedAt  time.Time // when the emergency was looked at afterwards; zero before
	SubmittedAt time.Time // zero before it was
	DecideBy    time.Time // 15 working days after it was submitted; zero before
	DecidedAt   time.Time
	CreatedAt   time.Time
	CreatedBy   string // actor
	Seq         int    // of its last event
	Version     int
}

// Event is one step in a matter's life.
type Event struct {
	Seq          int
	At           time.Time
	Kind         string // "drafted", "changed", "submitted", "admitted", "returned", "refused", "revoked", "expired", "objected", "upheld", "dismissed", "reviewed"
	ActorID      string
	ActorName    string
	Role         string
	UnitID       string
	DepartmentID string
	Text         string // the reason, which is public
	Findings     []Finding
}

// Objection is a village's no to a matter, until the city office decides.
type Objection struct {
	ID, MatterID, UnitID string
	State                string // "open", "upheld" or "dismissed"
	Reason, Decision     string
	ActorName            string
	At, DecidedAt        time.Time
}

// Severity is how much a finding weighs.
type Severity string

// A Ground is a reason by rule to refuse; the city office may admit against a
// Doubt, and against a Ground only with words of its own.
const (
	Ground Severity = "ground"
	Doubt  Severity = "doubt"
	Note   Severity = "note"
)

// Finding is what the rules have to say about a matter under review.
type Finding struct {
	Code     string   `json:"code"` // "taken_back", "no_basis", "check_ins", "photos", "tracks", "quotas", "installs", "own_duty", "data_held", "data_asked", "overlap", "over_budget", "no_responsible", "no_reason", …
	Severity Severity `json:"severity"`
	Law      string   `json:"law,omitempty"`     // message key of the rule it stands on
	Words    []string `json:"words,omitempty"`   // the words in the text that led to it
	Matters  []string `json:"matters,omitempty"` // numbers of the matters concerned
	Fields   []string `json:"fields,omitempty"`  // codes of the data concerned
	Units    []string `json:"units,omitempty"`   // ids of the units concerned, the worst first, ten at most
	Count    int      `json:"count,omitempty"`   // how many units or leads in all
}
