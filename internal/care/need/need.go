// Package need is the closed catalogue of what a household can be owed regular contact for, and the only way by which it changes.
package need

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

// Topic is the live topic of the catalogue and what is proposed for it.
const Topic = "care-needs"

// Who contacts a household first.
type Who string

// The posts that can be the first.
const (
	ByLead     Who = "lead"     // the neighbour lead of its cell
	ByOfficial Who = "official" // the linked official of its group or area
)

// Whos lists them.
func Whos() []Who { return []Who{ByLead, ByOfficial} }

// Do is what is done at a contact. It says what, never why.
type Do string

// What can be done.
const (
	Visit Do = "visit" // to the door, a few words
	Call  Do = "call"  // by telephone; at the door if nobody answers
)

// Dos lists it.
func Dos() []Do { return []Do{Visit, Call} }

// Minutes is what a contact of a kind costs, without the way there.
func (d Do) Minutes() int {
	if d == Call {
		return 5
	}
	return 10
}

// Action is what is owed in an emergency. It says what to do, never why.
type Action string

// The actions.
const (
	Door  Action = "door"  // ask at this door first
	Power Action = "power" // ask within the hour when power or roads fail, and report
	Move  Action = "move"  // help to leave first, two people go
)

// Actions lists them.
func Actions() []Action { return []Action{Door, Power, Move} }

// Ground is what a need may be defined by. Nothing else can define one.
type Ground string

// The grounds: each is a circumstance that a law grants a benefit for, and
// none says anything of how somebody behaves, thinks or believes.
const (
	Age        Ground = "age"
	Alone      Ground = "alone" // how many live there
	Disability Ground = "disability"
	Illness    Ground = "illness" // of the body
	Treatment  Ground = "treatment"
	Childhood  Ground = "childhood" // a child, and who looks after it
	Birth      Ground = "birth"
	Hardship   Ground = "hardship" // support that was granted, or a sudden loss
	House      Ground = "house"    // the building and where it stands
	Forces     Ground = "forces"
)

// Grounds lists them.
func Grounds() []Ground {
	return []Ground{Age, Alone, Disability, Illness, Treatment, Childhood, Birth, Hardship, House, Forces}
}

// Longest is the longest that any entry lasts, in days, before a second person renews it.
const Longest = 90

// Everies lists how often a household can be contacted, in days.
func Everies() []int { return []int{7, 14, 30} }

// Obligation is what a household is owed.
type Obligation struct {
	EveryDays int    `json:"every"`
	Who       Who    `json:"who"`
	Do        Do     `json:"do"`
	Action    Action `json:"action"` // in an emergency
}

// Need is a reason for which a household is owed contact. Its name, its
// obligation, its basis and its longest term are one thing: they change together.
type Need struct {
	Code   string `json:"code"`
	Name   string `json:"name"`
	NameEN string `json:"name_en"`
	Obligation
	Law      string   `json:"law"`     // name and article
	Benefit  string   `json:"benefit"` // what it grants
	Grounds  []Ground `json:"grounds"`
	Consent  bool     `json:"consent"` // the law alone doesn't do: the household has to agree
	LongDays int      `json:"long"`    // how long an entry lasts at most
	Off      bool     `json:"-"`
	OffOn    string   `json:"-"` // the day since which it is out of use
	OffWhy   string   `json:"-"` // and why
	Version  int      `json:"-"`
}

// NameIn is its name in a language.
func (n *Need) NameIn(lang string) string {
	if lang == "en" {
		return n.NameEN
	}
	return n.Name
}

// Seen is all that a lead learns of an entry, and so what must be the same for several needs.
func (n *Need) Seen() Obligation { return n.Obligation }

// State is where a proposal stands.
type State string

// The states of a proposal.
const (
	Asked   State = "asked"   // waits for its approvers
	Notice  State = "notice"  // approved by two, on public notice
	Adopted State = "adopted" // part of the catalogue
	Refused State = "refused"
)

// NoticeDays is how long a proposal is on public notice.
const NoticeDays = 10

// Approvers is how many people besides the proposer have to agree; OffApprovers to
// take a need out of use.
const (
	Approvers    = 2
	OffApprovers = 1
)

// Approval is one person's yes.
type Approval struct {
	ActorID, Name string
	Role          auth.Role
	At            time.Time
}

// Proposal is a new need, another content for one that there is, or its end.
type Proposal struct {
	ID         string
	Need       Need
	New        bool // not a change of one
	Off        bool // to take it out of use
	Why        string
	State      State
	ProposedBy string // person, or account
	Proposer   string // name
	At         time.Time
	Approvals  []Approval
	NoticeTo   string // last day of the notice, "YYYY-MM-DD"; "" before
	DecidedAt  time.Time
	Reason     string // of a refusal
	Version    int
}

// Wants is how many people besides the proposer have to agree.
func (p *Proposal) Wants() int {
	if p.Off {
		return OffApprovers
	}
	return Approvers
}

// What can be done.
const (
	ActRead    auth.Action = "care.needs"   // read the catalogue and what is proposed
	ActPropose auth.Action = "care.propose" // propose a need or a change
	ActApprove auth.Action = "care.approve" // approve or refuse one, never one's own
	ActSwitch  auth.Action = "care.switch"  // propose to take a need out of use, or put it back into use
)

// Rules gives it to roles. A privacy officer is one of the two approvers.
var Rules = []auth.Rule{
	{Action: ActRead, Public: true},
	{Action: ActPropose, Roles: []auth.Role{auth.CityOffice, auth.Department}},
	{Action: ActApprove, Roles: []auth.Role{auth.CityOffice, auth.PrivacyOfficer}, Confirmed: true},
	{Action: ActSwitch, Roles: []auth.Role{auth.CityOffice}},
}

// Catalog is the catalogue as it was read, in order of code of the built-in ones first.
type Catalog struct {
	list []Need
	at   map[string]int
}

func newCatalog(list []Need) *Catalog {
	c := &Catalog{list: list, at: make(map[string]int, len(list))}
	for i, n := range list {
		c.at[n.Code] = i
	}
	return c
}

// All lists every need, in use or not.
func (c *Catalog) All() []Need { return slices.Clone(c.list) }

// Used lists those in use.
func (c *Catalog) Used() []Need {
	return slices.DeleteFunc(slices.Clone(c.list), func(n Need) bool { return n.Off })
}

// Need returns the one with a code, in use or not.
func (c *Catalog) Need(code string) (Need, bool) {
	i, known := c.at[code]
	if !known {
		return Need{}, false
	}
	return c.list[i], true
}
