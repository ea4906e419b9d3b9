package mobilise

import (
	"slices"
	"time"
	"unicode/utf8"

	"bilin/internal/errs"
	"bilin/internal/plaintext"
)

// Bits are a set of channels.
type Bits int

// bit is a channel's place in the sets; it is stored, so the list in Channels only grows.
func bit(c Channel) Bits {
	if i := slices.Index(Channels(), c); i >= 0 {
		return 1 << i
	}
	return 0
}

// BitsOf returns the set of some channels.
func BitsOf(list ...Channel) (b Bits) {
	for _, c := range list {
		b |= bit(c)
	}
	return b
}

// Has reports whether a channel is in the set.
func (b Bits) Has(c Channel) bool { return b&bit(c) != 0 }

// List returns the channels of the set in their usual order.
func (b Bits) List() (list []Channel) {
	for _, c := range Channels() {
		if b.Has(c) {
			list = append(list, c)
		}
	}
	return list
}

// Waits of the telling.
const (
	Patience   = time.Minute      // with a channel that fails, before the next is used
	retryFirst = 2 * time.Second  // after a failure, doubled each time
	retryMost  = 20 * time.Second // and at most this
	retryOwed  = time.Minute      // between attempts at a channel that has still not taken the message
)

// Next is what is to be done about one receipt now.
type Next struct {
	Send  []Channel // hand the current edition to these
	Knock bool      // put it on the list of doors
	Due   int64     // otherwise look again then
}

// Next decides what is to be done about a receipt now. can are the channels by
// which the person can be reached at all, down those that fail since longer
// than Patience.
//
// Who was told an earlier edition is told the new one by each of the channels
// that told them, whatever they answered; until one of those works, by another.
// Everybody else is told by one channel after the other until they answer, or
// the order's time is over; then somebody knocks, while channels that failed are
// tried again.
func (r *Receipt) Next(o *Order, can, down Bits, now time.Time) Next {
	ms := now.UnixMilli()
	news := r.Owed(o)
	asks := o.Live() && r.Standing < Cant && now.Before(o.Until)
	if !news && !asks {
		return Next{Due: Never}
	}
	usable := can & BitsOf(o.Channels...) &^ r.Refused
	owed := usable &^ r.ToldBy
	if news {
		stale := usable & r.stale(o)
		if same := stale &^ down; same != 0 {
			return Next{Send: same.List()}
		}
		if r.Told == o.Edition {
			return r.later(stale, r.ask(o, asks, owed, usable, down, ms), ms)
		}
		owed = usable
	}
	return r.ask(o, asks, owed, usable, down, ms)
}

// ask tells somebody by the next channel, or sends somebody there. Who isn't
// asked any more is only told what is new.
func (r *Receipt) ask(o *Order, asks bool, owed, usable, down Bits, ms int64) Next {
	for _, c := range o.Channels {
		if (asks || r.Told < o.Edition) && (owed &^ down).Has(c) {
			return Next{Send: []Channel{c}}
		}
	}
	if !asks {
		return Next{Due: retry(owed, ms+retryFirst.Milliseconds())}
	}
	knock := r.knockFrom(o, usable)
	switch {
	case r.KnockAt == 0 && ms >= knock:
		return Next{Knock: true}
	case r.KnockAt == 0:
		return Next{Due: min(knock, retry(owed, ms+retryFirst.Milliseconds()))}
	}
	return Next{Due: retry(owed, ms+retryOwed.Milliseconds())}
}

// later looks again at channels that still owe an edition, though another has told it.
func (r *Receipt) later(stale Bits, next Next, ms int64) Next {
	if len(next.Send) == 0 && !next.Knock {
		next.Due = min(next.Due, retry(stale, ms+retryFirst.Milliseconds()))
	}
	return next
}

// stale are the channels that told an earlier edition and not this one.
func (r *Receipt) stale(o *Order) Bits {
	if r.Told == o.Edition {
		return r.ToldBy &^ r.Fresh &^ r.Refused
	}
	return r.ToldBy &^ r.Refused
}

