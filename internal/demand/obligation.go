package demand

import (
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
)

// When the city has failed a demand, and how long the answer to that may take.
const (
	failedReopens = 2                   // the resident said so often that it wasn't done
	failedLate    = 30 * 24 * time.Hour // after the first limit ran out; calendar days
	owedDays      = 5                   // working days until the answer
)

// Obligation is what the city owes for a demand that it failed: a named senior
// official answers the resident by a date. The clock makes it and the end of
// the demand ends it; no command, page or job can do either. It belongs to the
// demand, and nothing counts or lists it by whose demand that is.
type Obligation struct {
	Why        Reason    // ReasonReopened or ReasonLate; empty: nothing is owed
	By         Stop      // who owes it; no department
	Since      time.Time // when it was made
	DueAt      time.Time // until when the answer is owed
	AnsweredAt time.Time // zero: not yet
	Passed     bool      // the first date passed without an answer
}

// Exists reports whether anything is owed.
func (o Obligation) Exists() bool { return o.Why != "" }

// Late reports whether a date passed without an answer.
func (o Obligation) Late(now time.Time) bool {
	return o.Exists() && o.AnsweredAt.IsZero() && (o.Passed || !now.Before(o.DueAt))
}

// nextAt is when the clock has something to do about what is owed; zero: never.
func (o Obligation) nextAt() time.Time {
	if !o.Exists() || o.Passed || !o.AnsweredAt.IsZero() {
		return time.Time{}
	}
	return o.DueAt
}

// failedAt is when the city had failed the demand, zero if it has not or
// already owes for it.
func (d *Demand) failedAt() (at time.Time, why Reason) {
	stage := d.State.Stage()
	if d.Owed.Exists() || stage == Closed || stage == Following {
		return time.Time{}, ""
	}
	if d.Reopens >= failedReopens {
		return d.StateSince, ReasonReopened
	}
	if stage == Todo && !d.LateAt.IsZero() {
		return d.LateAt.Add(failedLate), ReasonLate
	}
	return time.Time{}, ""
}

// failed reports whether the city has failed the demand, even if the clock hasn't said so yet.
func (d *Demand) failed(now time.Time) bool {
	at, _ := d.failedAt()
	return d.Owed.Exists() || !at.IsZero() && !at.After(now)
}

// owe makes the obligation. by is who owes it.
func (d *Demand) owe(why Reason, by Stop, now time.Time) {
	d.Owed = Obligation{Why: why, By: by, Since: now, DueAt: d.owedUntil(now)}
	d.log(By{Side: Machine}, Event{At: now, Step: StepOwed, To: by, Reason: why})
}

// passOn is what happens when the date passes without an answer: whoever stands
// above owes it too, with a date of their own; above the city office nobody does.
func (d *Demand) passOn(to Stop, now time.Time) {
	d.Owed.Passed = true
	if to.UnitID != "" {
		d.Owed.By, d.Owed.DueAt = to, d.owedUntil(now)
	}
	d.log(By{Side: Machine}, Event{At: now, Step: StepOwedLate, To: d.Owed.By})
}

// endOwed is what the end of the demand does to what was owed for it.
func (d *Demand) endOwed(now time.Time) {
	if d.Owed.Exists() {
		d.Owed = Obligation{}
		d.log(By{Side: Machine}, Event{At: now, Step: StepOwedEnded})
	}
}

func (d *Demand) owedUntil(now time.Time) time.Time {
	return d.terms.Calendar.Add(now, owedDays*d.terms.Calendar.Day())
}

// AnswerOwed is the answer that a senior official owes the resident. What is
// owed stays on the demand until the demand ends; they may answer again.
func (d *Demand) AnswerOwed(by By, text string, now time.Time) error {
	if !d.Owed.Exists() {
		return errs.E(errs.Conflict, "demand.nothing_owed")
	}
	now = d.clamp(now)
	if err := d.take(StepOwedAnswered, by, Event{Text: text}, now); err != nil {
		return err
	}
	if d.Owed.AnsweredAt.IsZero() {
		d.Owed.AnsweredAt = now
	}
	return nil
}

// senior says who owes the answer for a demand that the city failed: whoever
// answers for its town or, for what the town or a department has, for the city
// office; never whoever handled it or is complained of. after is who let a date
// pass; then it is somebody above them, or the zero Stop.
func senior(tree *network.Tree, d *Demand, after Stop) Stop {
	root := tree.Root()
	if root == nil || after.UnitID == root.ID {
		return Stop{}
	}
	owner := tree.ByID(d.OwnerID)
	if after.UnitID == "" && owner != nil && owner.Level > network.Town {
		if stop := seniorAt(tree, tree.At(owner, network.Town), auth.TownOfficial, d); stop.PersonID != "" {
			return stop
		}
	}
	return seniorAt(tree, root, auth.CityOffice, d)
}

// seniorAt names the first who serves in the role at a unit and had nothing to do with the demand.
func seniorAt(tree *network.Tree, u *network.Unit, role auth.Role, d *Demand) Stop {
	if u == nil {
		return Stop{}
	}
	stop := Stop{UnitID: u.ID, UnitName: u.Name, Role: role, Rung: rungOf(u.Level)}
	for _, p := range tree.Posts(u.ID) {
		h := p.Serving()
		if p.Role != role || h == nil || h.PersonID == d.AboutID || h.PersonID == d.HandlerID || h.PersonID == d.ResolvedBy {
			continue
		}
		stop.PersonID, stop.Name = h.PersonID, h.Name
		break
	}
	return stop
}

// owing is who owes the answer today: whoever was named while they still serve
// there, and then their successor.
func owing(tree *network.Tree, d *Demand) Stop {
	by := d.Owed.By
	u := tree.ByID(by.UnitID)
	if u == nil {
		return by
	}
	for _, p := range tree.Posts(u.ID) {
		if h := p.Serving(); h != nil && p.Role == by.Role && h.PersonID == by.PersonID {
			by.UnitName, by.Rung = u.Name, rungOf(u.Level)
			return by
		}
	}
	return seniorAt(tree, u, by.Role, d)
}

// owes reports whether the actor is who owes the resident the answer.
func (a authority) owes(actor auth.Actor, d *Demand) bool {
	return d.Owed.Exists() && actor.PersonID != "" && !d.hiddenFrom(actor) && owing(a.tree, d).PersonID == actor.PersonID
}
