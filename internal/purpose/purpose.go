// Package purpose is the one way to sealed data about a household: through an open piece of work about it, or by breaking the glass.
//
// Each slice tells, as a Source, which open work an actor has about a household.
// Open checks the ground that was named, and writes the reading and the audit
// row in the transaction that also opens the seal. The household sees each
// reading; a broken glass is reviewed by a privacy officer.
package purpose

import (
	"context"
	_ "embed"
	"strings"
	"time"

	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/sqldb"
)

//go:embed messages.json
var raw []byte

// Messages are this package's words.
var Messages = i18n.MustParse(raw)

// Subject is the household that is read about, and the cell it is in.
type Subject struct{ HouseholdID, UnitID string }

// Ground is what somebody reads on: an open piece of work of a source's kind,
// or one of the kinds below.
type Ground struct{ Kind, ID string }

// Grounds that are no work of a slice.
const (
	Glass  = "glass"  // a break-glass; ID is its own
	System = "system" // only for the system itself; ID says what for, such as "sms_code"
)

// Itself is the ground on which a household looks at its own. It is recorded,
// and not listed among who read it.
var Itself = Ground{System, "itself"}

// Work is an open piece of work of an actor about a household.
type Work struct {
	Ground
	Title string    // plain words for the chooser and for the household, such as a demand's number
	Due   time.Time // zero for none
}

// Source tells a slice's open work. What it doesn't list is no ground.
type Source interface {
	// Kind names the work, such as "demand"; it has words under purpose.kind.
	Kind() string
	// OpenWork lists what the actor has to do about the household now.
	OpenWork(ctx context.Context, q sqldb.Querier, actor auth.Actor, s Subject) ([]Work, error)
}

// What can be opened.
const (
	Phone      = "phone"      // the household's telephone number
	Care       = "care"       // what a care entry holds
	Contact    = "contact"    // how to reach whoever raised a demand
	Home       = "home"       // where the household of a demand lives, and whom to ask for
	Everything = "everything" // all that a household sees of itself
)

// Whats lists what can be opened.
func Whats() []string { return []string{Phone, Care, Contact, Home, Everything} }

// Reading is that sealed data was opened, as the household sees it.
type Reading struct {
	ID          string
	HouseholdID string
	At          time.Time
	Role        auth.Role // as what it was read; "" for the system
	ByUnitID    string    // and where
	Ground      Ground
	Title       string
	What        string
}

// Reason is why a glass is broken.
type Reason string

// The reasons.
const (
	Danger  Reason = "danger"  // somebody is in danger
	Rescue  Reason = "rescue"  // police, fire brigade or ambulance ask
	Damage  Reason = "damage"  // fire, water or gas at their home
	Asked   Reason = "asked"   // the household asked for it
	Another Reason = "another" // said in words
)

// Reasons lists them in the order of the chooser.
func Reasons() []Reason { return []Reason{Danger, Rescue, Damage, Asked, Another} }

// BreakGlass asks for access without open work.
type BreakGlass struct {
	Key string
	Subject
	Reason Reason
	Words  string // the household reads them; needed for Another
}

// Verdict is what a review found.
type Verdict string

// The verdicts; "" while the review is open.
const (
	Justified   Verdict = "justified"
	Unjustified Verdict = "unjustified"
)

// Break is a broken glass.
type Break struct {
	ID          string
	HouseholdID string
	UnitID      string // the household's cell
	ActorID     string
	PersonID    string
	ActorName   string
	Role        auth.Role
	ByUnitID    string
	Reason      Reason
	Words       string
	At, Until   time.Time // good from and to
	Due         time.Time // reviewed by then
	Reads       int       // how often something was opened on it
	Verdict     Verdict
	ReviewedAt  time.Time
	Reviewer    string
	Note        string
	ToldAt      time.Time // when the city office was told that the review is overdue
	Version     int
}

// Reviewed reports whether it was.
func (b Break) Reviewed() bool { return b.Verdict != "" }

// Overdue reports whether the review should have been done.
func (b Break) Overdue(now time.Time) bool { return !b.Reviewed() && b.Due.Before(now) }

// Review is a privacy officer's.
type Review struct {
	Key, ID string
	Version int
	Verdict Verdict
	Note    string
}

// What can be done.
const (
	ActOpen    auth.Action = "purpose.open"    // open sealed data on open work
	ActGlass   auth.Action = "purpose.glass"   // break the glass
	ActReview  auth.Action = "purpose.review"  // review who broke it
	ActOverdue auth.Action = "purpose.overdue" // hear of reviews that are overdue
)

// Rules gives them to roles. Whoever reviews, audits or runs the machine reads nothing.
var Rules = []auth.Rule{
	{Action: ActOpen, Roles: []auth.Role{auth.Lead, auth.GroupLead, auth.AreaLead, auth.LinkedOfficial,
		auth.VillageOfficial, auth.TownOfficial, auth.CityOffice, auth.Command, auth.Department, auth.Hotline}},
	{Action: ActGlass, Roles: []auth.Role{auth.Lead, auth.GroupLead, auth.AreaLead}},
	{Action: ActGlass, Roles: []auth.Role{auth.LinkedOfficial, auth.VillageOfficial, auth.TownOfficial, auth.CityOffice, auth.Command}, Fresh: auth.Lately},
	{Action: ActReview, Roles: []auth.Role{auth.PrivacyOfficer}, Fresh: auth.Lately, Confirmed: true},
	{Action: ActOverdue, Roles: []auth.Role{auth.PrivacyOfficer, auth.CityOffice}},
}

// Topic is the live topic on which pages hear of glass that is broken or reviewed.
const Topic = "purpose"

// String is how a ground is written in a form.
func (g Ground) String() string { return g.Kind + ":" + g.ID }

// ParseGround reads what String wrote; of anything else it makes a ground that nobody has.
func ParseGround(text string) Ground {
	kind, id, _ := strings.Cut(text, ":")
	return Ground{kind, id}
}