// Owed reports whether somebody who was told is still to hear of the order's
// latest words, by any of the channels that told them.
func (r *Receipt) Owed(o *Order) bool {
	return r.ToldBy != 0 && (r.Told < o.Edition || r.stale(o) != 0) && (o.Live() || r.recalled(o))
}

// retry is when channels that are down are looked at again, if there are any.
func retry(owed Bits, at int64) int64 {
	if owed == 0 {
		return Never
	}
	return at
}

// knockFrom is when somebody goes there: a wait after the last channel took the
// message, or after the order if none did; at once to those whom no channel reaches.
func (r *Receipt) knockFrom(o *Order, usable Bits) int64 {
	if usable == 0 {
		return 0
	}
	return max(r.HandedAt, o.IssuedAt.UnixMilli()) + o.Wait.Milliseconds()
}

// recalled reports whether the last word of an order that ended is for this
// person: after a cancel everybody who was told, after the end those who came.
func (r *Receipt) recalled(o *Order) bool {
	return o.State == Cancelled || o.State == Closed && r.wasComing()
}

func (r *Receipt) wasComing() bool {
	return r.Standing == Coming || r.Standing == Arrived || r.Standing == Released
}

// Took notes that a channel took an edition of the order.
func (r *Receipt) Took(c Channel, o *Order, edition int, now time.Time) {
	ms := now.UnixMilli()
	r.ToldBy |= bit(c)
	switch {
	case edition > r.Told:
		r.Told, r.Fresh = edition, bit(c)
	case edition == r.Told:
		r.Fresh |= bit(c)
	}
	r.Standing = max(r.Standing, Handed)
	r.HandedAt = ms
	r.Tried = 0
	r.Due = ms + o.Wait.Milliseconds()
	if r.Standing >= Cant || !o.Live() {
		r.Due = Never
	}
}

// PerhapsTold takes it that channels told somebody of whom it isn't known: a
// gateway may have taken a message though it didn't say so. Whoever isn't asked
// any more would otherwise miss what comes after it.
func (r *Receipt) PerhapsTold(o *Order, by Bits) {
	if r.recalled(o) || o.Live() && r.Standing >= Cant {
		r.ToldBy |= by
	}
}

// Failed notes that a channel could not be reached.
func (r *Receipt) Failed(o *Order, now time.Time) {
	r.Tried++
	wait := min(retryFirst<<min(r.Tried-1, 5), retryMost)
	if r.Told == o.Edition || r.KnockAt != 0 {
		wait = retryOwed
	}
	r.Due = now.UnixMilli() + wait.Milliseconds()
}

// RefusedBy notes that a channel will never take it: the next one is used at once.
func (r *Receipt) RefusedBy(c Channel, now time.Time) {
	r.Refused |= bit(c)
	r.Tried = 0
	r.Due = now.UnixMilli()
}

// Undelivered notes that an edition which a channel took will not arrive: the
// next one is used at once.
func (r *Receipt) Undelivered(c Channel, edition int, now time.Time) {
	if r.Standing >= Delivered || !r.ToldBy.Has(c) {
		return
	}
	r.ToldBy &^= bit(c)
	r.Fresh &^= bit(c)
	r.Told = min(r.Told, edition-1) // another channel may have taken it; dispatch knows, and doesn't send it again
	if r.ToldBy == 0 {
		r.Standing, r.Told = Queued, 0
	}
	r.RefusedBy(c, now)
}

// Knock puts it on the list of doors.
func (r *Receipt) Knock(now time.Time) {
	r.KnockAt = now.UnixMilli()
	r.Due = r.KnockAt // Next says what else there is to do
}

// MarkDelivered notes that the message is on the person's telephone.
func (r *Receipt) MarkDelivered(now time.Time) { r.reach(Delivered, &r.DeliveredAt, now) }

