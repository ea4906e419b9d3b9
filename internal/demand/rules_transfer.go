package demand

import (
	"slices"
	"time"

	"bilin/internal/errs"
)

// Transfers after 首接负责: whoever has a demand keeps it, clock and all, until
// somebody else has accepted it.

// returnsToOffice is the return with which a dispute goes to the city office.
const returnsToOffice = 2

// Transfer offers the demand to another owner.
func (d *Demand) Transfer(by By, to Stop, why string, now time.Time) error {
	now = d.clamp(now)
	switch {
	case d.Disputed:
		return errs.E(errs.Conflict, "demand.is_disputed")
	case d.Bound:
		return errs.E(errs.Conflict, "demand.is_bound")
	case d.Pending.UnitID != "":
		return errs.E(errs.Conflict, "demand.transfer_waits")
	case to.Is(d.Owner()):
		return errs.E(errs.Conflict, "demand.already_there")
	case d.OwnerDept != "" && to.DepartmentID == "" && to.Rung < Office:
		return errs.E(errs.Forbidden, "demand.not_down") // a department's own work isn't the network's
	}
	if err := d.take(StepTransferred, by, Event{Text: why, To: to}, now); err != nil {
		return err
	}
	d.Pending, d.PendingAt = Stop{UnitID: to.UnitID, DepartmentID: to.DepartmentID}, now
	d.PendingBy = d.terms.Calendar.Add(now, d.terms.Calendar.Day())
	return nil
}

// TakeOver accepts a transfer: from now on it is theirs.
func (d *Demand) TakeOver(by By, now time.Time) error {
	now = d.clamp(now)
	if err := d.offered(by); err != nil {
		return err
	}
	to := by.stop()
	if err := d.take(StepTaken, by, Event{To: to}, now); err != nil {
		return err
	}
	d.HandlerID = by.PersonID
	d.Handovers++
	d.Returns = 0 // of this dispute; the next one is another
	d.assign(to, ReasonTaken, now)
	return nil
}

// Return refuses a transfer. The second refusal goes to the city office.
func (d *Demand) Return(by By, why, basis string, now time.Time) error {
	now = d.clamp(now)
	if err := d.offered(by); err != nil {
		return err
	}
	basis, err := words("basis", basis, "demand.basis_missing")
	if err != nil {
		return err
	}
	if err := d.take(StepReturned, by, Event{Text: why, Basis: basis, To: d.Owner()}, now); err != nil {
		return err
	}
	d.clearPending()
	if d.Returns++; d.Returns >= returnsToOffice {
		d.dispute(now)
	}
	return nil
}

// Recall takes an offer back.
func (d *Demand) Recall(by By, now time.Time) error {
	if d.Pending.UnitID == "" {
		return errs.E(errs.Conflict, "demand.no_transfer")
	}
	if err := d.take(StepRecalled, by, Event{}, d.clamp(now)); err != nil {
		return err
	}
	d.clearPending()
	return nil
}

// Decide is the city office's word on a dispute, and its way to assign what
// nobody knew the owner of. The owner can neither return it nor pass it on.
func (d *Demand) Decide(by By, to Stop, why, basis string, now time.Time) error {
	now = d.clamp(now)
	if !d.Disputed && (d.Rung != Office || to.Is(d.Owner())) {
		return errs.E(errs.Conflict, "demand.not_disputed")
	}
	if err := d.take(StepDecided, by, Event{Text: why, Basis: Clean(basis), To: to}, now); err != nil {
		return err
	}
	binds := d.Disputed
	d.Disputed, d.Bound, d.HandlerID = false, binds, ""
	if to.Is(d.Owner()) {
		d.wind(now)
		return nil
	}
	d.Handovers++
	d.assign(to, ReasonDecided, now)
	return nil
}

func (d *Demand) offered(by By) error {
	if d.Pending.UnitID == "" || !d.Pending.Is(by.stop()) {
		return errs.E(errs.Conflict, "demand.no_transfer")
	}
	return nil
}

func (d *Demand) dispute(now time.Time) {
	d.Disputed, d.PendingAt = true, now
	d.log(By{Side: Machine}, Event{At: now, Step: StepDisputed})
}

// AddHelper has somebody else work on it beside the owner.
func (d *Demand) AddHelper(by By, who Stop, now time.Time) error {
	if who.Is(d.Owner()) || slices.ContainsFunc(d.Helpers, who.Is) {
		return errs.E(errs.Conflict, "demand.helps_already")
	}
	if d.OwnerDept != "" && who.DepartmentID == "" && who.Rung < Office {
		return errs.E(errs.Forbidden, "demand.not_down")
	}
	if err := d.take(StepHelperJoined, by, Event{To: who}, d.clamp(now)); err != nil {
		return err
	}
	d.Helpers = append(d.Helpers, who)
	return nil
}

// DropHelper ends it.
func (d *Demand) DropHelper(by By, who Stop, now time.Time) error {
	i := slices.IndexFunc(d.Helpers, who.Is)
	if i < 0 {
		return errs.E(errs.Conflict, "demand.helps_not")
	}
	if err := d.take(StepHelperLeft, by, Event{To: d.Helpers[i]}, d.clamp(now)); err != nil {
		return err
	}
	d.Helpers = slices.Delete(d.Helpers, i, i+1)
	return nil
}

// Merge makes the demand follow another that is the same matter.
func (d *Demand) Merge(by By, main *Demand, now time.Time) error {
	now = d.clamp(now)
	switch {
	case main.ID == d.ID:
		return errs.E(errs.Conflict, "demand.merge_itself")
	case !slices.Contains(alive, main.State):
		return errs.E(errs.Conflict, "demand.merge_closed")
	case d.Confined != main.Confined || d.AboutID != main.AboutID:
		return errs.E(errs.Conflict, "demand.merge_private")
	case d.failed(now): // merging it away would end by hand what only the clock may
		return errs.E(errs.Conflict, "demand.merge_owed")
	}
	to := main.Owner()
	if err := d.take(StepMerged, by, Event{Text: main.Number, To: to}, now); err != nil {
		return err
	}
	d.hold(now)
	d.clearPending()
	d.Disputed, d.HandlerID = false, ""
	d.MergedInto, d.OwnerID, d.OwnerDept, d.Rung, d.OwnerSince = main.ID, to.UnitID, to.DepartmentID, to.Rung, now
	return nil
}

// Share brings a merged demand along: the one it follows was resolved, so its own
// author is asked too.
func (d *Demand) Share(main *Demand, by By, done string, now time.Time) error {
	if d.State != Merged {
		return d.refusal(Machine)
	}
	if _, err := words("note", done, "demand.say_what_was_done"); err != nil {
		return err
	}
	now = d.clamp(now)
	d.State, d.StateSince = Accepted, now // as the one it follows was
	if owner := main.Owner(); !owner.Is(d.Owner()) {
		d.assign(owner, ReasonShared, now)
	}
	return d.Resolve(by, done, now)
}

// Free lets a merged demand stand for itself because the one that it followed was withdrawn.
func (d *Demand) Free(to Stop, now time.Time) error {
	if d.State != Merged {
		return d.refusal(Machine)
	}
	now = d.clamp(now)
	d.MergedInto, d.State, d.StateSince = "", Open, now
	d.assign(to, ReasonSplit, now)
	return nil
}

// Split lets a merged demand stand for itself again.
func (d *Demand) Split(by By, to Stop, now time.Time) error {
	now = d.clamp(now)
	if err := d.take(StepSplit, by, Event{}, now); err != nil {
		return err
	}
	d.MergedInto = ""
	d.assign(to, ReasonSplit, now)
	return nil
}
