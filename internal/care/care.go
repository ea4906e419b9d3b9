// Package care is the list of households that are owed regular contact: what each is owed, by whom and until when, and the contacts that follow from it.
//
// A household is listed because it is owed something, for a need of a closed
// catalogue, on a basis, until a day. Why is sealed under the entry's own key,
// which is destroyed when the entry ends. Leads are told what to do, never why.
package care

import (
	_ "embed"

	"bilin/internal/auth"
	"bilin/internal/care/need"
	"bilin/internal/i18n"
	"bilin/internal/purpose"
)

//go:embed messages.json
var raw []byte

// Messages are this package's words.
var Messages = i18n.MustParse(raw)

// Kind is the kind of work that contacts and renewals are, as grounds to read an entry.
const Kind = "care"

// Topic is the live topic on which a unit's pages hear that its contacts or
// entries changed: of a cell, of a unit that has contacts, and of a village.
func Topic(unitID string) string { return "care:" + unitID }

// What can be done.
const (
	ActContact auth.Action = "care.contact" // do the contacts of one's own post
	ActSee     auth.Action = "care.see"     // see who is listed, without why
	ActList    auth.Action = "care.list"    // list a household, and end an entry
	ActRenew   auth.Action = "care.renew"   // renew an entry that somebody else listed or renewed
	ActFigures auth.Action = "care.figures" // see counts
)

// Rules gives it to roles, each for the units it stands over. Whoever runs the
// machine, audits or reviews sees no entry.
var Rules = []auth.Rule{
	{Action: ActContact, Roles: []auth.Role{auth.Lead, auth.GroupLead, auth.AreaLead, auth.LinkedOfficial, auth.VillageOfficial}},
	{Action: ActSee, Roles: []auth.Role{auth.LinkedOfficial, auth.VillageOfficial, auth.TownOfficial}},
	{Action: ActList, Roles: []auth.Role{auth.VillageOfficial, auth.TownOfficial}},
	{Action: ActRenew, Roles: []auth.Role{auth.LinkedOfficial, auth.VillageOfficial, auth.TownOfficial}, Confirmed: true},
	{Action: ActFigures, Roles: []auth.Role{auth.VillageOfficial, auth.TownOfficial, auth.CityOffice, auth.Command}},
}

// Basis is why an entry may be.
type Basis string

// The bases.
const (
	ByLaw     Basis = "law"     // the need's law grants it, and nobody objected
	ByConsent Basis = "consent" // the household agreed
)

// Agreed is how a household agreed.
type Agreed string

// The ways.
const (
	OnPaper Agreed = "paper"
	InWords Agreed = "words" // said to the official, in person
)

// Content is what an entry holds that is sealed: there are no free words in it.
type Content struct {
	Need   string `json:"need"`
	Basis  Basis  `json:"basis"`
	Agreed Agreed `json:"agreed,omitempty"`
	// AgreedOn is the day on which the household agreed, "YYYY-MM-DD".
	AgreedOn string `json:"agreed_on,omitempty"`
}

// Entry is a household that is owed contact, as those who stand over it see it:
// without why.
type Entry struct {
	ID, HouseholdID   string
	UnitID, VillageID string
	Address, Name     string // of the household; the name masked for those without a task
	need.Obligation
	StandIn  string // unit whose lead stands in, "" for whoever stands behind the cell
	NextOn   string // the day of the next contact, "YYYY-MM-DD"
	TryOn    string // the day on which to go: of the open contact, or NextOn
	LapsesOn string // the last day on which it holds
	ListedOn string
	Open     string // id of the contact that is open, or ""
	LongDays int
	Version  int

	byID   string
	sealed string
}

// Ends reports whether it is time to renew it, or to let it lapse.
func (e *Entry) Ends(today string) bool { return addDays(today, RemindDays) >= e.LapsesOn }

// RenewableBy reports whether somebody is a second person to it.
func (e *Entry) RenewableBy(actor auth.Actor) bool { return !actor.Is(e.byID) }

// Step is how far a contact has climbed.
type Step int

// The steps.
const (
	First    Step = iota // whom the plan names
	StandIn              // another lead
	Official             // the linked official
	Village              // the village, where it stays until somebody was reached
)

// Outcome is what became of a contact: one tap.
type Outcome string

// The outcomes.
const (
	Fine      Outcome = "fine"
	NeedsHelp Outcome = "need"   // opens a demand for the household
	Nobody    Outcome = "nobody" // nobody home
)

// Outcomes lists them.
func Outcomes() []Outcome { return []Outcome{Fine, NeedsHelp, Nobody} }

