// Package programme is a town's or village's own points: who gains how many for what voluntary act, a budget, a ledger that is only added to, and rewards.
//
// Taking part is a choice. Points come only from voluntary acts of a closed
// list, are never deducted, and are spent by the member alone. A balance is the
// member's own: nobody else reads it, nothing sorts by it, nothing is decided
// by it. Rewards are things and favours, never what somebody is entitled to.
package programme

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

// What can be done with programmes.
const (
	ActSee    auth.Action = "programme.see"    // read what a programme is, and its ledger: everybody
	ActJoin   auth.Action = "programme.join"   // take part, see and spend one's own points with one's key
	ActDefine auth.Action = "programme.define" // make a programme, its rules and rewards
	ActRecord auth.Action = "programme.record" // write down a member's act
	ActHand   auth.Action = "programme.hand"   // hand out what was chosen
)

// Rules gives them to roles.
var Rules = []auth.Rule{
	{Action: ActSee, Public: true},
	{Action: ActJoin, Public: true},
	{Action: ActDefine, Roles: []auth.Role{auth.TownOfficial, auth.VillageOfficial}},
	{Action: ActRecord, Roles: []auth.Role{auth.TownOfficial, auth.VillageOfficial, auth.LinkedOfficial, auth.AreaLead, auth.GroupLead}},
	{Action: ActHand, Roles: []auth.Role{auth.TownOfficial, auth.VillageOfficial}},
}

// Kind is what a voluntary act was. The list is closed: what isn't on it can't
// earn, and nothing on it is a duty, a report on somebody, an opinion or conduct.
type Kind string

// The kinds.
const (
	HelpOut   Kind = "help"      // helping a neighbour
	Company   Kind = "company"   // keeping somebody company
	Clean     Kind = "clean"     // cleaning up together
	Green     Kind = "green"     // planting, sorting, mending
	Teach     Kind = "teach"     // teaching what one knows
	Culture   Kind = "culture"   // song, dance, festival
	Emergency Kind = "emergency" // coming out when called
	Wish      Kind = "wish"      // granting a small wish
)

// Kinds lists them in the order in which they are offered.
func Kinds() []Kind {
	return []Kind{HelpOut, Company, Clean, Green, Teach, Culture, Emergency, Wish}
}

// Valid reports whether there is such a kind.
func (k Kind) Valid() bool { return slices.Contains(Kinds(), k) }

// State is where a programme stands.
type State string

// The states. Draft → running → ended; what was earned can be spent after the end too.
const (
	Draft   State = "draft"
	Running State = "running"
	Ended   State = "ended"
)

// Bounds: texts in characters, points, hours.
const (
	MaxName    = 30
	MaxText    = 300
	MaxBudget  = 10_000_000
	MaxPoints  = 500 // for one act
	MaxPrice   = 100_000
	MaxStock   = 100_000
	MaxHours   = 12 // of one act
	MaxPeople  = 200
	MaxFormula = 200
	pastDays   = 60 // an act can be written down so long after
	waitDays   = 30 // a reward waits so long to be fetched
)

// Formulas say how many points an act of a kind earns; see Earner.
type Formulas map[Kind]string

// Programme is a town's or village's own.
type Programme struct {
	ID       string
	Number   string
	UnitID   string
	Name     string
	Text     string // what it is for, in plain words
	State    State
	Formulas Formulas
	Budget   int64 // points that it may give in all
	Given    int64 // of them
	Edition  int   // of the formulas; rises with each change
	MadeAt   time.Time
	Version  int
}

// Left is how many points it can still give.
func (p Programme) Left() int64 { return p.Budget - p.Given }

// Member takes part in one programme.
type Member struct {
	ID          string
	ProgrammeID string
	Number      string // read out to whoever writes down an act
	Name        string // empty once they left
	HouseholdID string
	UnitID      string // the village they live in
	JoinedAt    time.Time
	LeftAt      time.Time // zero while they take part
	Version     int

	keyHash, name string
}

// Act is a voluntary act of a member, and what it earned.
type Act struct {
	ID          string
	ProgrammeID string
	MemberID    string
	Kind        Kind
	Hours       float64
	People      int    // how many were helped, or took part
	Day         string // YYYY-MM-DD
	Points      int64
	Edition     int // of the formulas by which it earned
	By          string
	At          time.Time
}

// Reward is what points can be spent on.
type Reward struct {
	ID          string
	ProgrammeID string
	Name        string
	Price       int64 // points
	Stock       int   // how many are left
	Off         bool
	Version     int
}

// Fetch is a reward that a member chose: the points are spent, and it waits to
// be handed out against its code.
type Fetch struct {
	ID          string
	ProgrammeID string
	MemberID    string
	RewardID    string
	Reward      string
	Price       int64
	State       FetchState
	At          time.Time
	Until       string // the last day on which it waits, YYYY-MM-DD
	DoneAt      time.Time
	Code        string // for the member's eyes

	codeHash, code string
}

// FetchState is where a chosen reward stands.
type FetchState string

// The states.
const (
	Waiting  FetchState = "waiting"
	Fetched  FetchState = "fetched"
	Returned FetchState = "returned" // the points are back with the member, the thing in stock
)

// Commands.

// Define makes a programme or changes one that isn't over.
type Define struct {
	Key, ID    string // ID empty: a new one
	UnitCode   string
	Name, Text string
	Budget     int64
	Formulas   Formulas
	Version    int
}

// Offer makes a reward or changes one.
type Offer struct {
	Key, ProgrammeID, ID string
	Name                 string
	Price                int64
	Stock                int
	Off                  bool
	Version              int
}

// Join takes somebody in.
type Join struct {
	Key, ProgrammeID string
	Name             string
	DoorCode         string
}

// Receipt is what a new member takes home.
type Receipt struct{ ID, Number, Key string }

// Record writes down an act.
type Record struct {
	Key, ProgrammeID string
	Member           string // number
	Kind             Kind
	Hours            float64
	People           int
	Day              string
}

// Awarded is what an act earned; nothing of the balance.
type Awarded struct {
	Points int64
	Short  bool // the budget had less than the formula gives
}
