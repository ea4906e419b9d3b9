// Package volunteer takes report-ins: party members, volunteers and professionals who offer to serve where they live, what they can do, and what they pledge.
//
// The states:
//
//	report ──► pending ──► active ──► left
//	              │ confirm    leave
//	              ├─► refused    or nobody decided for 90 days
//	              └─► left
//
// Who is left or refused leaves nothing behind but that there was somebody.
// Nobody counts what anybody does, and nobody is ranked.
package volunteer

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

// What can be done with report-ins.
const (
	ActReport  auth.Action = "volunteer.report"  // report in, see and change one's own with its key
	ActView    auth.Action = "volunteer.view"    // list them
	ActConfirm auth.Action = "volunteer.confirm" // confirm, refuse, enter them for somebody
	ActSkills  auth.Action = "volunteer.skills"  // say what one can do oneself
)

// Rules gives them to roles.
var Rules = []auth.Rule{
	{Action: ActReport, Public: true},
	{Action: ActView, Roles: []auth.Role{auth.VillageOfficial, auth.TownOfficial, auth.CityOffice, auth.Command}},
	{Action: ActConfirm, Roles: []auth.Role{auth.VillageOfficial, auth.TownOfficial}},
	{Action: ActSkills, AnyAccount: true},
}

// Kind is as what somebody reports in.
type Kind string

// The kinds.
const (
	Party        Kind = "party"
	Neighbour    Kind = "volunteer"
	Professional Kind = "professional"
)

// Kinds lists them.
func Kinds() []Kind { return []Kind{Party, Neighbour, Professional} }

// Skill is something people can do. The catalogue is fixed: an order asks for
// skills by these names.
type Skill string

// The skills.
const (
	FirstAid    Skill = "first_aid"
	Nursing     Skill = "nursing"
	Mind        Skill = "mind" // psychological first aid
	Truck       Skill = "truck"
	Machinery   Skill = "machinery"
	Boat        Skill = "boat"
	Chains      Skill = "chains"
	Chainsaw    Skill = "chainsaw"
	Electrician Skill = "electrician"
	Plumber     Skill = "plumber"
	Drone       Skill = "drone"
	Cooking     Skill = "cooking"
	Sign        Skill = "sign"
	Dialect     Skill = "dialect"

	// Everyday ones, for small wishes.
	Handy    Skill = "handy"
	Phones   Skill = "phones"
	Haircut  Skill = "haircut"
	Tutoring Skill = "tutoring"
)

// CallSkills lists those by which an order calls people.
func CallSkills() []Skill {
	return []Skill{FirstAid, Nursing, Mind, Truck, Machinery, Boat, Chains, Chainsaw, Electrician, Plumber, Drone, Cooking, Sign, Dialect}
}

// Skills lists all of them in the order in which they are offered.
func Skills() []Skill { return append(CallSkills(), Handy, Phones, Haircut, Tutoring) }

// Valid reports whether there is such a skill.
func (s Skill) Valid() bool { return slices.Contains(Skills(), s) }

// State is where a report-in stands.
type State string

// The states, drawn in the package comment.
const (
	Pending State = "pending"
	Active  State = "active"
	Left    State = "left"
	Refused State = "refused"
)

// Reason is why a report-in was refused; there are no words beside it.
type Reason string

// The reasons.
const (
	NotHere     Reason = "not_here"    // doesn't live there
	Unreachable Reason = "unreachable" // nobody answers at the number
	Duplicate   Reason = "duplicate"   // reported in already
	NoNeed      Reason = "no_need"     // nothing to do for it here now
)

// Lapsed is why one ended on which nobody decided; nobody gives it.
const Lapsed Reason = "lapsed"

// Reasons lists those that somebody can give.
func Reasons() []Reason { return []Reason{NotHere, Unreachable, Duplicate, NoNeed} }

// Bounds: texts in characters.
const (
	MaxName   = 20
	MaxPledge = 200
	MaxHours  = 100 // a month
	waitDays  = 90  // for a decision; then it is erased
)

// Volunteer is somebody who reported in.
type Volunteer struct {
	ID          string
	State       State
	Kind        Kind
	Name        string
	HasPhone    bool
	UnitID      string // where they live: a village or a cell
	VillageID   string
	HouseholdID string // "" if not known
	Offer
	PersonID   string // in the registry; "" until active
	Linked     bool   // the registry knew that person before: the key alone doesn't act for them
	Reason     Reason // why refused
	EnteredBy  string // account of whoever entered it for them
	ReportedAt time.Time
	DecidedAt  time.Time // confirmed or refused; zero before
	LeftAt     time.Time
	Version    int
	Twin       *Twin // of one that waits: whoever it is reported in, or waits, already

	phone, phoneIndex, keyHash string
}

// Offer is what somebody can do and pledges.
type Offer struct {
	Skills []Skill
	Pledge string
	Hours  int // a month, as pledged
}

// Report reports somebody in. Where they live is a unit's code or a door card's.
type Report struct {
	Key, Name, Phone   string
	Kind               Kind
	UnitCode, DoorCode string
	Offer
	For bool // by an official, for somebody else: confirmed at once
}

// Receipt is what whoever reports in takes home. With the key they see, change
// and withdraw it.
type Receipt struct{ ID, Key string }

// Change is new words of an offer, with the key.
type Change struct {
	Key string // of the form
	Offer
	Version int // at which it was shown
}

// Step is what an official does with a report-in.
type Step struct {
	Key, ID string
	Reason  Reason // of a refusal
	Version int
}

// Skilled is somebody who can do what was asked for.
type Skilled struct{ PersonID, UnitID string }
