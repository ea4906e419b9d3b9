// Package honour is the city's honours: rounds in which somebody is nominated with a citation, judged by named people, published for objections, and given a certificate that anybody can verify.
//
// A round:
//
//	draft ──► open ──► voting ──► published ──► awarded
//	        (nominations) │ ▲ one run-off of those with the same share
//	                      └─┘
//
// A nomination is judged by its citation alone. Nothing that Bilin counts of
// anybody is shown to the panel, and no other part of the program reads an honour
// but to say that somebody has one.
package honour

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

// What can be done with honours.
const (
	ActSee   auth.Action = "honour.see"   // read rounds, nominate, object, verify: everybody
	ActRun   auth.Action = "honour.run"   // open a round, choose its panel, publish, award, print
	ActCheck auth.Action = "honour.check" // say whether a citation is true, and what the nominee answered
	ActJudge auth.Action = "honour.judge" // vote, answer objections, be the second who revokes: whoever is in the panel
	ActOwn   auth.Action = "honour.own"   // answer one's own nomination, print one's own certificate
)

// Rules gives them to roles.
var Rules = []auth.Rule{
	{Action: ActSee, Public: true},
	{Action: ActRun, Roles: []auth.Role{auth.CityOffice}},
	{Action: ActCheck, Roles: []auth.Role{auth.VillageOfficial, auth.TownOfficial, auth.CityOffice}},
	{Action: ActJudge, AnyAccount: true, Confirmed: true},
	{Action: ActOwn, AnyAccount: true},
}

// State is where a round stands.
type State string

// The states, drawn in the package comment.
const (
	Draft     State = "draft"
	Open      State = "open"
	Voting    State = "voting"
	Published State = "published"
	Awarded   State = "awarded"
)

// Kind is what a nominee is.
type Kind string

// The kinds. Each is somebody whom the city knows by a post, a registration or as a team.
const (
	OfPost      Kind = "lead"
	OfVolunteer Kind = "volunteer"
	OfTeam      Kind = "team"
)

// Valid reports whether there is such a kind.
func (k Kind) Valid() bool { return k == OfPost || k == OfVolunteer || k == OfTeam }

// How is how somebody answered their nomination.
type How string

// The ways. All but the first are entered by an official.
const (
	Self    How = "self"
	Meeting How = "person"
	Called  How = "phone"
	Written How = "paper"
)

// Ways are those in which somebody tells an official.
var Ways = []How{Meeting, Called, Written}

func (h How) valid() bool { return slices.Contains(Ways, h) }

// Result is what became of a nomination with the panel.
type Result string

// The results.
const (
	NoResult   Result = ""
	Proposed   Result = "proposed" // has one of the places
	Tied       Result = "tied"     // goes into the run-off
	NotThis    Result = "not"      // not this time
	Overturned Result = "objected" // was proposed, and an objection was right
)

// Bounds: texts in characters, days.
const (
	MinPanel      = 5
	MaxPanel      = 25
	MaxName       = 30
	MaxWords      = 400
	MaxCategories = 6
	MaxPlaces     = 100
	MinCitation   = 20
	MaxCitation   = 500
	MaxPraise     = 80
	MaxObjection  = 500
	MinPublish    = 5 // working days
	MaxPublish    = 30
	RoundsAYear   = 2
	mostNominate  = 90  // days for nominations
	mostVote      = 30  // days for votes
	keepDays      = 365 // what isn't needed any more is erased so long after a round was awarded
)

// Category is what is honoured, and for how many.
type Category struct {
	Key    string `json:"key"`
	Name   string `json:"name"`
	Places int    `json:"places"`
}

// Round is one round of honours.
type Round struct {
	ID, Number    string
	Name, Words   string
	State         State
	Categories    []Category
	NominateUntil string    // the last day, YYYY-MM-DD
	VoteUntil     time.Time // zero before the vote
	PublishDays   int       // working days
	PublishedAt   time.Time
	PublishUntil  time.Time // the moment after which it can be awarded
	AwardedAt     time.Time
	RunOff        bool
	MadeAt        time.Time
	Version       int
}

// Category returns the one with that key; the zero value if there is none.
func (r *Round) Category(key string) Category {
	if i := slices.IndexFunc(r.Categories, func(c Category) bool { return c.Key == key }); i >= 0 {
		return r.Categories[i]
	}
	return Category{}
}

// Member is somebody in a round's panel.
type Member struct {
	PersonID string
	Name     string
	VotedAt  time.Time // zero while their ballot isn't in

	ballot string
}

