// Package privacy is what a household can see and ask of what is held about it: who confirms itself sees it all, who read it, and has requests answered by a date.
//
// A request's states:
//
//	asked ──► village ──answered──► done
//	  │          │ ten working days; three, where the officer decided
//	  │          ▼
//	  └──────► officer ──answered──► done        promised in 15 working days
//	  │          └─ what the village alone can do ──► village
//	  │
//	  └─ consent withdrawn ───────► done at once
package privacy

import (
	"context"
	_ "embed"
	"time"

	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/sqldb"
)

//go:embed messages.json
var raw []byte

// Messages are this package's words.
var Messages = i18n.MustParse(raw)

// Words are what a page says: a message with its values, a date, or plain data.
type Words struct {
	Key  string
	Args []any
	Text string
	At   time.Time // a date
}

// Fact is one line of what is held. Label is a message key.
type Fact struct {
	Label string
	Value Words
}

// Item is one thing that is held about a household.
type Item struct {
	ID    string // of the record with its holder; "" for all that it holds
	Title Words
	Since time.Time // when it began, which tells it from others with the same title
	Facts []Fact
	Why   string // message key: what for
	Basis string // message key: on what law or agreement
	Until Words  // how long
	Asks  []Kind // what can be asked about it
	Stays string // message key: why it isn't erased on request; "" if it is
}

// Holder tells what a part of Bilin holds about a household, and erases it.
type Holder interface {
	// Name names the holder; it has words under privacy.holder.
	Name() string
	// Held lists it. What is sealed is opened only where open is set: there the
	// reading is written down, in the transaction that q is.
	Held(ctx context.Context, q sqldb.Querier, householdID string, open bool) ([]Item, error)
	// Erase erases all of it.
	Erase(ctx context.Context, tx *sqldb.Tx, householdID string) error
}

// Eraser is a holder that erases one of its records alone; that it is gone already
// is no fault. Whoever isn't shows all it holds as one item, without an ID.
type Eraser interface {
	EraseOne(ctx context.Context, tx *sqldb.Tx, householdID, item string) error
}

// Home is the holder of the registry: name and number, which go by a key of their
// own when they are erased alone, and with the household's key when all of it is.
const Home = "network"

// Ender is a holder whose records end one by one: consent is withdrawn, or an objection upheld.
type Ender interface {
	End(ctx context.Context, tx *sqldb.Tx, householdID, item string, why Kind) error
}

// Marker is a holder that tells by a mark whether what it holds was put right: a
// record, or all of a household's. It says nothing of what moves by itself.
// Others are compared by what they show.
type Marker interface {
	// Mark returns Fixed for what nobody can change by hand.
	Mark(ctx context.Context, q sqldb.Querier, householdID, item string) (string, error)
}

// Fixed is the mark of what nobody can change by hand.
const Fixed = "-"

// Fate is what becomes of something that is held when all of it is asked to be erased.
type Fate struct {
	What  Words
	Since time.Time // of one record: when it began
	Goes  bool
	Why   Words // why it stays, or what of it does
}

// Planner is a holder that says beforehand what an erasure takes. Of others what
// they show is said.
type Planner interface {
	// Erasing tells it of one record, or of all that is held where item is "".
	Erasing(ctx context.Context, q sqldb.Querier, householdID, item string) ([]Fate, error)
}

// Plan is what an erasure takes and leaves. An answer names the plan it was given on.
type Plan struct {
	Goes, Stays []Fate
	Mark        string
}

// Holding is what one holder holds.
type Holding struct {
	Holder string
	Items  []Item
}

// Kind is what is asked.
type Kind string

// The kinds of requests.
const (
	Correct  Kind = "correct"
	Object   Kind = "object"
	Withdraw Kind = "withdraw" // consent
	Erase    Kind = "erase"
)

// Kinds lists them.
func Kinds() []Kind { return []Kind{Correct, Object, Withdraw, Erase} }

// Way is how a household showed that it is itself.
type Way string

// The ways.
const (
	BySMS   Way = "sms"
	ByPaper Way = "paper"
)

