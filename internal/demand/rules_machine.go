package demand

import "time"

// Over answers who stands over a demand's owner. It is asked only when it is needed.
type Over struct {
	Above  func() Stop           // the owner one level up, the zero Stop on the highest
	Senior func(after Stop) Stop // who owes an answer for a demand that the city failed, above whoever let a date pass
}

// Tick does what the clock itself has to do by now, the earliest first, and
// reports whether it did anything.
func (d *Demand) Tick(over Over, now time.Time) bool {
	now = d.clamp(now)
	if d.Clock.Limit == 0 && d.State.Stage() == Todo { // raised before there were limits
		d.wind(now)
		return true
	}
	next := d.NextAt()
	if next.IsZero() || next.After(now) {
		return false
	}
	failed, why := d.failedAt()
	switch {
	case next.Equal(failed):
		d.owe(why, over.Senior(Stop{}), now)
	case next.Equal(d.Owed.nextAt()):
		d.passOn(over.Senior(d.Owed.By), now)
	case next.Equal(d.SilentAt):
		d.endSilence(now)
	case next.Equal(d.CheckAt):
		d.CheckAt, d.Rechecked = time.Time{}, RecheckAsked
		d.log(By{Side: Machine}, Event{At: now, Step: StepAskedAgain})
	case next.Equal(d.PendingBy):
		d.clearPending()
		d.dispute(now)
	case d.Clock.Running() && next.Equal(d.DueAt):
		d.expire(over.Above(), now)
	default:
		d.RemindAt = time.Time{}
		d.log(By{Side: Machine}, Event{At: now, Step: StepReminded})
	}
	return true
}

// endSilence is what seven days without a word mean: an unanswered resolution
// closes apart from the solved; an unanswered question lets the handler go on.
func (d *Demand) endSilence(now time.Time) {
	d.SilentAt = time.Time{}
	if d.State == Asked {
		d.State, d.StateSince = Accepted, now
		d.goOn(now)
		d.log(By{Side: Machine}, Event{At: now, Step: StepResumed})
		return
	}
	d.State, d.StateSince, d.ClosedAt = Unconfirmed, now, now
	d.log(By{Side: Machine}, Event{At: now, Step: StepLapsed})
	d.endOwed(now)
}

// expire is what happens when the owner's limit has run out: it climbs, or on
// the highest level stays and is overdue.
func (d *Demand) expire(to Stop, now time.Time) {
	if d.LateAt.IsZero() {
		d.LateAt = d.DueAt
	}
	if to.UnitID == "" || to.Is(d.Owner()) || d.Disputed { // a dispute waits for its decision where it is
		d.Clock = d.Clock.stop(d.terms.Calendar, now)
		d.RemindAt = time.Time{}
		d.log(By{Side: Machine}, Event{At: now, Step: StepOverdue})
		return
	}
	d.Climbs++
	if d.State == Accepted {
		d.State, d.StateSince = Open, now
	}
	d.HandlerID = ""
	d.assign(to, ReasonOverdue, now)
}
