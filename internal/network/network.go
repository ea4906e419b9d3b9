// Package network is the registry of the city: one tree of units, its households, the people in its posts, and the proof that nobody is left out.
package network

import (
	_ "embed"

	"bilin/internal/auth"
	"bilin/internal/i18n"
)

//go:embed messages.json
var rawMessages []byte

// Messages are this package's words.
var Messages = i18n.MustParse(rawMessages)

// Level is a unit's place between the city and a neighbour lead's cell.
type Level int

// The six levels, from the top.
const (
	City Level = iota + 1
	Town
	Village
	Area
	Group
	Cell
)

var levelNames = [...]string{"", "city", "town", "village", "area", "group", "cell"}

// String returns the level's name in code, addresses and the English UI.
func (l Level) String() string {
	if l < City || l > Cell {
		return ""
	}
	return levelNames[l]
}

// ParseLevel returns the level with that name, or 0.
func ParseLevel(name string) Level {
	for i, n := range levelNames {
		if i > 0 && n == name {
			return Level(i)
		}
	}
	return 0
}

// Levels lists the six levels from the top.
func Levels() []Level { return []Level{City, Town, Village, Area, Group, Cell} }

// Unit is a node of the tree as it stood when its snapshot was taken. It is
// never changed; a newer one is in a newer Tree.
type Unit struct {
	ID, Code, Name string
	ParentID       string // "" for the city
	SuccessorID    string // where an ended unit's households went; "" otherwise
	StartedOn      string
	EndedOn        string // "" while active
	Lon, Lat       float64
	Rev            int64
	Households     int // active households directly in this unit
	Residents      int // people in them
	Overlaps       int // of those households, how many another cell claims too
	Level          Level
	Placed         bool // Lon and Lat are known
	Approx         bool // and only roughly

	pos, end, parent int32 // place in preorder; end is one past the subtree
}

// Active reports whether the unit is part of today's network.
func (u *Unit) Active() bool { return u.EndedOn == "" }

// Department is a department of the city.
type Department struct {
	ID, Code, Name string
}

// Holder is a person in a post, from a day to a day.
type Holder struct {
	AppointmentID string
	PersonID      string
	Name          string
	From          string // first day, "2006-01-02"
	Until         string // last day of the term as planned, or ""
	Acting        bool   // stands in for the holder
}

// Over reports whether the planned term ended before day.
func (h *Holder) Over(day string) bool { return h != nil && h.Until != "" && h.Until < day }

func (h *Holder) started(day string) bool { return h != nil && h.From <= day }

// Post is a role at a unit, whether or not anybody holds it.
type Post struct {
	ID           string
	UnitID       string
	DepartmentID string // "" unless the post belongs to a department
	Role         auth.Role
	Name         string
	Holder       *Holder // the appointed person, who may begin later
	StandIn      *Holder // who stands in, if anybody

	serving *Holder
}

// Serving returns who answers for the post on the snapshot's day: the stand-in
// while one is named for that day, else the holder, else nil.
func (p *Post) Serving() *Holder {
	if p == nil {
		return nil
	}
	return p.serving
}

// servingOn decides Serving. A term that ran out doesn't empty a post (the
// coverage page shows it); a stand-in's term does, once there is a holder.
func (p *Post) servingOn(day string) *Holder {
	holder, standIn := p.Holder.started(day), p.StandIn.started(day)
	switch {
	case standIn && (!holder || !p.StandIn.Over(day)):
		return p.StandIn
	case holder:
		return p.Holder
	}
	return nil
}

// leadRole returns the lead's role at a level, or "".
func leadRole(l Level) auth.Role {
	switch l {
	case Area:
		return auth.AreaLead
	case Group:
		return auth.GroupLead
	case Cell:
		return auth.Lead
	}
	return ""
}
