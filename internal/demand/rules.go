package demand

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"bilin/internal/demand/catalog"
	"bilin/internal/errs"
	"bilin/internal/number"
	"bilin/internal/plaintext"
)

// Limits of what is written.
const (
	MaxText    = 2000 // characters of a demand, an answer or a reason
	MaxContact = 100  // characters of a telephone number, address or name to reach the resident
	MaxPlace   = 100  // characters of a place in words
	MaxBasis   = 300  // characters of a legal basis
)

// Begin fills a new demand: it is open, and the timeline says to whom it went and why.
func (d *Demand) Begin(by By, to Stop, why Reason, now time.Time) error {
	if d.Seq != 0 {
		return errs.E(errs.Conflict, "demand.already_raised")
	}
	if !slices.Contains(Kinds(), d.Kind) {
		return errs.E(errs.Invalid, "demand.check").WithField("kind", "demand.kind_missing")
	}
	text, err := words("text", d.Text, "demand.text_missing")
	if err != nil {
		return err
	}
	d.Text, d.State, d.RaisedAt, d.StateSince = text, Open, now, now
	d.log(by, Event{At: now, Step: StepRaised, Text: text})
	d.assign(to, why, now)
	return nil
}

// Accept takes the demand on. Taken by another owner than the one that had it,
// it is from then on with that one, and a transfer that waited is off.
func (d *Demand) Accept(by By, now time.Time) error {
	now = d.clamp(now)
	if err := d.take(StepAccepted, by, Event{To: by.stop()}, now); err != nil {
		return err
	}
	d.HandlerID = by.PersonID
	if to := by.stop(); by.UnitID != "" && !to.Is(d.Owner()) {
		d.Handovers++
		d.assign(to, ReasonTaken, now)
	}
	return nil
}

// Answer says a word to the resident; the state stays.
func (d *Demand) Answer(by By, text string, now time.Time) error {
	return d.take(StepAnswered, by, Event{Text: text}, d.clamp(now))
}

// Note is a word within the network about the handling. The resident reads it
// once the demand is resolved.
func (d *Demand) Note(by By, text string, now time.Time) error {
	return d.take(StepNoted, by, Event{Text: text, Internal: true}, d.clamp(now))
}

// Ask wants a word from the resident; until it comes the clock stands still.
func (d *Demand) Ask(by By, text string, now time.Time) error {
	now = d.clamp(now)
	if d.Pending.UnitID != "" {
		return errs.E(errs.Conflict, "demand.transfer_waits")
	}
	if err := d.take(StepAsked, by, Event{Text: text}, now); err != nil {
		return err
	}
	d.hold(now)
	d.ToldAt, d.SilentAt = time.Time{}, now.Add(silence) // told or not, the clock doesn't stand still for ever
	return nil
}

// Resume goes on without the resident's word.
func (d *Demand) Resume(by By, text string, now time.Time) error {
	now = d.clamp(now)
	if err := d.take(StepResumed, by, Event{Text: text}, now); err != nil {
		return err
	}
	d.resume(now)
	return nil
}

func (d *Demand) resume(now time.Time) {
	d.SilentAt = time.Time{}
	d.goOn(now)
}

// Resolve says what was done. The resident has the last word.
func (d *Demand) Resolve(by By, done string, now time.Time) error {
	now = d.clamp(now)
	if err := d.take(StepResolved, by, Event{Text: done}, now); err != nil {
		return err
	}
	d.hold(now)
	d.clearPending()
	d.Disputed = false
	d.ResolvedAt, d.ResolvedBy, d.ResolvedRung = now, by.PersonID, d.Rung
	d.HandlerID = by.PersonID
	if d.FirstResolvedAt.IsZero() {
		d.FirstResolvedAt = now
	}
	d.ToldAt, d.SilentAt = time.Time{}, time.Time{}
	return nil
}

// MoveOn gives a demand that isn't closed to another owner.
func (d *Demand) MoveOn(to Stop, why Reason, now time.Time) error {
	if !slices.Contains(alive, d.State) && d.State != Merged {
		return d.refusal(Machine)
	}
	if to.Is(d.Owner()) {
		return errs.E(errs.Conflict, "demand.already_there")
	}
	d.assign(to, why, d.clamp(now))
	return nil
}

// HandOver notes that the post which had the demand went from a person to a successor.
func (d *Demand) HandOver(from string, to Stop, now time.Time) error {
	if d.State.Stage() == Closed {
		return d.refusal(Machine)
	}
	now = d.clamp(now)
	d.log(By{Side: Machine}, Event{At: now, Step: StepHandedOver, To: to})
	d.OwnerSince = now
	if d.HandlerID == from && from != "" && d.State != Resolved {
		d.HandlerID = to.PersonID
	}
	return nil
}

// ContactRead notes that somebody opened the resident's contact. It shows on
// the timeline and makes no open page stale.
func (d *Demand) ContactRead(by By, now time.Time) error {
	version := d.Version
	if err := d.take(StepContactRead, by, Event{}, d.clamp(now)); err != nil {
		return err
	}
	d.Version = version
	return nil
}

