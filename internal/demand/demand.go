// Package demand is what residents ask, report, suggest and complain of, and the loop that only they can close.
package demand

import (
	"time"

	"bilin/internal/auth"
	"bilin/internal/demand/catalog"
)

// Kind says what a resident wants.
type Kind string

// The kinds.
const (
	Question   Kind = "question"
	Help       Kind = "help"
	Report     Kind = "report"
	Complaint  Kind = "complaint" // about somebody, who is skipped and never sees it, or about a matter
	Suggestion Kind = "suggestion"
)

// Kinds lists every kind in the order forms offer them.
func Kinds() []Kind { return []Kind{Help, Question, Report, Suggestion, Complaint} }

// Rung is a step of the ladder that a demand climbs.
type Rung = catalog.Rung

// Source is how a demand came in.
type Source string

// The sources.
const (
	FromResident Source = "resident" // by themselves: page, telephone browser, QR code
	FromLead     Source = "lead"     // entered or reported by a neighbour, group or area lead
	FromOfficial Source = "official" // entered by an official
	FromHotline  Source = "hotline"
	FromOpen311  Source = "open311"
	FromMeeting  Source = "meeting"
	FromVisit    Source = "visit"
)

// Sources lists every source.
func Sources() []Source {
	return []Source{FromResident, FromLead, FromOfficial, FromHotline, FromOpen311, FromMeeting, FromVisit}
}

// Channel is how the resident hears of each step, beside the tracking page.
type Channel string

// The channels.
const (
	ByPage Channel = "page" // the tracking page alone
	BySMS  Channel = "sms"  // a short message to the telephone they left
)

// Satisfaction is the resident's answer when they confirm.
type Satisfaction int

// The answers; the zero value is none.
const (
	NoAnswer Satisfaction = iota
	Satisfied
	PartlySatisfied
	NotSatisfied
)

// Rechecks are the answers to "is it still fixed?".
const (
	RecheckNone   = iota
	RecheckAsked  // no answer yet
	RecheckFixed  // it is
	RecheckBroken // it is not: re-opened
)

// By is who does something to a demand, as the timeline will show it.
type By struct {
	Side         Side
	ActorID      string
	PersonID     string
	Name         string
	Role         auth.Role
	UnitID       string // the unit of the post in which they act
	UnitName     string // of the unit, or of the department
	DepartmentID string // of a department's post
	Rung         Rung   // of that unit or department
}

// stop is where a demand goes that By accepts.
func (by By) stop() Stop {
	return Stop{UnitID: by.UnitID, UnitName: by.UnitName, PersonID: by.PersonID, Name: by.Name, Role: by.Role,
		DepartmentID: by.DepartmentID, Rung: by.Rung}
}

// Event is one entry of a demand's timeline. Entries are only ever added.
type Event struct {
	Seq          int
	At           time.Time
	Step         Step
	Side         Side
	ActorID      string // for the record; never shown to the resident
	Name         string // who, as the resident sees it
	Role         auth.Role
	UnitID       string
	UnitName     string
	DepartmentID string
	To           Stop   // assigned, accepted, transferred, joined: who
	Reason       Reason // assigned
	Text         string // the words
	Basis        string // returned, decided: the legal basis
	Internal     bool   // for the network until the demand is resolved
	State        State  // after it
}

// Stop is an owner a demand can go to, a unit or a department, and who serves there.
type Stop struct {
	UnitID       string // the city's own unit for a department
	UnitName     string // of the unit, or of the department
	DepartmentID string
	PersonID     string // empty: nobody serves
	Name         string
	Role         auth.Role // of the post that answers there
	Rung         Rung
}

// Is reports whether two stops are the same owner.
func (s Stop) Is(o Stop) bool { return s.UnitID == o.UnitID && s.DepartmentID == o.DepartmentID }

