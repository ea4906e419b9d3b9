package demand

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"bilin/internal/errs"
)

// Limits of what is written.
const (
	MaxText    = 2000 // characters of a demand, an answer or a reason
	MaxContact = 100  // characters of a telephone number, address or name to reach the resident
)

// transition is what a step asks of a demand and does to it.
type transition struct {
	side Side
	from []State
	to   State  // empty: the state stays
	text string // message key if words are required and missing
}

var transitions = map[Step]transition{
	StepAccepted:    {Network, []State{Open, Reopened}, Accepted, ""},
	StepAnswered:    {Network, []State{Open, Accepted, Reopened, Resolved}, "", "demand.say_something"},
	StepResolved:    {Network, []State{Accepted}, Resolved, "demand.say_what_was_done"},
	StepContactRead: {Network, []State{Open, Accepted, Reopened, Resolved}, "", ""},
	StepSaid:        {Resident, []State{Open, Accepted, Reopened, Resolved}, "", "demand.say_something"},
	StepConfirmed:   {Resident, []State{Resolved}, Confirmed, ""},
	StepReopened:    {Resident, []State{Resolved}, Reopened, "demand.say_why"},
}

// Allows reports whether side may take step now.
func (d *Demand) Allows(step Step, side Side) bool {
	tr, ok := transitions[step]
	return ok && tr.side == side && slices.Contains(tr.from, d.State)
}

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

// Accept takes the demand on. Taken by another unit than the one that had it,
// it is from then on with that unit.
func (d *Demand) Accept(by By, now time.Time) error {
	if err := d.take(StepAccepted, by, "", now); err != nil {
		return err
	}
	if by.UnitID != "" && by.UnitID != d.OwnerID {
		d.assign(by.stop(), ReasonTaken, now)
	}
	return nil
}

// Answer says a word to the resident; the state stays.
func (d *Demand) Answer(by By, text string, now time.Time) error {
	return d.take(StepAnswered, by, text, now)
}

// Resolve says what was done. The resident has the last word.
func (d *Demand) Resolve(by By, done string, now time.Time) error {
	return d.take(StepResolved, by, done, now)
}

// Confirm is the resident's word that it is solved; nothing else closes a demand.
func (d *Demand) Confirm(by By, text string, now time.Time) error {
	return d.take(StepConfirmed, by, text, now)
}

// Reopen is the resident's word that it is not.
func (d *Demand) Reopen(by By, why string, now time.Time) error {
	if err := d.take(StepReopened, by, why, now); err != nil {
		return err
	}
	d.Reopens++
	return nil
}

// Say is a further word of the resident; the state stays.
func (d *Demand) Say(by By, text string, now time.Time) error {
	return d.take(StepSaid, by, text, now)
}

// ContactRead notes that somebody opened the resident's contact. It shows on
// the timeline and makes no open page stale.
func (d *Demand) ContactRead(by By, now time.Time) error {
	version := d.Version
	if err := d.take(StepContactRead, by, "", now); err != nil {
		return err
	}
	d.Version = version
	return nil
}

// MoveOn gives a demand that isn't closed to another unit, because the one that had it
// has nobody serving or became part of another.
func (d *Demand) MoveOn(to Stop, why Reason, now time.Time) error {
	if d.State == Confirmed {
		return d.refusal(Machine)
	}
	if to.UnitID == d.OwnerID {
		return errs.E(errs.Conflict, "demand.already_there")
	}
	d.assign(to, why, now)
	return nil
}

// HandOver notes that the post which had the demand went to a successor.
func (d *Demand) HandOver(to Stop, now time.Time) error {
	if d.State == Confirmed {
		return d.refusal(Machine)
	}
	d.log(By{Side: Machine}, Event{At: now, Step: StepHandedOver, To: to})
	d.OwnerSince = now
	return nil
}

// CheckVersion asks back if the demand changed since it was shown. Version 0 was not shown.
func (d *Demand) CheckVersion(shown int) error {
	if shown != 0 && shown != d.Version {
		return errs.E(errs.Stale, "demand.stale")
	}
	return nil
}

// take applies the table's transition for step.
func (d *Demand) take(step Step, by By, text string, now time.Time) error {
	tr := transitions[step]
	if by.Side != tr.side {
		return errs.E(errs.Forbidden, "demand.not_your_side")
	}
	if !slices.Contains(tr.from, d.State) {
		return d.refusal(by.Side)
	}
	text, err := words("note", text, tr.text)
	if err != nil {
		return err
	}
	if tr.to != "" {
		d.State, d.StateSince = tr.to, now
	}
	e := Event{At: now, Step: step, Text: text}
	if step == StepAccepted {
		e.To = by.stop()
	}
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
	case Resolved:
		return errs.E(errs.Conflict, "demand.waiting_for_resident")
	default:
		return errs.E(errs.Conflict, "demand.already_confirmed")
	}
}

func (d *Demand) assign(to Stop, why Reason, now time.Time) {
	d.OwnerID, d.OwnerSince = to.UnitID, now
	d.log(By{Side: Machine}, Event{At: now, Step: StepAssigned, To: to, Reason: why})
}

func (d *Demand) log(by By, e Event) {
	d.Seq++
	d.Version++
	e.Seq, e.State, e.Side = d.Seq, d.State, by.Side
	e.ActorID, e.Name, e.Role = by.ActorID, by.Name, by.Role
	e.UnitID, e.UnitName = by.UnitID, by.UnitName
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
	return text, nil
}

// Clean drops what no resident typed on purpose: control characters, broken
// bytes, space around and runs of empty lines.
func Clean(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\r\n", "\n")
	text = strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
			return -1
		}
		return r
	}, text)
	for strings.Contains(text, "\n\n\n") {
		text = strings.ReplaceAll(text, "\n\n\n", "\n\n")
	}
	return strings.TrimSpace(text)
}
