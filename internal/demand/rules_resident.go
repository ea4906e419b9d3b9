package demand

import (
	"time"

	"bilin/internal/errs"
)

// Rating is what a resident says when they confirm.
type Rating struct {
	Satisfied Satisfaction
	Why       string // at most MaxText characters
	Recheck   bool   // they may be asked in a month whether it is still fixed
	Publish   bool   // the answer may be shown to everybody; false leaves what they said before
}

// Confirm is the resident's word that it is solved; nothing else closes a demand.
func (d *Demand) Confirm(by By, text string, r Rating, now time.Time) error {
	now = d.clamp(now)
	if r.Satisfied < NoAnswer || r.Satisfied > NotSatisfied {
		return errs.E(errs.Invalid, "demand.check").WithField("satisfied", "demand.satisfied_wrong")
	}
	why, err := words("why", r.Why, "")
	if err != nil {
		return err
	}
	if r.Satisfied == NotSatisfied && why == "" && Clean(text) == "" {
		return errs.E(errs.Invalid, "demand.check").WithField("why", "demand.say_why_unsatisfied")
	}
	if err := d.take(StepConfirmed, by, Event{Text: text}, now); err != nil {
		return err
	}
	if r.Publish && !d.Confined {
		if err := d.SetPublish(by, true, now); err != nil {
			return err
		}
	}
	d.Satisfied, d.SatisfiedWhy, d.Recheck = r.Satisfied, why, r.Recheck
	d.ClosedAt, d.SilentAt, d.Rechecked = now, time.Time{}, RecheckNone
	if r.Recheck {
		d.CheckAt = now.Add(recheckWait)
	}
	d.endOwed(now)
	return nil
}

// Reopen is the resident's word that it is not done, or no longer. It goes back
// to the handler, and up, one level above, joins them.
func (d *Demand) Reopen(by By, why string, up Stop, now time.Time) error {
	now = d.clamp(now)
	if !d.ClosedAt.IsZero() && now.Sub(d.ClosedAt) > reopenable {
		return errs.E(errs.Conflict, "demand.too_long_ago")
	}
	if err := d.take(StepReopened, by, Event{Text: why}, now); err != nil {
		return err
	}
	if d.Rechecked == RecheckAsked {
		d.Rechecked = RecheckBroken
	}
	d.Reopens++
	d.ClosedAt, d.SilentAt, d.CheckAt, d.ToldAt = time.Time{}, time.Time{}, time.Time{}, time.Time{}
	d.Satisfied, d.SatisfiedWhy, d.MergedInto = NoAnswer, "", ""
	d.HandlerID = d.ResolvedBy
	d.wind(now)
	if up.UnitID != "" && !up.Is(d.Owner()) && !helps(d.Helpers, up) {
		d.Helpers = append(d.Helpers, up)
		d.log(By{Side: Machine}, Event{At: now, Step: StepHelperJoined, To: up})
	}
	return nil
}

// Say is a further word of the resident. If the handler waited for one, the clock runs again.
func (d *Demand) Say(by By, text string, now time.Time) error {
	now = d.clamp(now)
	if err := d.take(StepSaid, by, Event{Text: text}, now); err != nil {
		return err
	}
	if d.State == Asked {
		d.State, d.StateSince = Accepted, now
		d.resume(now)
		d.log(By{Side: Machine}, Event{At: now, Step: StepResumed})
	}
	return nil
}

// Withdraw is the resident's word that they no longer ask for it.
func (d *Demand) Withdraw(by By, why string, now time.Time) error {
	now = d.clamp(now)
	if err := d.take(StepWithdrawn, by, Event{Text: why}, now); err != nil {
		return err
	}
	d.hold(now)
	d.clearPending()
	d.SilentAt, d.Disputed, d.ClosedAt = time.Time{}, false, now
	d.endOwed(now)
	return nil
}

// StillFixed answers the question that comes a month later.
func (d *Demand) StillFixed(by By, now time.Time) error {
	if d.Rechecked != RecheckAsked {
		return errs.E(errs.Conflict, "demand.not_asked_again")
	}
	if err := d.take(StepStillFixed, by, Event{}, d.clamp(now)); err != nil {
		return err
	}
	d.Rechecked = RecheckFixed
	return nil
}

// Claim is the household's answer about an entry that somebody made for it.
func (d *Demand) Claim(by By, ours bool, now time.Time) error {
	if d.ClaimID == "" {
		return errs.E(errs.Conflict, "demand.nothing_to_claim")
	}
	step := StepDisclaimed
	if ours {
		step = StepClaimed
	}
	if err := d.take(step, by, Event{}, d.clamp(now)); err != nil {
		return err
	}
	if ours {
		d.HouseholdID = d.ClaimID
	}
	d.ClaimID = ""
	return nil
}

// SetPublish lets the answer be shown to everybody, or no longer.
func (d *Demand) SetPublish(by By, yes bool, now time.Time) error {
	if yes && d.Confined {
		return errs.E(errs.Conflict, "demand.private_stays")
	}
	if yes == d.Publish {
		return nil
	}
	step := StepUnpublished
	if yes {
		step = StepPublished
	}
	if err := d.take(step, by, Event{}, d.clamp(now)); err != nil {
		return err
	}
	d.Publish = yes
	return nil
}

// Told notes that the resident has the message of the resolution or of the
// question; from then on their silence counts.
func (d *Demand) Told(at time.Time) {
	if d.State != Resolved && d.State != Asked || !d.ToldAt.IsZero() {
		return
	}
	d.ToldAt = d.clamp(at)
	d.SilentAt = d.ToldAt.Add(silence)
}

// TellInPerson notes that somebody told a resident without a telephone. It must
// not be the handler.
func (d *Demand) TellInPerson(by By, text string, now time.Time) error {
	now = d.clamp(now)
	if by.PersonID == d.ResolvedBy && d.State == Resolved {
		return errs.E(errs.Forbidden, "demand.not_the_handler")
	}
	if err := d.take(StepTold, by, Event{Text: text}, now); err != nil {
		return err
	}
	d.ToldAt = time.Time{}
	d.Told(now)
	return nil
}

// onWord makes By the resident's side on whose word somebody of the network
// acts, by telephone or at the door. It must not be the handler.
func (d *Demand) onWord(by By) (By, error) {
	if by.PersonID == "" || by.PersonID == d.ResolvedBy || by.PersonID == d.HandlerID {
		return by, errs.E(errs.Forbidden, "demand.not_the_handler")
	}
	by.Side = Resident
	return by, nil
}

func helps(list []Stop, who Stop) bool {
	for _, h := range list {
		if h.Is(who) {
			return true
		}
	}
	return false
}