// Nominee is somebody who can be nominated.
type Nominee struct {
	Kind     Kind
	ID       string // of the person, the volunteer or the team
	PersonID string // "" of a team
	UnitID   string
	Name     string
}

// Nomination is somebody with a citation.
type Nomination struct {
	ID, Number string
	RoundID    string
	Category   string
	Nominee           // Name is empty once it was erased
	Citation   string // what they did
	Checked    bool
	True       bool
	CheckWords string // how the village knows
	Praise     string // what is said in public
	Asked      bool   // the nominee has answered
	Agrees     bool
	ConsentHow How       // how that was said
	ConsentAt  time.Time // when; zero before
	ConsentBy  string    // the name of who entered it for them; "" if they did, or where it isn't shown
	SaysSelf   bool      // has an account and answers there; where it is shown
	Result     Result
	Withdrawn  bool
	ByResident bool
	MadeAt     time.Time
	Version    int

	byPerson, byHousehold, keyHash    string
	checkedBy, consentBy              string
	name, citation, checkText, praise string
}

// Standing reports whether the panel votes on it.
func (n *Nomination) Standing() bool {
	return !n.Withdrawn && n.Checked && n.True && n.Asked && n.Agrees
}

// Living reports whether it still may come to a vote.
func (n *Nomination) Living() bool {
	return !n.Withdrawn && (!n.Checked || n.True) && (!n.Asked || n.Agrees)
}

// Why says why somebody may not vote on a nomination.
type Why string

// The reasons. Relative is declared; the system sees the others.
const (
	Themself  Why = "self"
	Nominator Why = "nominator"
	Household Why = "household"
	Line      Why = "line" // the same unit, or the one straight above or under it
	Checker   Why = "checker"
	Relative  Why = "relative"
)

// Recusal keeps a member of the panel from one nomination.
type Recusal struct {
	PersonID, NominationID string
	Why                    Why
}

// Objection is what somebody has against what was published.
type Objection struct {
	ID, Number   string
	RoundID      string
	NominationID string
	Words        string // empty once erased
	From         string // who they say they are; "" without a name
	Answer       string
	Upheld       bool
	AnsweredAt   time.Time // zero while it waits
	At           time.Time
	Version      int

	words, from, answer, keyHash string
}

// Waits reports whether nobody has answered.
func (o *Objection) Waits() bool { return o.AnsweredAt.IsZero() }

// CertState is what a certificate is worth.
type CertState string

// The states. Withdrawn: whoever was honoured had their data erased.
const (
	Valid     CertState = "valid"
	Revoked   CertState = "revoked"
	Withdrawn CertState = "withdrawn"
)

// Certificate says that somebody was honoured.
type Certificate struct {
	Number       string
	Code         string // with the number it is what verifies
	RoundID      string
	NominationID string
	Kind         Kind
	PersonID     string // "" of a team
	UnitID       string
	Category     string // its name
	State        CertState
	Listed       bool // on the public page
	Day          string
	AskedBy      string // who asked to revoke it; "" if nobody did
	Reason       string
	RevokedOn    string
	Version      int

	reason string
}

// Full is the number and the code as they stand in the address of the verifying page.
func (c *Certificate) Full() string { return c.Number + "-" + c.Code }

// Honoured is somebody with a valid honour, for other parts that say so.
type Honoured struct {
	PersonID, UnitID, Name string
	Round, Category        string
	Day                    string
}

// Commands.

// Define makes a round or changes a draft.
type Define struct {
	Key, ID       string // ID empty: a new one
	Name, Words   string
	Categories    []Category
	NominateUntil string
	PublishDays   int
	Version       int
}

// Nominate puts somebody forward.
type Nominate struct {
	Key, RoundID string
	Category     string
	Kind         Kind
	NomineeID    string
	Citation     string
	Door         string // of a resident's home; not asked of who is logged in
}

// Receipt is what somebody without an account takes home.
type Receipt struct{ ID, Number, Key string }

// Check is the village's word on a citation.
type Check struct {
	Key, ID string
	True    bool
	Words   string
	Praise  string // needed if it is true
	Version int
}

// Consent is the nominee's answer.
type Consent struct {
	Key, ID string
	Agrees  bool
	How     How // of who enters it for another
	Version int
}

// Ballot is a member's vote: the nominations that deserve it. Relatives are those
// that the member declares to be related to; they are then not voted on.
type Ballot struct {
	Key, RoundID string
	Yes          []string
	Relatives    []string
}

// Object is something against somebody who was published.
type Object struct {
	Key, NominationID string
	Words, From       string
}

// Answer answers an objection.
type Answer struct {
	Key, ID string
	Upheld  bool
	Words   string
	Version int
}