// Demand is one matter a resident brought.
type Demand struct {
	ID         string
	Number     string // digits only; Spoken writes it for people
	Kind       Kind
	CategoryID string // empty: nobody has said yet
	Urgency    catalog.Urgency
	Text       string
	RaisedAt   time.Time
	Day        string // of RaisedAt in the city, YYYY-MM-DD

	Private    bool // the author wants only whoever has it to read it
	Proved     bool // the author had proved to be of the household
	Confined   bool // private, or about somebody: only whoever is over its owner reads it
	Publish    bool // the author lets the answer be shown to everybody
	HasContact bool // a sealed contact is kept
	Channel    Channel
	Source     Source
	AuthorID   string // person who entered it for somebody, or reported it as a lead
	Own        bool   // AuthorID reported it themselves
	ClaimID    string // household it was entered for, until that household has answered
	AboutID    string // complaint: the person complained of

	HouseholdID string // empty: the resident didn't say, or raised it by unit
	UnitID      string // where it comes from
	VillageID   string // the village of UnitID, if it lies in one
	TownID      string // the town of UnitID, if it lies in one
	Place       string
	Lon, Lat    float64 // WGS 84 degrees; both 0: no point was given

	OwnerID    string // the unit that has it now; whoever serves there has it
	OwnerDept  string // or, with the city as unit, the department
	OwnerSince time.Time
	Rung       Rung   // of the owner
	HandlerID  string // the person who took it on
	State      State
	StateSince time.Time

	Clock    Clock
	DueAt    time.Time // when the owner's limit runs out; zero: no clock runs
	LateAt   time.Time // when a limit first ran out; zero: never
	RemindAt time.Time // when the owner is to be reminded; zero: was, or needn't be
	Climbs   int       // how often a limit ran out and it moved up

	Pending   Stop // a transfer that waits for an answer; only UnitID and DepartmentID are kept
	PendingAt time.Time
	PendingBy time.Time // when an unanswered transfer goes to the city office
	Handovers int       // how often it changed owners by hand
	Returns   int       // how often a transfer was returned
	Disputed  bool      // the city office has to decide
	Bound     bool      // it has decided; the owner can't pass it on

	MergedInto string // id of the demand it follows
	Follows    int    // neighbours with the same trouble
	Photos     int

	ResolvedAt      time.Time // last
	FirstResolvedAt time.Time
	ResolvedBy      string // person
	ResolvedRung    Rung
	ToldAt          time.Time // when the resident had the message of the resolution, or of the question
	SilentAt        time.Time // when their silence takes effect; zero: not counted
	ClosedAt        time.Time
	Satisfied       Satisfaction
	SatisfiedWhy    string
	Recheck         bool // they agreed to be asked again
	Rechecked       int
	CheckAt         time.Time // when to ask again
	Reopens         int       // how often the resident said it was not done
	Owed            Obligation

	Helpers   []Stop // who else works on it; loaded for one demand, not for lists
	Version   int    // rises with everything that is shown
	Seq       int    // of the last event
	TouchedAt time.Time

	trackHash string
	track     string // sealed, if the channel needs it
	contact   string // sealed
	terms     Terms
	news      []Event // not yet stored
}

// Owner is who has it, without the person.
func (d *Demand) Owner() Stop {
	return Stop{UnitID: d.OwnerID, DepartmentID: d.OwnerDept, Rung: d.Rung}
}

// News returns the events that rules added and the store has not written yet.
func (d *Demand) News() []Event { return d.news }

// Overdue reports whether a limit ran out while the network still has to act.
func (d *Demand) Overdue(now time.Time) bool {
	return d.State.Stage() == Todo && (!d.LateAt.IsZero() || !d.DueAt.IsZero() && !now.Before(d.DueAt))
}

// NextAt is the first moment at which the clock itself has something to do; zero: never.
func (d *Demand) NextAt() time.Time {
	failed, _ := d.failedAt()
	moments := []time.Time{d.RemindAt, d.PendingBy, d.SilentAt, d.CheckAt, failed, d.Owed.nextAt()}
	if d.Clock.Running() {
		moments = append(moments, d.DueAt)
	}
	var next time.Time
	for _, at := range moments {
		if !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next
}
