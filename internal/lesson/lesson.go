// Package lesson is what honoured leads pass on: talks with a date and a place, short lessons for the phone, and questions that are answered.
//
// All of it is an offer. Nobody is made to come, of who came there is only a
// number, nobody keeps who read or heard what, and nothing is asked afterwards
// but what people themselves want to know.
package lesson

import (
	"context"
	_ "embed"
	"slices"
	"time"

	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/sqldb"
)

//go:embed messages.json
var raw []byte

// Messages are this package's words.
var Messages = i18n.MustParse(raw)

// What can be done with talks and lessons.
const (
	ActSee  auth.Action = "lesson.see"  // read lessons, talks and answers: everybody
	ActJoin auth.Action = "lesson.join" // take a place, ask; give lessons and talks, if one is honoured
	ActPlan auth.Action = "lesson.plan" // plan talks, publish lessons, answer
)

// Rules gives them to roles.
var Rules = []auth.Rule{
	{Action: ActSee, Public: true},
	{Action: ActJoin, Roles: []auth.Role{auth.Lead, auth.GroupLead, auth.AreaLead, auth.LinkedOfficial, auth.VillageOfficial, auth.TownOfficial, auth.CityOffice}},
	{Action: ActPlan, Roles: []auth.Role{auth.TownOfficial, auth.CityOffice}},
}

// Speaker is somebody who is honoured and can be asked to talk.
type Speaker struct{ PersonID, Name, UnitID string }

// Honours knows who is honoured, and Tell reaches those who have a place.
type (
	Honours  func(ctx context.Context, personID string) (bool, error)
	Speakers func(ctx context.Context) ([]Speaker, error)
	Tell     func(ctx context.Context, tx *sqldb.Tx, t *Talk, personIDs []string) error
)

// State is where a lesson stands.
type State string

// The states of a lesson.
const (
	Draft     State = "draft"
	Offered   State = "offered" // its author gave it to the editors
	Published State = "published"
	Withdrawn State = "withdrawn"
)

// TalkState is where a talk stands.
type TalkState string

// The states of a talk.
const (
	Asked     TalkState = "asked" // its speaker has yet to say yes
	Open      TalkState = "open"
	Declined  TalkState = "declined"
	Cancelled TalkState = "cancelled"
)

// Side is who answered a question.
type Side string

// The sides.
const (
	Author Side = "author" // the speaker or the lesson's author
	Editor Side = "editor" // the town or the city
)

// Kind is what a question is about.
type Kind string

// The kinds.
const (
	OnLesson Kind = "lesson"
	OnTalk   Kind = "talk"
)

// Valid reports whether there is such a kind.
func (k Kind) Valid() bool { return slices.Contains([]Kind{OnLesson, OnTalk}, k) }

// Bounds.
const (
	MaxTitle    = 30
	MaxCards    = 12
	MaxCard     = 80
	MaxAbout    = 300
	MaxPlace    = 60
	MaxWhy      = 100
	MaxQuestion = 200
	MaxAnswer   = 400
	MaxPlaces   = 500
	MaxSeats    = 20 // that one person takes, for those who come along
	MaxMinutes  = 240
	Few         = 10 // of fewer people no number is shown
	MaxOpen     = 10 // questions of one person that wait

	maxAhead  = 400 * 24 * time.Hour
	seatsFor  = 7 * 24 * time.Hour  // after a talk it is forgotten who had a place
	askerFor  = 60 * 24 * time.Hour // after an answer it is forgotten who asked
	freshFor  = 14 * 24 * time.Hour // an answer is news to whoever asked
	shownPast = 60 * 24 * time.Hour
)

// Lesson is a few cards.
type Lesson struct {
	ID          string
	UnitID      string
	Title       string
	Cards       []string
	State       State
	Why         string
	Author      string // name, as it is now
	MadeAt      time.Time
	PublishedAt time.Time
	ChangedAt   time.Time
	Version     int

	author string
}

// Talk is when and where somebody speaks.
type Talk struct {
	ID        string
	UnitID    string
	Title     string
	About     string
	Place     string
	At        time.Time
	Minutes   int
	Places    int
	Taken     int
	Speaker   string // name, as it is now
	State     TalkState
	Why       string
	Came      int       // -1 until somebody says
	WasAt     time.Time // when and where it was to be before it was moved last; zero if it never was
	WasPlace  string
	ChangedAt time.Time
	Version   int

	speaker string
}

// Moved reports whether it is at another time or place than it was to be.
func (t *Talk) Moved() bool { return !t.WasAt.IsZero() }

// End is when it is over.
func (t *Talk) End() time.Time { return t.At.Add(time.Duration(t.Minutes) * time.Minute) }

// Left is how many places there are still.
func (t *Talk) Left() int { return max(0, t.Places-t.Taken) }

// Question is asked on a lesson or a talk, without the name of who asked.
type Question struct {
	ID         string
	On         string
	Kind       Kind
	UnitID     string
	Words      string
	AskedAt    time.Time // the day
	Answer     string
	Side       Side
	AnsweredAt time.Time
	Version    int
	Mine       bool // of whoever looks
	Title      string

	asker string
}

// Write makes a lesson or changes one.
type Write struct {
	Key, ID string // ID empty: a new one
	UnitID  string
	Title   string
	Cards   []string
	Version int
	Done    bool // its author gives it to the editors; an editor publishes it
}

// Plan puts a talk into the calendar.
type Plan struct {
	Key      string
	UnitID   string
	Title    string
	About    string
	Place    string
	At       time.Time
	Minutes  int
	Places   int
	PersonID string // the speaker; empty is the actor
}

// Move puts a talk at another time or place.
type Move struct {
	Key, ID string
	From    time.Time // when it was shown to be
	At      time.Time
	Place   string
}

// Ask is a question.
type Ask struct {
	Key, On string
	Kind    Kind
	Words   string
}

// Cursor is a place in a list.
type Cursor struct {
	At int64
	ID string
}
