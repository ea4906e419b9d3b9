// Package outreach is the loudspeaker: news taken to every household of an audience, and how far it came.
//
// Its audience is households by where they live and how many they are, never by
// what they need. It asks nothing of a lead: telling neighbours is an offer, with
// no deadline and no list of who didn't. Reach is numbers by village; of a
// household only that it was reached is kept, behind a keyed digest and without a
// time, and of who told it nothing.
package outreach

import (
	_ "embed"
	"slices"
	"time"

	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/network"
)

//go:embed messages.json
var raw []byte

// Messages are this package's words.
var Messages = i18n.MustParse(raw)

// What can be done with notices.
const (
	ActSee   auth.Action = "outreach.see"   // read what was sent: everybody
	ActSend  auth.Action = "outreach.send"  // write, send, correct and recall
	ActReach auth.Action = "outreach.reach" // see how far it came
	ActTell  auth.Action = "outreach.tell"  // enter whom one told
	ActMeet  auth.Action = "outreach.meet"  // enter how many came to a meeting
	ActPaper auth.Action = "outreach.paper" // print the poster
)

// Rules gives them to roles.
var Rules = []auth.Rule{
	{Action: ActSee, Public: true},
	{Action: ActSend, Roles: []auth.Role{auth.CityOffice, auth.Command, auth.TownOfficial, auth.VillageOfficial}},
	{Action: ActReach, Roles: []auth.Role{auth.CityOffice, auth.Command, auth.TownOfficial, auth.VillageOfficial, auth.Auditor}},
	{Action: ActTell, Roles: []auth.Role{auth.Lead}},
	{Action: ActMeet, Roles: []auth.Role{auth.VillageOfficial, auth.LinkedOfficial, auth.AreaLead, auth.GroupLead}},
	{Action: ActPaper, Roles: []auth.Role{auth.CityOffice, auth.Command, auth.TownOfficial, auth.VillageOfficial, auth.LinkedOfficial, auth.AreaLead, auth.GroupLead, auth.Lead}},
}

// Kind is what a notice is about.
type Kind string

// The kinds.
const (
	News    Kind = "news"    // what is going on
	Fraud   Kind = "fraud"   // a trick that is about
	Weather Kind = "weather" // what is coming, and what to do
	Supply  Kind = "supply"  // water, power, roads, doctors
	Benefit Kind = "benefit" // what one is entitled to, and how to get it
)

// Kinds lists them in the order in which they are offered.
func Kinds() []Kind { return []Kind{News, Fraud, Weather, Supply, Benefit} }

// Valid reports whether there is such a kind.
func (k Kind) Valid() bool { return slices.Contains(Kinds(), k) }

// Template is a notice that lies ready; its words are in the messages under its
// name, with 【】 where something is to be filled in.
type Template struct {
	Name string
	Kind Kind
}

// Templates are those there are.
func Templates() []Template {
	return []Template{{"refund", Fraud}, {"police", Fraud}, {"pension", Fraud}, {"rain", Weather}, {"ice", Weather}, {"heat", Weather}, {"fire", Weather}}
}

// Way is how a household was reached.
type Way int

// The ways, as bits.
const (
	Opened Way = 1 << iota
	Told       // in person, by the lead
	Met        // at a meeting
	Linked     // opened by the link of a short message: Opened too
)

// State is where a notice stands.
type State string

// The states. Draft → (scheduled →) sent → recalled.
const (
	Draft     State = "draft"
	Scheduled State = "scheduled"
	Sent      State = "sent"
	Recalled  State = "recalled"
)

// Bounds.
const (
	MaxTitle = 60
	MaxWords = 600
	MaxAlt   = 60
	MaxWhy   = 100
	MaxUnits = 60
	MaxSize  = 20 // people in a household, as a bound of the audience
	Few      = 10 // on fewer households there are no figures
	Quick    = 20 // households in a minute; more are entered too quickly to be likely

	MaxAhead   = 90 * 24 * time.Hour // that a notice can be scheduled
	tellMinute = 2                   // minutes to tell a household in person
	hours      = 7 * 24              // of reach by the hour
	MarkDays   = 90                  // marks are kept, to count each household once
	openDays   = 60                  // a notice stands on leads' lists
)

