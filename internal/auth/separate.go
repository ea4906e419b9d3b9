package auth

import (
	"slices"

	"bilin/internal/errs"
)

// apart are the roles of which nobody holds two: who runs the machine, who
// looks after privacy, and who checks what was done watch each other.
var apart = []Role{Admin, PrivacyOfficer, Auditor}

// Guarded reports whether r is one of the roles that stand apart. Two people
// are needed to give one to somebody.
func (r Role) Guarded() bool { return slices.Contains(apart, r) }

// MayHold refuses a role to somebody who holds another of those that stand apart.
func MayHold(have []Grant, wanted Role) error {
	if !wanted.Guarded() {
		return nil
	}
	for _, g := range have {
		if g.Role.Guarded() && g.Role != wanted {
			return errs.E(errs.Conflict, "auth.apart")
		}
	}
	return nil
}

// Separate returns the grants that count. Should somebody hold two of the roles
// that stand apart, by whatever path, none of them does.
func Separate(grants []Grant) []Grant {
	for _, g := range grants {
		if MayHold(grants, g.Role) != nil {
			return slices.DeleteFunc(slices.Clone(grants), func(g Grant) bool { return g.Role.Guarded() })
		}
	}
	return grants
}
