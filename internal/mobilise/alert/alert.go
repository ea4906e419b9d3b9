// Package alert takes in alerts of the Common Alerting Protocol 1.2, tells which of them matter here and now, and suggests an order of each.
//
// What becomes of an alert:
//
//	take ──► new ──► used        an order was made of it
//	  │       └────► dismissed   somebody said why none is needed
//	  └────► kept                it suggests nothing, and says why
//
//	any of them ──► superseded by an Update that names it
//	            ──► withdrawn by a Cancel that names it
//
// Sender, identifier and time sent name an alert for ever: the same message again
// changes nothing, another under the same names is refused.
package alert

import (
	_ "embed"
	"time"

	"bilin/internal/auth"
	"bilin/internal/cap"
	"bilin/internal/geo"
	"bilin/internal/i18n"
	"bilin/internal/mobilise"
)

//go:embed messages.json
var raw []byte

// Messages are this package's words.
var Messages = i18n.MustParse(raw)

// Topic is the live topic on which pages hear that an alert came or changed.
const Topic = "alerts"

// What can be done with alerts.
const (
	ActView   auth.Action = "alert.view"   // read those that touch one's part of the city
	ActTake   auth.Action = "alert.take"   // bring one in
	ActDecide auth.Action = "alert.decide" // say that no order is needed
)

// Rules gives them to roles. An administrator looks after feeds, and the
// account of a weather service's system may have the hotline's role.
var Rules = []auth.Rule{
	{Action: ActView, Roles: []auth.Role{auth.Command, auth.CityOffice, auth.TownOfficial, auth.Admin}},
	{Action: ActTake, Roles: []auth.Role{auth.Command, auth.CityOffice, auth.Admin, auth.Hotline}},
	{Action: ActDecide, Roles: []auth.Role{auth.Command, auth.CityOffice}},
}

// The sources that are no feed.
const (
	FromFile = "file"
	FromAPI  = "api"
)

// State is what became of an alert.
type State string

// The states, drawn in the package comment.
const (
	Fresh      State = "new"
	Kept       State = "kept"
	Used       State = "used"
	Dismissed  State = "dismissed"
	Superseded State = "superseded"
	Withdrawn  State = "withdrawn"
)

// Bounds. Texts in characters.
const (
	MaxNote       = 300
	MostShown     = 50 // that wait for a decision
	maxSummary    = 500
	maxHandle     = 1000 // bytes of a sender or an identifier
	maxReferences = 500
	longest       = 14 * 24 * time.Hour // of what is suggested
	personHours   = 72                  // after which the words of an alert about a person are erased
	elsewhereDays = 30                  // after which what never touched the city is deleted
)

// Alert is one that came in.
type Alert struct {
	ID                           string
	Sender, Identifier           string
	Sent                         time.Time
	Status                       cap.Status
	MsgType                      cap.MsgType
	Scope, Source                string
	State                        State
	Reason                       string // message key: why it suggests nothing
	Note                         string // why somebody dismissed it
	Event, Headline, SenderName  string // of the part in the city's language, clipped
	Severity, Urgency, Certainty string
	Effective, Onset, Expires    time.Time // zero where not given
	Area                         string
	Hazard                       mobilise.Hazard
	Villages                     int  // touched
	AboutPerson                  bool // its words are erased, whatever became of it
	ReceivedAt                   time.Time
	UsedAt                       time.Time // of the first order made of it
	DecidedAt                    time.Time
	DecidedBy                    string // a name
	ByID                         string // the alert that superseded or withdrew it
	ErasedAt                     time.Time
	Version                      int

	Known    bool        // in the answer to Take: it had come before
	Suggests *Suggestion // in the answer to Take: nil if nothing
}

// Title is what an alert is called.
func (a *Alert) Title() string {
	if a.Headline != "" {
		return a.Headline
	}
	return a.Event
}

// Drill reports whether it is about a rehearsal.
func (a *Alert) Drill() bool { return a.Status == cap.Exercise || a.Status == cap.Test }

// Over reports whether its time has run out.
func (a *Alert) Over(now time.Time) bool { return !a.Expires.IsZero() && !a.Expires.After(now) }

// Suggestible reports whether an order can be begun from it. What somebody
// dismissed can be taken up again.
func (a *Alert) Suggestible(now time.Time) bool {
	return (a.State == Fresh || a.State == Used || a.State == Dismissed) && !a.Over(now)
}

// Suggestion is the beginning of an order, for its form.
type Suggestion struct {
	AlertID         string
	Drill           bool
	Hazard          mobilise.Hazard
	Title, What, Do string
	Until           time.Time // zero if the alert doesn't say
	UnitIDs         []string  // of the city, its towns and villages; none within another
	Polygon         []geo.Point
}

// OrderRef names an order that was made of an alert.
type OrderRef struct {
	Number, Title, State string
	Drill                bool
}

// Detail is an alert with all that is known of it.
type Detail struct {
	Alert
	Message *cap.Alert // nil once it was erased
	Info    *cap.Info  // the part in the city's language; nil if it has none
	Areas   []cap.Area
	XML     string
	UnitIDs []string // touched: of the city, its towns and villages
	By      *Alert
	Earlier []Alert // that it names
	Absent  int     // named, and never came
	Orders  []OrderRef
	May     May
}

// May says what the asker can do with an alert.
type May struct{ Suggest, Dismiss bool }

// Dismiss says why no order is needed.
type Dismiss struct {
	Key, ID, Note string
	Version       int // at which it was shown
}
