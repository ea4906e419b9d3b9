// Package team keeps response teams in peacetime: who is in them, what they have, and who said they are away.
package team

import (
	_ "embed"
	"time"

	"bilin/internal/auth"
	"bilin/internal/i18n"
)

//go:embed messages.json
var raw []byte

// Messages are this package's words.
var Messages = i18n.MustParse(raw)

// What can be done with teams.
const (
	ActSee    auth.Action = "team.see"    // open a team's page; which ones, the service decides
	ActView   auth.Action = "team.view"   // read the teams of one's units
	ActNear   auth.Action = "team.near"   // read those of one's village, members' names masked
	ActManage auth.Action = "team.manage" // make teams, choose their people, keep their equipment
	ActAway   auth.Action = "team.away"   // say when one is away oneself
)

// Rules gives them to roles.
var Rules = []auth.Rule{
	{Action: ActSee, AnyAccount: true},
	{Action: ActView, Roles: []auth.Role{auth.VillageOfficial, auth.TownOfficial, auth.CityOffice, auth.Command}},
	{Action: ActNear, Roles: []auth.Role{auth.Lead, auth.GroupLead, auth.AreaLead, auth.LinkedOfficial}},
	{Action: ActManage, Roles: []auth.Role{auth.VillageOfficial, auth.TownOfficial, auth.CityOffice, auth.Command}},
	{Action: ActAway, AnyAccount: true},
}

// Kind is what a team is for.
type Kind string

// The kinds.
const (
	Ice       Kind = "ice"
	Flood     Kind = "flood"
	Fire      Kind = "fire"
	Medical   Kind = "medical"
	Repair    Kind = "repair" // of power and water
	Transport Kind = "transport"
	Supply    Kind = "supply"
	General   Kind = "general"
)

// Kinds lists them.
func Kinds() []Kind { return []Kind{Ice, Flood, Fire, Medical, Repair, Transport, Supply, General} }

// Grade is what somebody is in a team; the smaller stands higher.
type Grade int

// The grades.
const (
	Leader Grade = iota
	Deputy
	Plain
)

var grades = [...]string{"leader", "deputy", "member"}

// Grades lists them.
func Grades() []Grade { return []Grade{Leader, Deputy, Plain} }

// String is the grade's name in forms and messages.
func (g Grade) String() string {
	if g < Leader || g > Plain {
		return ""
	}
	return grades[g]
}

// Bounds: texts in characters.
const (
	MaxName      = 40
	MaxPlace     = 60
	MaxChannel   = 500
	MaxQuantity  = 100_000
	MaxEquipment = 200 // lines of a team
	MaxMembers   = 500
	MaxAwayDays  = 366
	mostAways    = 20 // of one person at a time
)

// Team is a response team.
type Team struct {
	ID, Name   string
	Kind       Kind
	UnitID     string // whose it is: a village, a town or the city
	HasChannel bool   // a group is set in which the team is told as a whole
	CreatedAt  time.Time
	EndedAt    time.Time // zero while there is such a team
	Version    int
}

// Over reports whether the team was ended.
func (t *Team) Over() bool { return !t.EndedAt.IsZero() }

// Row is a team in a list.
type Row struct {
	Team
	Members, Available int    // today
	Equipment, Broken  int    // lines, and how many of them are under repair
	LeaderID, Leader   string // "" while it has none
}

// Cursor says where the next page of a list begins.
func (r *Row) Cursor() []string { return []string{r.Name, r.ID} }

// Equipment is something a team has.
type Equipment struct {
	ID, TeamID, Name string
	Quantity         int
	Place            string // where it is kept
	Repair           bool   // it can't be used now
	Version          int
}

// Listed is a member as a team's page shows them.
type Listed struct {
	PersonID, Name string
	UnitID         string // where they count
	Grade          Grade
	JoinedAt       time.Time
	Away           bool // today; known to those who may know
}

// Cursor says where the next page of members begins.
func (l *Listed) Cursor() []string { return cursorOf(l.Grade, l.JoinedAt, l.PersonID) }

// Member is who an order reaches through a team.
type Member struct{ PersonID, UnitID, TeamID string }

// Period is a time somebody said they are away, from a day to a day.
type Period struct{ ID, From, To string }

// Put asks for a team to be as given; ID is "" for a new one.
type Put struct {
	Key, ID, Name string
	Kind          Kind
	UnitID        string
	Version       int // at which it was shown
}

// SetChannel sets the address of a team's group, or removes it if URL is "".
type SetChannel struct {
	Key, TeamID, URL string
}

// End ends a team; everybody leaves it.
type End struct {
	Key, TeamID string
	Version     int
}

// SetMember takes a person into a team, or changes what they are in it.
type SetMember struct {
	Key, TeamID, PersonID string
	Grade                 Grade
}

// Remove lets a person leave a team.
type Remove struct{ Key, TeamID, PersonID string }

// PutEquipment asks for a line of equipment to be as given; ID is "" for a new one.
type PutEquipment struct {
	Key, TeamID, ID, Name string
	Quantity              int
	Place                 string
	Repair                bool
	Version               int
}

// Drop removes a line of equipment.
type Drop struct{ Key, TeamID, ID string }

// SayAway says that one is away from a day to a day. Nobody asks why.
type SayAway struct{ Key, From, To string }

// SayBack takes one such period back.
type SayBack struct{ Key, ID string }