// Categorise says what it is about and how urgent it is. A running clock keeps
// what was used and goes by the new limit.
func (d *Demand) Categorise(by By, categoryID string, urgency int, now time.Time) error {
	if urgency < int(catalog.Normal) || urgency > int(catalog.Critical) {
		return errs.E(errs.Invalid, "demand.check").WithField("urgency", "demand.urgency_wrong")
	}
	if err := d.take(StepSorted, by, Event{}, d.clamp(now)); err != nil {
		return err
	}
	d.CategoryID, d.Urgency = categoryID, catalog.Urgency(urgency)
	d.Clock.Limit = d.terms.limit(d, d.Rung)
	if d.Clock.Running() {
		d.set()
	}
	return nil
}

// Record notes a step that changes neither state nor owner, such as a call to the spot.
func (d *Demand) Record(step Step, by By, text string, to Stop, now time.Time) error {
	return d.take(step, by, Event{Text: text, To: to}, d.clamp(now))
}

// CheckVersion asks back if the demand changed since it was shown. Version 0 was not shown.
func (d *Demand) CheckVersion(shown int) error {
	if shown != 0 && shown != d.Version {
		return errs.E(errs.Stale, "demand.stale")
	}
	return nil
}

// clamp keeps the timeline in order when the machine's clock was set back.
func (d *Demand) clamp(now time.Time) time.Time {
	if now.Before(d.TouchedAt) {
		return d.TouchedAt
	}
	return now
}

// take applies the table's transition for step.
func (d *Demand) take(step Step, by By, e Event, now time.Time) error {
	tr, known := transitions[step]
	if !known || by.Side != tr.Side {
		return errs.E(errs.Forbidden, "demand.not_your_side")
	}
	if !slices.Contains(tr.From, d.State) {
		return d.refusal(by.Side)
	}
	text, err := words("note", e.Text, tr.text)
	if err != nil {
		return err
	}
	if tr.To != "" {
		d.State, d.StateSince = tr.To, now
	}
	e.At, e.Step, e.Text = now, step, text
	d.log(by, e)
	return nil
}

// refusal says why a side can't do that in the state the demand is in.
func (d *Demand) refusal(side Side) error {
	if side == Resident && d.State.Stage() == Todo {
		return errs.E(errs.Conflict, "demand.not_resolved_yet")
	}
	switch d.State {
	case Open, Reopened:
		return errs.E(errs.Conflict, "demand.accept_first")
	case Accepted:
		return errs.E(errs.Conflict, "demand.already_accepted")
	case Asked:
		return errs.E(errs.Conflict, "demand.asked_already")
	case Resolved:
		return errs.E(errs.Conflict, "demand.waiting_for_resident")
	case Merged:
		return errs.E(errs.Conflict, "demand.follows_another")
	case Withdrawn:
		return errs.E(errs.Conflict, "demand.was_withdrawn")
	case Unconfirmed:
		return errs.E(errs.Conflict, "demand.closed_unanswered")
	default:
		return errs.E(errs.Conflict, "demand.already_confirmed")
	}
}

// assign gives the demand to an owner, with a fresh clock if it is theirs to act.
func (d *Demand) assign(to Stop, why Reason, now time.Time) {
	d.OwnerID, d.OwnerDept, d.Rung, d.OwnerSince = to.UnitID, to.DepartmentID, to.Rung, now
	d.clearPending()
	if d.HandlerID != to.PersonID {
		d.HandlerID = ""
	}
	if d.State.Stage() == Todo {
		d.wind(now)
	}
	d.log(By{Side: Machine}, Event{At: now, Step: StepAssigned, To: to, Reason: why})
}

func (d *Demand) clearPending() {
	d.Pending, d.PendingAt, d.PendingBy = Stop{}, time.Time{}, time.Time{}
}

func (d *Demand) log(by By, e Event) {
	d.Seq++
	d.Version++
	d.TouchedAt = e.At
	e.Seq, e.State, e.Side = d.Seq, d.State, by.Side
	e.ActorID, e.Name, e.Role = by.ActorID, by.Name, by.Role
	e.UnitID, e.UnitName, e.DepartmentID = by.UnitID, by.UnitName, by.DepartmentID
	d.news = append(d.news, e)
}

// words cleans a text; missing is the message if it may not be empty.
func words(field, text, missing string) (string, error) {
	text = Clean(text)
	if text == "" && missing != "" {
		return "", errs.E(errs.Invalid, "demand.check").WithField(field, missing)
	}
	if utf8.RuneCountInString(text) > MaxText {
		return "", errs.E(errs.Invalid, "demand.check").WithField(field, "demand.text_long", "max", MaxText)
	}
	if kind := number.FindPrivate(text); kind != number.Harmless {
		return "", errs.E(errs.Invalid, "demand.check").WithField(field, "demand.private_"+string(kind))
	}
	return text, nil
}

// Clean drops what no resident typed on purpose: control characters, broken
// bytes, space around and runs of empty lines.
func Clean(text string) string {
	text = plaintext.Lines(text)
	for strings.Contains(text, "\n\n\n") {
		text = strings.ReplaceAll(text, "\n\n\n", "\n\n")
	}
	return strings.TrimSpace(text)
}
