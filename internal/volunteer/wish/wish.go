// Package wish is small wishes of households, and volunteers who have an hour for one.
//
// The states of a wish:
//
//	post ──► open ◄──────────── asked ◄── the lead asks one, for two days
//	          │ ▲   declined, or    │
//	          │ │   the time is over │
//	     take │ │ given back        │ take
//	          ▼ │                   ▼
//	         taken ◄────────────────┘ ──► done, with a thank-you if the household likes
//	open, asked, taken ──► withdrawn; open, asked ──► lapsed ──► posted again, by whoever posts
//
// Whoever takes one learns where it is once the household or its lead agreed to
// them: by asking them, or by naming or agreeing to a time. That they looked is
// shown to the household.
//
// Nobody's deeds are counted: a wish that was given back knows nothing of whom
// it was with, and what is over is erased after a while.
package wish

import (
	_ "embed"
	"slices"
	"time"

	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/volunteer"
)

//go:embed messages.json
var raw []byte

// Messages are this package's words.
var Messages = i18n.MustParse(raw)

// What can be done with wishes. Volunteers act with the key of their report-in,
// households with the session of their own page.
const (
	ActOwn   auth.Action = "wish.own"   // one's own hours and wishes, by key or session
	ActPost  auth.Action = "wish.post"  // post for a household, see how it goes, say that it is done
	ActKinds auth.Action = "wish.kinds" // change the catalogue
)

// Rules gives them to roles.
var Rules = []auth.Rule{
	{Action: ActOwn, Public: true},
	{Action: ActPost, Roles: []auth.Role{auth.Lead, auth.VillageOfficial}},
	{Action: ActKinds, Roles: []auth.Role{auth.CityOffice}},
}

// State is where a wish stands.
type State string

// The states, drawn in the package comment.
const (
	Open      State = "open"
	Asked     State = "asked" // one volunteer is asked, the others wait
	Taken     State = "taken"
	Done      State = "done"
	Withdrawn State = "withdrawn"
	Lapsed    State = "lapsed" // nobody took it in its time; back with the lead
)

// States lists them.
func States() []State { return []State{Open, Asked, Taken, Done, Withdrawn, Lapsed} }

// Over reports whether nothing more can be done with it.
func (s State) Over() bool { return s == Done || s == Withdrawn }

// Part is when on a day a wish suits.
type Part string

// The parts of a day.
const (
	AnyTime   Part = "any"
	Morning   Part = "morning"
	Afternoon Part = "afternoon"
	Evening   Part = "evening"
)

// Parts lists them.
func Parts() []Part { return []Part{AnyTime, Morning, Afternoon, Evening} }

// hours are a part's first and last minute of the day.
func (p Part) hours() (from, to int) {
	switch p {
	case Morning:
		return 8 * 60, 12 * 60
	case Afternoon:
		return 12 * 60, 18 * 60
	case Evening:
		return 18 * 60, 21 * 60
	}
	return 8 * 60, 21 * 60
}

// Reach is how far from home a volunteer goes.
type Reach string

// The reaches.
const (
	InCell    Reach = "cell"
	InGroup   Reach = "group"
	InVillage Reach = "village"
	InTown    Reach = "town"
)

// Reaches lists them, the nearest first.
func Reaches() []Reach { return []Reach{InCell, InGroup, InVillage, InTown} }

// Side is who did something: the household (or whoever posts for it), or the volunteer.
type Side string

// The sides.
const (
	Home Side = "home"
	Help Side = "help"
)

// Thanks is a phrase that a household can choose; "" is none.
type Thanks string

// The phrases.
const (
	Great  Thanks = "great"
	Quick  Thanks = "quick"
	Gentle Thanks = "gentle"
	Warm   Thanks = "warm"
)

// Phrases lists them.
func Phrases() []Thanks { return []Thanks{Great, Quick, Gentle, Warm} }

// Bounds: texts in characters.
const (
	MaxWords  = 40
	MaxThanks = 40
	MaxName   = 12
	MaxNameEN = 40

	TermDays  = 21 // a wish waits so long for somebody
	AskedFor  = 48 * time.Hour
	TakenDays = 14 // to be done in, once taken; or
	MeetDays  = 7  // so long after the day that was agreed
	KeepDays  = 90 // after it is over
	MaxOpen   = 3  // of one household at a time
	MaxTaken  = 2  // by one volunteer at a time
	MaxSlots  = 10
	LongOffer = 180 // days ahead
	Offers    = 3   // that whoever posted is shown
)

