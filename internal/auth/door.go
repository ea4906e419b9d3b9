package auth

import (
	"slices"
	"time"

	"bilin/internal/errs"
)

// Door is how an actor came in, and how far that proves who it is. The zero
// value is work inside the house, such as jobs, the command line and the demo
// city: there is no session that somebody could have found open.
type Door struct {
	By      Way
	Age     time.Duration // since a session last proved who it is
	Scopes  []Action      // the sensitive actions that a token was issued for
	Looking bool          // a page is only read: what it offers is asked about when it is done
	Locked  bool          // an official without a second factor whose days of grace are over
}

// Way is a way in.
type Way string

// The ways in.
const (
	BySession Way = "session"
	ByToken   Way = "token"
)

// How fresh a proof must be, for [Rule.Fresh].
const (
	// Lately is for what can wait for a touch of a passkey.
	Lately = 10 * time.Minute
	// ThisHour is for what must not be held up once it was begun: the proof is
	// asked for when the page opens, and holds until the work is sent.
	ThisHour = time.Hour
)

// AllScopes lets a token do every sensitive action that its account may do.
const AllScopes Action = "*"

// proves reports whether the door is good enough for an action whose rule asks
// for a proof not older than fresh.
func (d Door) proves(action Action, fresh time.Duration) bool {
	switch {
	case fresh == 0 || d.By == "" || d.Looking:
		return true
	case d.By == ByToken:
		return slices.Contains(d.Scopes, action) || slices.Contains(d.Scopes, AllScopes)
	}
	return d.Age <= fresh
}

// CodeProve is the error of a session that must prove again who it is, and
// CodeFactor of an account that needs a second factor first.
const (
	CodeProve  = "auth.prove_needed"
	CodeFactor = "auth.factor_needed"
)

// unproved is the error for an actor who may, but has not proved lately who it is.
func unproved(a Actor) error {
	if a.Door.By == ByToken {
		return errs.E(errs.Forbidden, "auth.scope_needed")
	}
	return errs.E(errs.Unauthenticated, CodeProve)
}

// Fresh returns how old a proof may be for the actor to do an action, 0 where
// none is asked for. Of several rules that give the action the mildest counts.
func (p *Policy) Fresh(a Actor, action Action) time.Duration {
	var fresh time.Duration
	for _, r := range p.rules[action] {
		if !r.open(a) && !slices.ContainsFunc(a.Grants, r.names) {
			continue
		}
		if r.Fresh == 0 {
			return 0
		}
		fresh = max(fresh, r.Fresh)
	}
	return fresh
}

// Proved returns nil if the actor's session proved lately enough who it is to
// do an action, or, if it only opens a page for it, lately enough to have time
// for what the page is for.
func (p *Policy) Proved(a Actor, action Action) error {
	fresh := p.Fresh(a, action)
	if a.System || fresh == 0 || a.Door.By == "" {
		return nil
	}
	if a.Door.Looking {
		fresh = min(fresh, Lately)
	}
	d := a.Door
	d.Looking = false
	if d.proves(action, fresh) {
		return nil
	}
	return unproved(a)
}

// Sensitive returns every action for which somebody must have proved lately
// who they are, in order.
func (p *Policy) Sensitive() []Action {
	var list []Action
	for _, action := range p.Actions() {
		if slices.ContainsFunc(p.rules[action], func(r Rule) bool { return r.Fresh > 0 }) {
			list = append(list, action)
		}
	}
	return list
}
