// Package feedback is what people say about Bilin itself: what is wrong, what is wished, and what became of it.
//
// Anybody says it, from every page, without saying who they are. Of the page
// only its pattern comes along. Each is answered by the city's desk; the author
// reads the answer with a key. What was changed is listed for everybody, in
// the desk's words. Nothing is voted on, rated or ranked, and no count of it
// says anything about anybody.
package feedback

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

// What can be done with it.
const (
	ActSay    auth.Action = "feedback.say"    // say something, and read the answer with one's key: everybody
	ActAnswer auth.Action = "feedback.answer" // read what was said, answer it, merge it, list what was changed
)

// Rules gives them to roles. The desk is the city office's: it owns the product,
// and it is the office that keeps burden off leads. The administrator keeps the
// machine running and stands apart from what people write.
var Rules = []auth.Rule{
	{Action: ActSay, Public: true},
	{Action: ActAnswer, Roles: []auth.Role{auth.CityOffice}},
}

// Kind is what sort of thing is said.
type Kind string

// The kinds.
const (
	Fault  Kind = "fault"  // something doesn't work
	Hard   Kind = "hard"   // hard to find, to read or to understand
	Burden Kind = "burden" // Bilin asks for too much, or for the same thing twice
	Wish   Kind = "wish"   // something is missing
)

// Kinds lists them in the order in which they are offered.
func Kinds() []Kind { return []Kind{Fault, Hard, Burden, Wish} }

// Valid reports whether there is such a kind.
func (k Kind) Valid() bool { return slices.Contains(Kinds(), k) }

// State is where it stands.
type State string

// The states.
const (
	Unread    State = "new"
	Answered  State = "answered" // a question that needed no change
	Doing     State = "doing"    // being changed
	Changed   State = "changed"  // and listed for everybody
	Declined  State = "declined" // with the reason
	Withdrawn State = "withdrawn"
)

// Answers lists the states that an answer can lead to, in the order in which they are offered.
func Answers() []State { return []State{Answered, Doing, Changed, Declined} }

// Open reports whether the desk still owes something.
func (s State) Open() bool { return s == Unread || s == Doing }

// Bounds: texts in characters, terms in days.
const (
	MaxWords    = 500
	MaxAnswer   = 400
	MaxSentence = 120
	MaxRelease  = 20
	MaxRoute    = 120

	Term      = 15  // days until a new one is overdue
	DoingTerm = 90  // days until one that is being changed is: say how it stands
	keepDays  = 365 // after the last answer words are erased
)

// Feedback is what somebody said.
type Feedback struct {
	ID, Number string
	Kind       Kind
	Route      string
	Words      string // opened for the desk and the author; empty once taken back
	Gone       bool   // there are no words any more
	State      State  // where it stands; of one that was merged, where the other stands
	SameID     string
	MadeAt     time.Time
	DueAt      time.Time
	SettledAt  time.Time
	Version    int

	words, keyHash string
}

// Late reports whether the desk's word is overdue.
func (f *Feedback) Late(now time.Time) bool { return !f.DueAt.IsZero() && f.DueAt.Before(now) }

// Answer is what the desk said.
type Answer struct {
	State State
	Words string
	At    time.Time
}

// Change is what was changed because of what somebody said.
type Change struct {
	Kind     Kind
	Route    string
	Day      string // YYYY-MM-DD
	Release  string
	Sentence string

	id string
}

// Send is something said.
type Send struct {
	Key   string
	Kind  Kind
	Route string
	Words string
}

// Receipt is what the author keeps.
type Receipt struct{ Number, Key string }

// Reply is the desk's word.
type Reply struct {
	Key, Number string
	State       State
	Words       string
	Sentence    string // for everybody; with Changed only
	Release     string
	Version     int
}

// Mine is what an author's key opens.
type Mine struct {
	Feedback
	Answers []Answer
	Change  *Change
}

// Case is one as the desk sees it.
type Case struct {
	Mine
	Into   *Feedback  // the one it was merged into
	Same   []Feedback // those merged into it
	Likely []Feedback // open ones from the same page and of the same kind
}
