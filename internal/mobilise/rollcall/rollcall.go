// Package rollcall asks after every household of a place: its neighbour lead says that it is safe, that it needs help, or that nobody could be reached.
//
// A roll-call's states:
//
//	open ──► closed ──30 days──► erased
//
// Closing ends the reports; help that is still owed can be seen to until the
// rows are erased. What stays are totals per village and per minute.
package rollcall

import (
	_ "embed"
	"slices"
	"time"

	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/mobilise"
)

//go:embed messages.json
var raw []byte

// Messages are this package's words.
var Messages = i18n.MustParse(raw)

// Topics on which pages hear of changes.
const (
	Topic  = "rollcalls"      // one was opened or ended
	OfOne  = "rollcall:"      // and an id: something was reported there
	OfHelp = "rollcall-help:" // and an id: somebody needs help there, or was seen to
)

// What can be done.
const (
	ActView   auth.Action = "rollcall.view"   // how far one's part of the city is
	ActReport auth.Action = "rollcall.report" // see the households of one's part, and say how they are
	ActAid    auth.Action = "rollcall.aid"    // say that help is under way, or was given
	ActOpen   auth.Action = "rollcall.open"   // open and end one
)

var (
	officials = []auth.Role{auth.LinkedOfficial, auth.VillageOfficial, auth.TownOfficial, auth.CityOffice, auth.Command}
	above     = append([]auth.Role{auth.GroupLead, auth.AreaLead}, officials...)
)

// Rules gives them to roles, each for the units it stands over. Nobody else
// reads of a household: departments and auditors don't.
var Rules = []auth.Rule{
	{Action: ActView, Roles: above},
	{Action: ActReport, Roles: append([]auth.Role{auth.Lead}, above...)},
	{Action: ActAid, Roles: officials},
	{Action: ActOpen, Roles: []auth.Role{auth.TownOfficial, auth.CityOffice, auth.Command}},
}

// Bounds. Texts in characters.
const (
	MaxReason = 60
	MaxSays   = 200                 // households of one report
	Longest   = 14 * 24 * time.Hour // then it ends by itself: what is never ended is never erased
	Kept      = 30 * 24 * time.Hour // how long rows stay after the end
	pageRows  = 50
	mostOpen  = 500
)

// State is where a roll-call stands.
type State string

// The states, drawn in the package comment.
const (
	Open   State = "open"
	Closed State = "closed"
	Erased State = "erased"
)

// Answer is how a household is.
type Answer string

// The answers.
const (
	Safe       Answer = "safe"
	Help       Answer = "help"
	NotReached Answer = "not_reached"
)

// Answers lists them as they stand on a page.
func Answers() []Answer { return []Answer{Safe, Help, NotReached} }

// Need is what kind of help a household needs. Nobody writes more than that.
type Need string

// The needs.
const (
	Medical  Need = "medical"
	Trapped  Need = "trapped"
	Heating  Need = "heating"
	Food     Need = "food" // or water
	Medicine Need = "medicine"
	Other    Need = "other"
)

// Needs lists them, the most pressing first.
func Needs() []Need { return []Need{Medical, Trapped, Heating, Food, Medicine, Other} }

// Way is how whoever reported came to know.
type Way string

// The ways.
const (
	Self  Way = "self"  // was there, or is the household's own lead
	Phone Way = "phone" // was told by telephone
	Paper Way = "paper" // from a sheet that somebody filled in
)

// Ways lists them.
func Ways() []Way { return []Way{Self, Phone, Paper} }

// Aid is what has come of a household's need.
type Aid string

// The aids.
const (
	NoAid    Aid = ""
	UnderWay Aid = "under_way"
	Helped   Aid = "helped"
)

// Call is one roll-call.
type Call struct {
	ID, UnitID  string
	Kind        mobilise.Kind
	OrderID     string // "" for none
	OrderNumber string
	Reason      string
	State       State
	Expected    int // households when it was opened
	OpenedAt    time.Time
	OpenedBy    string // a name
	ClosedAt    time.Time
	ClosedBy    string
	ErasedAt    time.Time // zero while rows are left
	Version     int
}

// IsOpen reports whether households can be reported.
func (c *Call) IsOpen() bool { return c.State == Open }

// IsDrill reports whether it is a rehearsal.
func (c *Call) IsDrill() bool { return c.Kind == mobilise.Drill }

// HasRows reports whether single households can still be looked at.
func (c *Call) HasRows() bool { return c.State != Erased }

// Row is what was reported of a household.
type Row struct {
	HouseholdID       string
	VillageID, UnitID string // where it lived when it was first reported
	Answer            Answer
	Need              Need // of Help
	FirstAt, At       time.Time
	ByID, By          string
	Way               Way
	HelpAt            time.Time // since when it needs help
	Aid               Aid
	AidAt             time.Time
	AidBy             string
	Version           int
}

// Totals count households. Those who needed help and were helped are in both
// Help and Helped.
type Totals struct{ Expected, Safe, Help, Helped, NotReached int }

// Reported is how many were reported, however they are.
func (t Totals) Reported() int { return t.Safe + t.Help + t.NotReached }

// Left is how many nobody has reported yet.
func (t Totals) Left() int { return t.Expected - t.Reported() }

// Waiting is how many need help and have not been helped.
func (t Totals) Waiting() int { return t.Help - t.Helped }

func (t *Totals) add(o Totals) {
	t.Expected += o.Expected
	t.Safe += o.Safe
	t.Help += o.Help
	t.Helped += o.Helped
	t.NotReached += o.NotReached
}

// settled lets nothing be reported of more households than there are: one that
// came after the opening counts once it is reported.
func (t Totals) settled() Totals {
	t.Expected = max(t.Expected, t.Reported())
	return t
}

// Point is how many households had been reported at a moment.
type Point struct {
	At       time.Time
	Reported int
}

func valid[T comparable](value T, of []T) bool { return slices.Contains(of, value) }
