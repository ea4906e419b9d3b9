package demo

import (
	"time"

	"bilin/internal/demand"
)

// answered is the resident's answer to a question, or the handler going on without.
func (l *life) answered() deed {
	if l.fate.resume {
		owner, ok := l.demands.StopOf(l.d.OwnerID, l.d.OwnerDept)
		if !ok || owner.PersonID == "" || chance(l.r, 30) {
			return deed{} // seven days go by
		}
		return deed{l.cal.Add(l.at, 14*time.Hour).UTC(), func(at time.Time) error { return l.d.Resume(ofNetwork(owner), "", at) }}
	}
	return deed{l.after(30*time.Minute, 26*time.Hour), func(at time.Time) error { return l.d.Say(resident, l.words.say(l.r, "said"), at) }}
}

// judged is what the resident makes of a resolution, once they know of it.
func (l *life) judged() deed {
	switch {
	case l.d.ToldAt.IsZero() && l.d.Channel == demand.BySMS:
		return deed{l.at.Add(40 * time.Second), l.learns}
	case l.d.ToldAt.IsZero() && l.fate.looks:
		return deed{l.after(10*time.Minute, 20*time.Hour), l.learns}
	case l.d.ToldAt.IsZero() && l.fate.untold:
		return deed{}
	case l.d.ToldAt.IsZero():
		return l.toldInPerson()
	case l.d.Reopens < l.fate.reopens:
		return l.reopens(l.after(time.Hour, 90*time.Hour))
	case l.fate.silent:
		return deed{}
	}
	return l.confirms(l.after(10*time.Minute, 70*time.Hour))
}

func (l *life) learns(at time.Time) error {
	l.d.Told(at)
	return nil
}

// toldInPerson is somebody other than the handler at the door of those who have
// no telephone.
func (l *life) toldInPerson() deed {
	who := l.demands.Above(l.d)
	if who.PersonID == "" || who.PersonID == l.d.ResolvedBy {
		return deed{l.after(time.Hour, 30*time.Hour), l.learns}
	}
	return deed{l.after(3*time.Hour, 90*time.Hour), func(at time.Time) error {
		return l.d.TellInPerson(ofNetwork(who), l.words.say(l.r, "told"), at)
	}}
}

func (l *life) confirms(at time.Time) deed {
	return deed{at, func(at time.Time) error {
		text := ""
		if chance(l.r, 50) || l.fate.rating.Satisfied == demand.NotSatisfied {
			text = l.words.say(l.r, "confirm")
		}
		if l.fate.rating.Satisfied == demand.NotSatisfied {
			text = ""
		}
		return l.d.Confirm(resident, text, l.fate.rating, at)
	}}
}

func (l *life) reopens(at time.Time) deed {
	return deed{at, func(at time.Time) error {
		why := l.again
		if why == "" {
			why = l.words.say(l.r, "again")
		}
		l.fate.idle = 0
		return l.d.Reopen(resident, why, l.demands.Above(l.d), at)
	}}
}

// asked is the answer to "is it still fixed?".
func (l *life) asked() deed {
	if l.d.Rechecked != demand.RecheckAsked || l.fate.recheck == demand.RecheckAsked {
		return deed{}
	}
	at := l.after(time.Hour, 60*time.Hour)
	if l.fate.recheck == demand.RecheckBroken {
		l.fate.rating.Recheck = false
		return l.reopens(at)
	}
	return deed{at, func(at time.Time) error { return l.d.StillFixed(resident, at) }}
}

// claims is the household's word on what was entered for it.
func (l *life) claims() deed {
	if l.d.ClaimID == "" || l.fate.claim == 0 || l.d.State.Stage() == demand.Closed && l.d.State == demand.Withdrawn {
		return deed{}
	}
	return deed{l.d.RaisedAt.Add(time.Duration(5+l.seed%60) * time.Hour), func(at time.Time) error {
		return l.d.Claim(resident, l.fate.claim == 1, at)
	}}
}

// consents lets the answer be shown once it is settled.
func (l *life) consents() deed {
	if !l.fate.publishes || l.d.Publish || l.d.Confined || l.d.State != demand.Confirmed {
		return deed{}
	}
	return deed{l.at.Add(time.Minute), func(at time.Time) error { return l.d.SetPublish(resident, true, at) }}
}