// Wish is a small thing that a household would be glad of.
type Wish struct {
	ID          string
	Kind        string
	HouseholdID string
	CellID      string
	VillageID   string
	Day         string // on which it has to be, YYYY-MM-DD; "" for any
	Part        Part
	State       State
	Until       string // the last day on which it waits
	AskedID     string // the volunteer who is asked
	AskedUntil  time.Time
	HelperID    string // the volunteer who took it
	Meet        Meet
	Thanks      Thanks
	Welcome     bool      // the household or its lead agreed to who took it: they learn where it is
	ToldAt      time.Time // when they first saw that
	PostedBy    string    // account of whoever posted it; "" for the household itself
	PostedAt    time.Time
	TakenAt     time.Time
	DueOn       string // of a taken one: then it goes back
	EndedAt     time.Time
	Version     int

	words, thanksWords string // sealed under the household's key
}

// Meet is when the volunteer comes: one side says, the other agrees.
type Meet struct {
	Day    string
	At     int // minute of the day
	By     Side
	Agreed bool
}

// Slot is when a volunteer has time: every week on a day, or once.
type Slot struct {
	ID       string
	Weekday  time.Weekday
	Day      string // once, YYYY-MM-DD; "" for every week
	From, To int    // minutes of the day
}

// Hours is what a volunteer offers.
type Hours struct {
	VolunteerID string
	VillageID   string
	UnitID      string // where they live
	Reach       Reach
	Until       string
	AskedAt     time.Time // when somebody asked them last; only for taking turns
	Slots       []Slot
	Version     int
}

// Kind is what can be wished for.
type Kind struct {
	Code         string
	Name, NameEN string
	Skill        volunteer.Skill // "" when anybody can
	Guardian     bool            // a child is there: a guardian stays the whole time
	Off          bool
	Version      int
}

// NameIn is its name in a language.
func (k Kind) NameIn(lang string) string {
	if lang == "en" && k.NameEN != "" {
		return k.NameEN
	}
	return k.Name
}

// Default is the catalogue of a city that changed nothing.
func Default() []Kind {
	return []Kind{
		{Code: "bulb", Name: "换灯泡", NameEN: "Change a bulb", Skill: volunteer.Handy},
		{Code: "tap", Name: "修水龙头", NameEN: "Mend a tap", Skill: volunteer.Plumber},
		{Code: "socket", Name: "修开关插座", NameEN: "Mend a switch or socket", Skill: volunteer.Electrician},
		{Code: "mend", Name: "修门窗桌椅", NameEN: "Mend a door, window or chair", Skill: volunteer.Handy},
		{Code: "letter", Name: "读信、填表", NameEN: "Read a letter, fill in a form"},
		{Code: "clinic", Name: "陪同看病", NameEN: "Go along to the clinic"},
		{Code: "phone", Name: "教用手机", NameEN: "Help with a telephone", Skill: volunteer.Phones},
		{Code: "parcel", Name: "取快递、送东西", NameEN: "Fetch a parcel"},
		{Code: "snow", Name: "扫雪清路", NameEN: "Clear snow"},
		{Code: "carry", Name: "搬重物", NameEN: "Carry something heavy"},
		{Code: "hair", Name: "上门理发", NameEN: "Cut hair at home", Skill: volunteer.Haircut},
		{Code: "chat", Name: "聊聊天、下下棋", NameEN: "A chat, or a game of chess"},
		{Code: "tutor", Name: "辅导功课", NameEN: "Help with homework", Skill: volunteer.Tutoring, Guardian: true},
		{Code: "story", Name: "陪孩子读书", NameEN: "Read with a child", Guardian: true},
	}
}

// Catalog is the kinds as they stand.
type Catalog []Kind

// Used lists those in use.
func (c Catalog) Used() []Kind {
	return slices.DeleteFunc(slices.Clone(c), func(k Kind) bool { return k.Off })
}

// Kind returns the one with a code, in use or not.
func (c Catalog) Kind(code string) (Kind, bool) {
	i := slices.IndexFunc(c, func(k Kind) bool { return k.Code == code })
	if i < 0 {
		return Kind{}, false
	}
	return c[i], true
}

// Commands.

// By is who acts: an actor, a household that its session proves, or a volunteer with a key.
type By struct {
	Actor       auth.Actor
	HouseholdID string
}

// Post posts a wish. The caller's button says that the household agrees, and
// for some kinds that a guardian stays there.
type Post struct {
	Key, HouseholdID, Kind string
	Words                  string
	Day                    string
	Part                   Part
	Guardian               bool
}

// Step is one thing done with a wish.
type Step struct {
	Key, ID string
	Version int
}

// Answer is that a wish was fulfilled, and what the household says to it.
type Answer struct {
	Step
	Thanks Thanks
	Words  string
}

// Time is when the volunteer would come.
type Time struct {
	Step
	Day string
	At  int
}

// Offer is hours that a volunteer adds, and how far they go until when.
type Offer struct {
	Key   string
	Reach Reach
	Until string
	Slot  Slot
}
