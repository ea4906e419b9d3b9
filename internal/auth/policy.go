package auth

import (
	"slices"
	"time"

	"bilin/internal/errs"
)

// Action is something that can be done, such as "network.view".
type Action string

// Object is what it is done to: a unit, and where it matters the department
// that has it. The zero value is the city as a whole.
type Object struct {
	UnitID       string
	DepartmentID string
}

// Rule gives an action to roles. Several rules for one action add up.
type Rule struct {
	Action     Action
	Roles      []Role
	Public     bool // to everybody, logged in or not
	AnyAccount bool // to everybody who is logged in, whatever their posts
	Own        bool // only at exactly the unit of the post, not under it
	// OfDepartment narrows a department's post to what is before that very
	// department. Without it such a post only never reaches what is before another.
	OfDepartment bool
	// Fresh is how old the proof may be of who is in a session, for sensitive
	// actions: Lately or ThisHour. 0 asks for none. A token needs the action as a scope.
	Fresh time.Duration
	// Confirmed keeps an action from a new account until a second person has said
	// that its owner came in: all that lets others in, fills posts, or takes a
	// second person. Whoever made the account had its card in hand, and would
	// otherwise be two people.
	Confirmed bool
}

// Ancestry knows which unit lies under which.
type Ancestry interface {
	Contains(rootID, unitID string) bool // a unit contains itself
	RootID() string                      // the city; "" while there is none
}

// Policy decides. What no rule gives is denied.
type Policy struct {
	tree  Ancestry
	rules map[Action][]Rule
}

// NewPolicy returns the policy made of the slices' rules.
func NewPolicy(tree Ancestry, rules ...[]Rule) *Policy {
	p := &Policy{tree: tree, rules: map[Action][]Rule{}}
	for _, set := range rules {
		for _, r := range set {
			p.rules[r.Action] = append(p.rules[r.Action], r)
		}
	}
	return p
}

// Knows reports whether any rule speaks of the action.
func (p *Policy) Knows(action Action) bool { return len(p.rules[action]) > 0 }

// Actions returns every action a rule speaks of, in order.
func (p *Policy) Actions() []Action {
	actions := make([]Action, 0, len(p.rules))
	for a := range p.rules {
		actions = append(actions, a)
	}
	slices.Sort(actions)
	return actions
}

// Can returns nil if the actor may do action to obj, and otherwise a
// Forbidden error, or Unauthenticated if logging in might help.
func (p *Policy) Can(a Actor, action Action, obj Object) error {
	if a.System {
		return nil
	}
	stale, unknown := false, false
	for _, r := range p.rules[action] {
		switch {
		case !r.open(a) && !slices.ContainsFunc(a.Grants, func(g Grant) bool { return p.reaches(r, g, obj) }):
		case r.keeps(a):
			unknown = true
		case a.Door.proves(action, r.Fresh):
			return nil
		default:
			stale = true
		}
	}
	switch {
	case stale:
		return unproved(a)
	case unknown:
		return errs.E(errs.Forbidden, CodeUnconfirmed)
	}
	return Denied(a)
}

// CodeUnconfirmed is the error of an account whose first log-in nobody has
// confirmed yet.
const CodeUnconfirmed = "auth.unconfirmed"

// Denied is the error for an actor who doesn't hold an action anywhere, see [Policy.May].
func (p *Policy) Denied(a Actor, action Action) error {
	known := a
	known.Unconfirmed = false
	if a.Unconfirmed && p.May(known, action) {
		return errs.E(errs.Forbidden, CodeUnconfirmed)
	}
	return Denied(a)
}

// Confirmed returns every action that is kept from accounts whose first log-in
// nobody has confirmed, in order.
func (p *Policy) Confirmed() []Action {
	return slices.DeleteFunc(p.Actions(), func(action Action) bool {
		return !slices.ContainsFunc(p.rules[action], func(r Rule) bool { return r.Confirmed })
	})
}

// Denied is the error for an actor who may not.
func Denied(a Actor) error {
	if a.Anonymous() {
		return errs.E(errs.Unauthenticated, "auth.login_needed")
	}
	if a.Door.Locked {
		return errs.E(errs.Forbidden, CodeFactor)
	}
	return errs.E(errs.Forbidden, "auth.forbidden")
}

// May reports whether the actor holds the action anywhere: for guards and
// menus. It decides nothing about an object.
func (p *Policy) May(a Actor, action Action) bool {
	if a.System {
		return true
	}
	return slices.ContainsFunc(p.rules[action], func(r Rule) bool {
		return !r.keeps(a) && (r.open(a) || slices.ContainsFunc(a.Grants, r.names))
	})
}

// Scope returns the units at and under which the actor holds the action, none
// of them under another. For rules that are Own they are the posts' own units.
func (p *Policy) Scope(a Actor, action Action) []string {
	if a.System && p.tree.RootID() != "" {
		return []string{p.tree.RootID()}
	}
	var units []string
	for _, r := range p.rules[action] {
		if r.keeps(a) {
			continue
		}
		if r.open(a) {
			return []string{p.tree.RootID()}
		}
		for _, g := range a.Grants {
			if r.names(g) {
				units = append(units, g.UnitID)
			}
		}
	}
	return p.topmost(units)
}

// topmost drops repeats and the units that lie under another of the list.
func (p *Policy) topmost(units []string) []string {
	var top []string
	for i, u := range units {
		under := slices.ContainsFunc(units, func(o string) bool { return o != u && p.tree.Contains(o, u) })
		if !under && !slices.Contains(units[:i], u) {
			top = append(top, u)
		}
	}
	return top
}

// reaches reports whether the rule lets the grant act on the object.
func (p *Policy) reaches(r Rule, g Grant, obj Object) bool {
	if !r.names(g) || !departmentFits(r, g, obj) {
		return false
	}
	unit := obj.UnitID
	if unit == "" {
		unit = p.tree.RootID()
	}
	if g.UnitID == unit {
		return true
	}
	return !r.Own && g.UnitID != "" && p.tree.Contains(g.UnitID, unit)
}

func departmentFits(r Rule, g Grant, obj Object) bool {
	if g.DepartmentID == "" || g.DepartmentID == obj.DepartmentID {
		return true
	}
	return obj.DepartmentID == "" && !r.OfDepartment
}

func (r Rule) open(a Actor) bool { return r.Public || r.AnyAccount && !a.Anonymous() }

// keeps reports whether the rule waits for somebody's word on who the actor is.
func (r Rule) keeps(a Actor) bool { return r.Confirmed && a.Unconfirmed }

func (r Rule) names(g Grant) bool { return slices.Contains(r.Roles, g.Role) }