// MarkSeen notes that it was read, or said to the person's face.
func (r *Receipt) MarkSeen(now time.Time) { r.reach(Seen, &r.SeenAt, now) }

func (r *Receipt) reach(to Standing, at *int64, now time.Time) {
	r.Standing = max(r.Standing, to)
	if *at == 0 {
		*at = now.UnixMilli()
	}
}

// Answer is what a person says to an order, or what somebody writes down for them.
type Answer struct {
	Coming  bool
	Arrived bool   // and is there
	Told    bool   // only that they were told, by whoever wrote it down
	Reason  Reason // why they can't
	Way     Way
	By      string // the name of whoever wrote it down; "" for themselves
}

// Take applies an answer. It may be changed until the person was released: who
// couldn't come may come after all. Saying the same again changes nothing.
func (r *Receipt) Take(a Answer, now time.Time) error {
	if r.Standing == Released {
		return errs.E(errs.Conflict, "order.released")
	}
	if a.Told {
		r.MarkSeen(now)
		if r.Standing < Cant {
			r.Way, r.EnteredBy = a.Way, a.By
		}
		return nil
	}
	to, reason := a.standing(r.Standing)
	switch {
	case to == Cant && !slices.Contains(Reasons(), reason):
		return errs.Refuse("reason", "order.reason_missing")
	case to == r.Standing && reason == r.Reason:
		return nil
	}
	ms := now.UnixMilli()
	if r.AnsweredAt == 0 {
		r.AnsweredAt = ms
	}
	r.Standing, r.Reason, r.Way, r.EnteredBy = to, reason, a.Way, a.By
	r.ArrivedAt = 0
	if to == Arrived {
		r.ArrivedAt = ms
	}
	return nil
}

// standing is what an answer makes of one; who has arrived is there, though
// they say once more that they come.
func (a Answer) standing(now Standing) (Standing, Reason) {
	switch {
	case a.Arrived || a.Coming && now == Arrived:
		return Arrived, ""
	case a.Coming:
		return Coming, ""
	}
	return Cant, a.Reason
}

// Release lets somebody who came, or is on the way, go home.
func (r *Receipt) Release(now time.Time) bool {
	if r.Standing != Coming && r.Standing != Arrived {
		return false
	}
	r.Standing, r.ReleasedAt = Released, now.UnixMilli()
	return true
}

// ToKnock reports whether somebody still has to go there: nobody has yet, and
// no answer came.
func (r *Receipt) ToKnock() bool { return r.KnockAt != 0 && r.Standing < Cant && r.Way == "" }

// HasBeenReached reports whether the person is known to have got the order.
func (r *Receipt) HasBeenReached() bool { return r.Standing >= Delivered }

// ReachedAt is when the person first is known to have got it, 0 if never.
func (r *Receipt) ReachedAt() int64 {
	var first int64
	for _, at := range []int64{r.DeliveredAt, r.SeenAt, r.AnsweredAt} {
		if at != 0 && (first == 0 || at < first) {
			first = at
		}
	}
	return first
}

// Approve lets a proposed order go out. Whoever proposed it doesn't decide.
func (o *Order) Approve(by, name string, now time.Time) error {
	if err := o.decide(by); err != nil {
		return err
	}
	if !o.Until.After(now) {
		return errs.E(errs.Conflict, "order.until_over")
	}
	o.DecidedBy, o.Decider, o.DecidedAt = by, name, now
	o.issue(now)
	return nil
}

func (o *Order) issue(now time.Time) {
	o.State, o.IssuedAt = Active, now
	o.Version++
}

// Refuse says no to a proposed order.
func (o *Order) Refuse(by, name, note string, now time.Time) error {
	if err := o.decide(by); err != nil {
		return err
	}
	o.DecidedBy, o.Decider, o.DecidedAt = by, name, now
	o.end(Refused, note, now)
	return nil
}

