// Package demand is what residents ask, report, suggest and complain of, and the loop that only they can close.
package demand

import (
	"time"

	"bilin/internal/auth"
)

// Kind says what a resident wants.
type Kind string

// The kinds.
const (
	Question   Kind = "question"
	Help       Kind = "help"
	Report     Kind = "report"
	Complaint  Kind = "complaint" // about the neighbour lead, who is skipped and never sees it
	Suggestion Kind = "suggestion"
)

// Kinds lists every kind in the order forms offer them.
func Kinds() []Kind { return []Kind{Help, Question, Report, Suggestion, Complaint} }

// State is where a demand stands.
type State string

// The states: open → accepted → resolved → confirmed, or resolved → reopened → accepted again.
const (
	Open      State = "open"      // raised; nobody has taken it yet
	Accepted  State = "accepted"  // somebody of the network is on it
	Resolved  State = "resolved"  // the handler says it is done; the resident has the word
	Confirmed State = "confirmed" // the resident says so too: closed
	Reopened  State = "reopened"  // the resident says it is not done
)

// States lists every state in the order of the loop.
func States() []State { return []State{Open, Reopened, Accepted, Resolved, Confirmed} }

// Stage groups the states by whose turn it is; queues sort by it.
type Stage int

// The stages.
const (
	Todo    Stage = iota // the network has to do something
	Waiting              // the resident has to say whether it is solved
	Closed               // the resident has confirmed
)

// Stage returns whose turn it is in state s.
func (s State) Stage() Stage {
	switch s {
	case Resolved:
		return Waiting
	case Confirmed:
		return Closed
	default:
		return Todo
	}
}

// Side is which of the two sides, or neither, did something.
type Side string

// The sides.
const (
	Resident Side = "resident"
	Network  Side = "network"
	Machine  Side = "system" // the rules themselves: whom it goes to, and that it moved on
)

// By is who does something to a demand, as the timeline will show it.
type By struct {
	Side     Side
	ActorID  string
	PersonID string
	Name     string
	Role     auth.Role
	UnitID   string // the unit of the post in which they act
	UnitName string
}

// stop is where a demand goes that By accepts.
func (by By) stop() Stop {
	return Stop{UnitID: by.UnitID, UnitName: by.UnitName, PersonID: by.PersonID, Name: by.Name, Role: by.Role}
}

// Step is what happened.
type Step string

// The steps of a timeline.
const (
	StepRaised      Step = "raised"
	StepAssigned    Step = "assigned" // it went, or moved on, to a unit; Reason says why
	StepAccepted    Step = "accepted"
	StepAnswered    Step = "answered" // a word from the network
	StepSaid        Step = "said"     // a word from the resident
	StepResolved    Step = "resolved"
	StepConfirmed   Step = "confirmed"
	StepReopened    Step = "reopened"
	StepContactRead Step = "contact_read" // somebody opened the sealed contact
	StepHandedOver  Step = "handed_over"  // the post went to a successor, and the demand with it
)

// Steps lists every step.
func Steps() []Step {
	return []Step{StepRaised, StepAssigned, StepAccepted, StepAnswered, StepSaid, StepResolved,
		StepConfirmed, StepReopened, StepContactRead, StepHandedOver}
}

// Reason is why a demand went to the unit it went to.
type Reason string

// The reasons.
const (
	ReasonLead      Reason = "lead"      // it is this unit's own
	ReasonNoLead    Reason = "no_lead"   // the unit under it has nobody serving
	ReasonComplaint Reason = "complaint" // it is about the lead, who is skipped
	ReasonMerged    Reason = "merged"    // the unit that had it became part of another
	ReasonTaken     Reason = "taken"     // somebody accepted it from the unit that had it
)

// Event is one entry of a demand's timeline. Entries are only ever added.
type Event struct {
	Seq      int
	At       time.Time
	Step     Step
	Side     Side
	ActorID  string // for the record; never shown to the resident
	Name     string // who, as the resident sees it
	Role     auth.Role
	UnitID   string
	UnitName string
	To       Stop   // assigned, accepted, handed over: who has it now
	Reason   Reason // assigned
	Text     string // the words
	State    State  // after it
}

// Stop is a unit a demand can go to, and who serves there.
type Stop struct {
	UnitID   string
	UnitName string
	PersonID string // empty: nobody serves
	Name     string
	Role     auth.Role // of the post that answers for the unit
}

// Demand is one matter a resident brought.
type Demand struct {
	ID          string
	Number      string // digits only; Spoken writes it for people
	Kind        Kind
	Text        string
	HasContact  bool   // a sealed contact is kept
	HouseholdID string // empty: the resident didn't say, or raised it by unit
	UnitID      string // where it comes from
	VillageID   string // the village of UnitID
	TownID      string // the town of UnitID
	OwnerID     string // the unit that has it now; whoever serves there has it
	OwnerSince  time.Time
	AboutID     string // complaint: the person complained of
	State       State
	StateSince  time.Time
	RaisedAt    time.Time
	Reopens     int // how often the resident said it was not done
	Version     int // rises with everything that is shown
	Seq         int // of the last event

	trackHash string
	contact   string  // sealed
	news      []Event // not yet stored
}

// News returns the events that rules added and the store has not written yet.
func (d *Demand) News() []Event { return d.news }
