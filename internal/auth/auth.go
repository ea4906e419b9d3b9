// Package auth says who somebody is and what they may do where.
//
// A right is an action, a role and a subtree of the city. Roles come from the
// posts a person holds today, so a changed post is at once a changed right.
package auth

import (
	"context"
	"slices"
)

// Role is what somebody is to a unit. It comes with a post.
type Role string

// The roles, from the neighbour's door upwards, and those beside the line.
const (
	Lead            Role = "lead"
	GroupLead       Role = "group_lead"
	AreaLead        Role = "area_lead"
	LinkedOfficial  Role = "linked_official"
	VillageOfficial Role = "village_official"
	TownOfficial    Role = "town_official"
	CityOffice      Role = "city_office"
	Command         Role = "command"
	Department      Role = "department"
	Hotline         Role = "hotline"         // whoever works at the 12345 hotline, and its system
	Gateway         Role = "gateway"         // whoever carries messages, and its system
	PrivacyOfficer  Role = "privacy_officer" // looks at what was done with personal data, and does none of it
	Auditor         Role = "auditor"
	Admin           Role = "admin"
)

// Roles lists every role in the order above.
func Roles() []Role {
	return []Role{Lead, GroupLead, AreaLead, LinkedOfficial, VillageOfficial, TownOfficial,
		CityOffice, Command, Department, Hotline, Gateway, PrivacyOfficer, Auditor, Admin}
}

// IsLead reports whether r is one of the three leads.
func (r Role) IsLead() bool { return r == Lead || r == GroupLead || r == AreaLead }

// IsOfficial reports whether r is held by somebody employed to do it.
func (r Role) IsOfficial() bool { return r.Valid() && !r.IsLead() }

// Valid reports whether r is a role at all.
func (r Role) Valid() bool { return slices.Contains(Roles(), r) }

// Grant is a role at a unit, and so over everything under it.
type Grant struct {
	Role         Role
	UnitID       string
	DepartmentID string // set where the post belongs to a department
	PostID       string
	Acting       bool // as stand-in
}

// Actor is whoever does something. The zero value is anonymous.
type Actor struct {
	AccountID string
	PersonID  string
	Login     string
	Name      string
	Grants    []Grant
	System    bool
	Door      Door
	// Unconfirmed says that nobody has said yet that it was the account's owner
	// who first came in by it: see [Rule.Confirmed].
	Unconfirmed bool
}

// System returns the actor for work nobody asked for by name: deadlines,
// imports from the command line, the demo city. It may do everything.
func System(name string) Actor {
	return Actor{Login: name, Name: name, System: true}
}

// Anonymous reports whether nobody is logged in.
func (a Actor) Anonymous() bool { return !a.System && a.AccountID == "" }

// ID names the actor in records.
func (a Actor) ID() string {
	switch {
	case a.System:
		return "system:" + a.Login
	case a.Anonymous():
		return "anonymous"
	default:
		return a.AccountID
	}
}

// Human names who acts, for rules that ask for a second person: the person,
// whichever of their accounts they use, or the account where none is known.
func (a Actor) Human() string {
	if a.PersonID != "" {
		return a.PersonID
	}
	return a.ID()
}

// Is reports whether an id that a record keeps, of an account or a person, is
// the actor's.
func (a Actor) Is(id string) bool { return id != "" && (id == a.ID() || id == a.PersonID) }

// MaySecond reports whether the actor may be the second person to what an id, of
// an account or a person, did: another human, and one who is known to be it.
func (a Actor) MaySecond(id string) bool { return !a.Unconfirmed && !a.Is(id) }

// Has reports whether the actor holds role anywhere.
func (a Actor) Has(role Role) bool {
	return slices.ContainsFunc(a.Grants, func(g Grant) bool { return g.Role == role })
}

// Official reports whether any of the actor's posts is an official's.
func (a Actor) Official() bool {
	return slices.ContainsFunc(a.Grants, func(g Grant) bool { return g.Role.IsOfficial() })
}

// Leads reports whether any of the actor's posts is a lead's.
func (a Actor) Leads() bool {
	return slices.ContainsFunc(a.Grants, func(g Grant) bool { return g.Role.IsLead() })
}

// Units returns the units of the actor's posts, each once, in the order of the grants.
func (a Actor) Units() []string {
	var units []string
	for _, g := range a.Grants {
		if !slices.Contains(units, g.UnitID) {
			units = append(units, g.UnitID)
		}
	}
	return units
}

type actorKey struct{}

// With returns a context that carries the actor.
func With(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// From returns the context's actor, anonymous where there is none.
func From(ctx context.Context) Actor {
	a, _ := ctx.Value(actorKey{}).(Actor)
	return a
}

// GrantSource answers which posts a person holds today.
type GrantSource interface {
	Grants(ctx context.Context, personID string) ([]Grant, error)
	// Officials returns the persons with an official's post at or under the units.
	Officials(ctx context.Context, unitIDs []string) ([]string, error)
}