func (o *Order) decide(by string) error {
	switch {
	case o.State != Proposed:
		return errs.E(errs.Conflict, "order.decided")
	case by == o.ProposedBy:
		return errs.E(errs.Forbidden, "order.own")
	}
	return nil
}

// Correct gives a new edition of the words. What happened and to whom it goes stays.
func (o *Order) Correct(w Words) error {
	if !o.Live() {
		return errs.E(errs.Conflict, "order.not_active")
	}
	if w.same(o.Words) {
		return errs.E(errs.Invalid, "order.unchanged")
	}
	o.Words = w
	o.Edition++
	o.Version++
	return nil
}

// Cancel takes an order back. A proposed one is simply gone.
func (o *Order) Cancel(note string, now time.Time) error {
	if o.State != Active && o.State != Proposed {
		return errs.E(errs.Conflict, "order.over")
	}
	o.end(Cancelled, note, now)
	return nil
}

// Close ends an order whose work is done.
func (o *Order) Close(note string, now time.Time) error {
	if !o.Live() {
		return errs.E(errs.Conflict, "order.not_active")
	}
	o.end(Closed, note, now)
	return nil
}

func (o *Order) end(s State, note string, now time.Time) {
	if o.Live() {
		o.Edition++ // the last word goes to those who were told
	}
	o.State, o.EndNote, o.EndedAt = s, note, now
	o.Version++
}

// MustBeApproved reports whether a second person has to look at it first.
func (o *Order) MustBeApproved() bool { return o.People > AloneLimit || o.Hazard == Missing }

// same compares words as they are kept.
func (w Words) same(o Words) bool {
	return w.Title == o.Title && w.What == o.What && w.Do == o.Do && w.Where == o.Where && w.Until.UnixMilli() == o.Until.UnixMilli()
}

// check mends and judges the words.
func (w Words) check(now time.Time) (Words, error) {
	bad := errs.E(errs.Invalid, "order.invalid")
	for _, f := range []struct {
		name string
		text *string
		most int
	}{{"title", &w.Title, MaxTitle}, {"what", &w.What, MaxText}, {"do", &w.Do, MaxText}, {"where", &w.Where, MaxText}} {
		*f.text = plain(*f.text)
		switch n := utf8.RuneCountInString(*f.text); {
		case n == 0:
			bad = bad.WithField(f.name, "order.missing")
		case n > f.most:
			bad = bad.WithField(f.name, "order.too_long", "max", f.most)
		case Unfilled(*f.text):
			bad = bad.WithField(f.name, "order.unfilled")
		}
	}
	switch {
	case w.Until.IsZero():
		bad = bad.WithField("until", "order.missing")
	case !w.Until.After(now):
		bad = bad.WithField("until", "order.until_over")
	case w.Until.After(now.Add(longestOrder)):
		bad = bad.WithField("until", "order.until_far", "days", int(longestOrder.Hours()/24))
	}
	return w, found(bad)
}

// check judges the ground of an order about a missing person, and that no other has one.
func (m MissingPerson) check(h Hazard, until, now time.Time) error {
	bad := errs.E(errs.Invalid, "order.invalid")
	if h != Missing {
		if m.CaseNumber != "" || m.AskedBy != "" {
			bad = bad.WithField("case_number", "order.no_person")
		}
		return found(bad)
	}
	if plain(m.CaseNumber) == "" {
		bad = bad.WithField("case_number", "order.missing")
	}
	if plain(m.AskedBy) == "" {
		bad = bad.WithField("asked_by", "order.missing")
	}
	if until.After(now.Add(MissingHours*time.Hour + time.Minute)) {
		bad = bad.WithField("until", "order.missing_long", "hours", MissingHours)
	}
	return found(bad)
}

func plain(text string) string {
	return plaintext.OneLine(text)
}

// found returns an error that has fields, and nil for one that has none.
func found(e *errs.Error) error {
	if len(e.Fields) == 0 {
		return nil
	}
	return e
}