// Notice is news for households.
type Notice struct {
	ID, Number   string
	Kind         Kind
	Title, Words string
	Alt          string // what the picture shows; empty without a picture
	MinSize      int    // people in a household; 0 is no bound
	MaxSize      int
	Units        []string // of the audience; none lies within another
	State        State
	Edition      int
	SenderID     string // in whose name: the unit that holds the whole audience
	Why          string // of the last correction, or of the recall
	MadeAt       time.Time
	DueAt        time.Time
	SentAt       time.Time
	ChangedAt    time.Time
	Version      int
	Short        bool // also by short message

	by     string
	summed bool // its hours are by town, without what few did
}

// Public reports whether everybody can read it.
func (n *Notice) Public() bool { return n.State == Sent || n.State == Recalled }

// Reaches reports whether a unit is in the audience.
func (n *Notice) Reaches(tree *network.Tree, unitID string) bool {
	return slices.ContainsFunc(n.Units, func(id string) bool { return tree.Contains(id, unitID) })
}

// Sized reports whether only households of some sizes are meant.
func (n *Notice) Sized() bool { return n.MinSize > 0 || n.MaxSize > 0 }

// Fits reports whether a household of so many people is meant.
func (n *Notice) Fits(size int) bool {
	return size >= n.MinSize && (n.MaxSize == 0 || size <= n.MaxSize)
}

// Since is when this edition went out.
func (n *Notice) Since() time.Time {
	if n.Edition > 1 && n.State == Sent {
		return n.ChangedAt
	}
	return n.SentAt
}

// Former is the words before a correction.
type Former struct {
	Edition      int
	Title, Words string
	Until        time.Time
	Why          string
}

// Picture is what goes with a notice, cleaned by package photo.
type Picture struct {
	Image         []byte // JPEG
	Width, Height int
}

// Compose makes a notice or changes one that isn't out yet.
type Compose struct {
	Key, Number  string // Number empty: a new one
	Kind         Kind
	Title, Words string
	Alt          string
	MinSize      int
	MaxSize      int
	Units        []string // codes
	Picture      *Picture `json:"-"` // nil leaves what there is
	NoPicture    bool     // take it away
	Version      int
}

// Send sends a notice, now or at a time.
type Send struct {
	Key, Number string
	Households  int // as they were shown
	At          time.Time
	Short       bool // also by short message
	Version     int
}

// Correct replaces the words of a notice that is out.
type Correct struct {
	Key, Number       string
	Title, Words, Why string
	Version           int
}

// Recall takes a notice back.
type Recall struct {
	Key, Number, Why string
	Version          int
}

// Tell enters whom a lead told, in person or at a meeting.
type Tell struct {
	Key, Number string
	CellID      string
	Households  []string // ids; none: all of the cell
	Way         Way
}

// Meet enters how many households came to where it was read out.
type Meet struct {
	Key, Number string
	UnitCode    string
	Day         string
	Households  int
}

// Estimate is what sending would mean.
type Estimate struct {
	Households int
	Villages   int
	Cells      int
	Leads      int // cells with somebody who can tell
	Unled      int // households in cells that nobody leads
	Hours      int // of all leads together, if they told every household in person
	EachMinute int // of one lead with a usual cell
	Half       int // hours until half the households were reached, by earlier notices; 0 without any
	Long       []string
	Short      ShortPlan
	places     []place
}

// place is a village's share of an audience.
type place struct {
	village    string
	households int
	unled      int
}

// PlaceReach is how far a notice came in a village.
type PlaceReach struct {
	VillageID  string
	Households int
	Unled      int
	Opened     int
	Told       int
	Met        int
	Reached    int
	Odd        int
	Hidden     bool // too few for a figure
}

// HourReach is what came in an hour since it went out.
type HourReach struct {
	Hour              int
	Opened, Told, Met int
}

// Meeting is where a notice was read out.
type Meeting struct {
	UnitID     string
	Day        string
	Households int
	Odd        bool
}

// Reach is how far a notice came.
type Reach struct {
	Notice   *Notice
	Edition  int
	Total    PlaceReach // of the places that have figures
	Few      int        // households of those that haven't
	Places   []PlaceReach
	Hours    []HourReach
	Meetings []Meeting
	Part     bool // only what the reader answers for
	Known    int  // hours after which it is known how it stood, by village
	After    int  // so many hours after it went out it stood as Then; 0 if that isn't asked
	Then     []PlaceReach
	Stood    PlaceReach // Total then
}

// Home is a household on a lead's list.
type Home struct {
	ID, Name, Address string
	Told, Met         bool
}

// ToTell is a notice on a lead's list.
type ToTell struct {
	Notice Notice
	CellID string
	Homes  []Home
}