// Desk is who answers.
type Desk string

// The desks.
const (
	Village Desk = "village"
	Officer Desk = "officer"
)

// State is where a request stands.
type State string

// The states.
const (
	Open State = "open"
	Done State = "done"
)

// Outcome is how a request was answered.
type Outcome string

// The outcomes; "" while it is open.
const (
	Granted Outcome = "granted"
	Partly  Outcome = "partly"
	Refused Outcome = "refused"
)

// Outcomes lists them.
func Outcomes() []Outcome { return []Outcome{Granted, Partly, Refused} }

// Law is a statutory ground to refuse, even in part. It has words under privacy.law.
type Law string

// The laws that a refusal can name.
const (
	Duty      Law = "duty"      // needed for a statutory duty
	Archives  Law = "archives"  // kept by the law on archives
	Emergency Law = "emergency" // a public emergency
	Others    Law = "others"    // the rights of somebody else
	Unproven  Law = "unproven"  // what is held is right
)

// Laws lists them.
func Laws() []Law { return []Law{Duty, Archives, Emergency, Others, Unproven} }

// Dropped stands in an answered request for the record that it was about, which
// was erased: that it was one of the holder's is all that is still said.
const Dropped = "-"

// Request is what a household asked for.
type Request struct {
	ID, Number  string
	HouseholdID string
	UnitID      string
	VillageID   string
	Kind        Kind
	Holder      string // "" for all
	Item        string // "" for all it holds, Dropped once it was erased
	Way         Way
	Desk        Desk
	State       State
	MadeAt      time.Time
	DueAt       time.Time // promised
	ClimbAt     time.Time // zero for never
	WarnedAt    time.Time
	ClimbedAt   time.Time
	Outcome     Outcome
	Law         Law
	AnsweredAt  time.Time
	Role        auth.Role // of who answered
	Ordered     Outcome   // what the officer decided, for the village to carry out
	OrderedAt   time.Time
	Unchanged   bool // granted, and nothing had to be changed
	Version     int

	Words  string // opened for the household and the desk that answers
	Answer string

	keyHash      string
	words, reply string // sealed
	stood        string // an index of the mark of what it is about, when it was asked for
}

// IsOpen reports whether an answer is owed.
func (r Request) IsOpen() bool { return r.State == Open }

// Late reports whether the promise was broken.
func (r Request) Late(now time.Time) bool {
	if r.State == Done {
		return r.AnsweredAt.After(r.DueAt)
	}
	return now.After(r.DueAt)
}

// Step is one of a request's.
type Step struct {
	At     time.Time
	Kind   string // it has words under privacy.step
	Role   auth.Role
	UnitID string
}

// Ask is a household's request.
type Ask struct {
	Key    string
	Kind   Kind
	Holder string
	Item   string
	Words  string
}

// Asked is how a request is followed.
type Asked struct{ Number, Key string }

// Answer answers a request.
type Answer struct {
	Key, Number string
	Version     int
	Outcome     Outcome
	Words       string
	Law         Law
	Nothing     bool   // of a correction: nothing had to be changed
	Plan        string // of an erasure: the mark of the plan that was shown
}

// What can be done.
const (
	ActOwn    auth.Action = "privacy.own"    // see and ask about one's own, confirmed
	ActCode   auth.Action = "privacy.code"   // hand a household its code, in person
	ActAnswer auth.Action = "privacy.answer" // answer requests
	ActWatch  auth.Action = "privacy.watch"  // hear of promises that were broken
)

// Rules gives them to roles. A village answers for its own households what is
// wrong with a record; the rest is the privacy officer's.
var Rules = []auth.Rule{
	{Action: ActOwn, Public: true},
	{Action: ActCode, Roles: []auth.Role{auth.VillageOfficial}},
	{Action: ActAnswer, Roles: []auth.Role{auth.VillageOfficial, auth.PrivacyOfficer}},
	{Action: ActWatch, Roles: []auth.Role{auth.PrivacyOfficer, auth.CityOffice}},
}

// Topic is the live topic on which desks hear of requests.
const Topic = "privacy"
