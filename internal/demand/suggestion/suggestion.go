// Package suggestion is what offices decided on suggestions, and what was done of it.
//
// A suggestion is a demand: its author, its clock, its climbing and its messages
// are the demand's. Here is what everybody may read: what was suggested and why
// it was adopted or declined, in the office's words and without the author, and
// for what was adopted the proof that it was done. There are no votes and no
// counts of anybody.
package suggestion

import (
	"context"
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

// What can be done with suggestions.
const (
	ActSee    auth.Action = "suggestion.see"    // read what was decided: everybody
	ActDecide auth.Action = "suggestion.decide" // adopt, decline, say that it is done; whoever has the demand
)

// Rules gives them to roles. Whether an office may decide on a given one, the demand says.
var Rules = []auth.Rule{
	{Action: ActSee, Public: true},
	{Action: ActDecide, Roles: []auth.Role{auth.VillageOfficial, auth.TownOfficial, auth.CityOffice, auth.Department}},
}

// State is where a decided suggestion stands.
type State string

// The states. One on which nobody decided yet is only a demand.
const (
	Adopted   State = "adopted"
	Declined  State = "declined"
	Done      State = "done"
	Again     State = "again"     // the author asked again: it is decided anew, one level up
	Withdrawn State = "withdrawn" // by its author
)

// Shown lists the states on the public list.
func Shown() []State { return []State{Adopted, Done, Declined} }

// Valid reports whether a state can be filtered by.
func (s State) Valid() bool { return slices.Contains(Shown(), s) }

// LinkKind is what shows that something was done.
type LinkKind string

// The kinds. Words are a plain public sentence; every other kind leads somewhere.
const (
	ByWords    LinkKind = "words"
	ByDemand   LinkKind = "demand"
	ByMeeting  LinkKind = "meeting" // a commitment of a yard meeting
	ByMatter   LinkKind = "matter"
	ByPractice LinkKind = "practice"
	ByNotice   LinkKind = "notice"
)

// Linked is what a reference leads to.
type Linked struct {
	Title string // for the list; not of a person
	Ref   string // as it is written
}

// Link finds what references of a kind lead to. app knows the other parts.
type Link struct {
	Find func(ctx context.Context, ref string) (Linked, error)
	Page string // address of its page for everybody, up to the reference; "": there is none
}

// Links are those there are, by kind.
type Links map[LinkKind]Link

// Bounds: texts in characters, days.
const (
	MaxTitle   = 60
	MaxReasons = 600
	MaxWords   = 600
	MaxRef     = 60
	maxAhead   = 366
	farMonths  = 6 // beyond this whoever adopts is asked once more
	maxBack    = 365
)

// Suggestion is what an office decided.
type Suggestion struct {
	ID         string // for everybody; it leads to no demand
	Number     string // of the demand
	State      State
	Title      string // what is suggested, in the office's words
	Reasons    string
	Office     string // that decided, by the name it had
	UnitID     string // of the office: the city for a department
	VillageID  string
	TownID     string
	Open       bool // on the public list
	DecidedAt  time.Time
	DueOn      string // adopted: by when it is to be done
	Link       LinkKind
	Ref        string
	LinkTitle  string
	DoneWords  string
	DoneOn     string
	DoneAt     time.Time
	MovedAt    time.Time
	Version    int
	demandID   string
	officeDept string
}

// Decision decides on a suggestion.
type Decision struct {
	Key, Number string
	Version     int // of the demand, as shown
	Adopt       bool
	Title       string
	Reasons     string
	DueOn       string // adopted
	Far         bool   // a day that is far off is meant
}

// Finish says that what was adopted is done.
type Finish struct {
	Key, Number string
	Version     int // of the demand, as shown
	Words       string
	On          string
	Link        LinkKind
	Ref         string
}

// Filter narrows the list.
type Filter struct {
	UnitID string
	State  State
	Text   string
}