// Contact is a contact that is owed, as whoever has it sees it: what to do, and
// never why.
type Contact struct {
	ID, EntryID       string
	HouseholdID       string
	CellID, VillageID string
	Address, Name     string
	Do                need.Do
	Action            need.Action // in an emergency
	UnitID            string      // of the post that has it now
	Role              auth.Role
	Step              Step
	OwedOn            string // the day by the plan
	DueOn             string // the day to try
	LimitOn           string // the last day before it goes to the next
	Misses            int    // how often nobody was home at this step
	Done              bool
	Outcome           Outcome // Fine or NeedsHelp once it is done
	DoneOn            string
	Late              bool
	Demand            string // number of the demand that came of it
	Version           int

	MissedOn string // the day on which somebody said last that nobody was home
	every    int
	led      bool // by the plan the cell's lead is the first
	was      held // how it stood before that
}

// held is how a contact stood before somebody said that nobody was home.
type held struct {
	UnitID  string    `json:"unit"`
	Role    auth.Role `json:"role"`
	Step    Step      `json:"step"`
	DueOn   string    `json:"due"`
	LimitOn string    `json:"limit"`
	Misses  int       `json:"misses"`
}

// Due reports whether it is to be done by a day.
func (c *Contact) Due(today string) bool { return !c.Done && c.DueOn <= today }

// Overdue reports whether its last day before it climbs is past.
func (c *Contact) Overdue(today string) bool {
	return !c.Done && c.OwedOn < today && (c.Step > First || c.LimitOn < today)
}

// Enter lists a household.
type Enter struct {
	Key         string
	HouseholdID string
	Need        string // code
	Basis       Basis
	Agreed      Agreed // with ByConsent
	EveryDays   int    // 0: as the need says; never rarer
	Official    bool   // the linked official is the first, though the need says the lead
	StandIn     string // unit whose lead stands in; "" for whoever stands behind the cell
	Days        int    // how long it holds; 0: as long as the need allows
}

// Renew lets an entry go on.
type Renew struct {
	Key, ID string
	Version int
	Days    int    // 0: as long as its need allows
	Agreed  Agreed // how they agreed again, where it stands on consent
}

// Why an entry ends before its day.
type Why string

// The reasons, beside lapsing by itself.
const (
	Lapsed    Why = "lapsed"
	Withdrawn Why = "withdrawn" // consent was withdrawn
	Objected  Why = "objected"
	Moved     Why = "moved"  // the household left
	Over      Why = "over"   // the need is no more
	Erased    Why = "erased" // on the person's request
)

// Whys lists those that an official can choose.
func Whys() []Why { return []Why{Withdrawn, Objected, Moved, Over} }

// End ends an entry.
type End struct {
	Key, ID string
	Version int
	Why     Why
}

// Report says what became of a contact. It comes by outbox, perhaps late.
type Report struct {
	Key, ID string
	Outcome Outcome
	Words   string // what they need, with NeedsHelp: the text of the demand
	Day     string // on which it was, "YYYY-MM-DD"; "" is today
}

// Result is what a report left behind.
type Result struct {
	Done   bool
	Demand string // number of the demand
	NextOn string // the day of the next try or contact
	Step   Step   // who has it then
}

// Held is what the list holds of a household, for the person.
type Held struct {
	Entry   Entry
	Content Content
	Need    need.Need
	Ending  *need.Proposal // its need is about to be taken out of use
	Plan    []Plan         // whom its contacts go to, one after the other
	Past    []PastContact
}

// PastContact is a contact that was, as the person sees it.
type PastContact struct {
	OwedOn, DoneOn string
	Outcome        Outcome
	Demand         string
	Step           Step
	DueOn          string // the day of the next try, while it is open
	Misses         int    // how often nobody was home, at its last step
	Who            string // name of whoever serves in the post that has or had it
}

// Figures are counts of a unit.
type Figures struct {
	UnitID  string
	Needs   []NeedCount
	Entries int // of all needs; -1 where it is too few to say
	Months  []MonthCount
}

// NeedCount is how many entries there are of a need.
type NeedCount struct {
	Need    need.Need
	Entries int // -1 where it is too few to say
}

// MonthCount is how contacts went in a month. Counts and shares are cut to
// fives; the rest of the shares is open still or lapsed with its entry.
type MonthCount struct {
	Month      string
	Owed       int // -1 where it is too few to say, and so are the others
	Kept, Late int // percent of those owed, in time and late; -1 where they are too few to say
	Climbed    int // percent that had to go to somebody else, likewise
	Needs      int // led to a demand; -1 where they are too few to say
}

// Emergency is a household with what is owed to it in an emergency.
type Emergency struct {
	HouseholdID, CellID string
	Address, Name       string
	Actions             []need.Action
}

// Ground is why an entry is read.
type Ground = purpose.Ground
