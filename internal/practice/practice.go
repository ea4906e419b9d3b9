// Package practice is what worked in one village, written so that others can do it, and what came of it there.
//
// The village that did it and an editor write it together and both agree to what
// is published. It is found by its words and stands in order of how many villages
// do it now, never of how often it was read: nothing here counts readers, authors
// or what a village wrote.
package practice

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

// What can be done with practices.
const (
	ActSee   auth.Action = "practice.see"   // read what is published: everybody
	ActWrite auth.Action = "practice.write" // write one down
	ActEdit  auth.Action = "practice.edit"  // edit and agree to what others wrote
	ActTry   auth.Action = "practice.try"   // say that a village does it too, and what came of it
)

// Rules gives them to roles.
var Rules = []auth.Rule{
	{Action: ActSee, Public: true},
	{Action: ActWrite, Roles: []auth.Role{auth.Lead, auth.GroupLead, auth.AreaLead, auth.LinkedOfficial, auth.VillageOfficial, auth.TownOfficial, auth.CityOffice}},
	{Action: ActEdit, Roles: []auth.Role{auth.TownOfficial, auth.CityOffice}, Confirmed: true},
	{Action: ActTry, Roles: []auth.Role{auth.VillageOfficial}},
}

// Topic is what a practice is about.
type Topic string

// Topics lists them in the order in which they are offered.
func Topics() []Topic {
	return []Topic{"clean", "water", "safety", "fraud", "elders", "children", "neighbours", "errands", "emergency", "living"}
}

// Valid reports whether there is such a topic.
func (t Topic) Valid() bool { return slices.Contains(Topics(), t) }

// State is where a practice stands.
type State string

// The states. Draft → offered → published → withdrawn, and published again once both agree anew.
const (
	Draft     State = "draft"     // its author's own
	Offered   State = "offered"   // being edited together
	Published State = "published" // and perhaps edited on
	Withdrawn State = "withdrawn"
)

// Side is who of the two writes.
type Side string

// The sides.
const (
	Author Side = "author" // who did it, or their village
	Editor Side = "editor" // the town or the city
)

// Came is what came of it in a village.
type Came string

// What came of it.
const (
	Unsaid Came = ""
	Worked Came = "worked"
	Partly Came = "partly"
	Not    Came = "not"
)

// Cames lists what can come of it.
func Cames() []Came { return []Came{Worked, Partly, Not} }

// Bounds.
const (
	MaxTitle    = 40
	MaxSection  = 600
	MaxCost     = 200
	MaxWords    = 300 // of a comment, and of what came of it
	MaxWhy      = 100
	MaxAlt      = 60
	MaxPictures = 6
	maxEditions = 500
	maxGrams    = 40 // of a word that is looked for
	maxWords    = 6  // of a question
)

// Text is the words of a practice, by sections.
type Text struct {
	Title   string
	Trouble string // what was the trouble
	Did     string // what we did
	Cost    string // what it cost
	Result  string // what came of it
	Mind    string // what to mind
}

// Section is a part of a text.
type Section struct{ Name, Words string }

// Sections lists the parts of a text in reading order, its title first.
func (t Text) Sections() []Section {
	return []Section{{"title", t.Title}, {"trouble", t.Trouble}, {"did", t.Did}, {"cost", t.Cost}, {"result", t.Result}, {"mind", t.Mind}}
}

// Practice is how a village solved something.
type Practice struct {
	ID          string
	UnitID      string // who did it
	Topic       Topic  // of what is published, else of the latest words; so is Title
	State       State
	Title       string
	Edition     int // of the latest words
	Shown       int // edition that is published; 0 is none
	AuthorOK    int // edition that each side agreed to last
	EditorOK    int
	Adopted     int // villages that do it now
	Why         string
	MadeAt      time.Time
	PublishedAt time.Time
	ChangedAt   time.Time

	author  string
	met     int // of a question: 2 for a word in its own words, 1 for one in its topic's name
	offered int // edition that was first given to the editors; 0 before
	version int
}

// Public reports whether everybody can read something of it.
func (p *Practice) Public() bool { return p.Shown > 0 }

// Edition is the words as one side left them.
type Edition struct {
	Text
	Topic  Topic
	Number int
	Side   Side
	At     time.Time

	by string
}

// Comment is what one side says to the other.
type Comment struct {
	Edition int
	Side    Side
	Words   string
	At      time.Time
}

// Picture goes with a practice, cleaned by package photo.
type Picture struct {
	ID, Alt       string
	Image         []byte // JPEG; empty in lists
	Width, Height int
	Edition       int // with which it came
}

// Take is a village that does it too.
type Take struct {
	PracticeID string
	VillageID  string
	Since      string // days
	Came       Came
	Words      string
	CameOn     string
	EndedOn    string
	Version    int

	by string
}

// Live reports whether the village does it now.
func (t *Take) Live() bool { return t.EndedOn == "" }

// Shown is a practice as everybody reads it.
type Shown struct {
	Practice
	Text     Text
	Pictures []Picture
	Takes    []Take
}

// Workshop is a practice as the two sides see it.
type Workshop struct {
	Practice
	Side     Side // of whoever looks
	Stands   bool // their word is their side's
	Latest   Edition
	Editions []Edition // the latest first
	Comments []Comment
	Pictures []Picture
	Agreed   bool // the one who looks agreed to the latest words
	Other    bool // the other side did
}

// Write makes a practice or puts other words in its place.
type Write struct {
	Key, ID string // ID empty: a new one
	UnitID  string // of a new one
	Topic   Topic
	Text
	Edition int      // that was shown; 0 of a new one
	Offer   bool     // the author gives it to the editors
	Picture *Picture `json:"-"`
	Photo   string   // digest of Picture, for repeats
}

// TellCame is what came of it in a village.
type TellCame struct {
	Key, ID   string
	VillageID string
	Came      Came
	Words     string
	Version   int
}

// Filter is what a list is asked for.
type Filter struct {
	Q     string
	Topic Topic
	Unit  string // id: done in or under it
}

// Cursor is a place in a list.
type Cursor struct {
	Met     int // how much of the question
	Adopted int
	At      int64
	ID      string
}
