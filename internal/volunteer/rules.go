package volunteer

import (
	"slices"
	"time"
	"unicode/utf8"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/plaintext"
)

// check cleans what was filled in and refuses what doesn't fit, all of it at once.
func (c Report) check() (Report, error) {
	var bad *errs.Error
	fail := func(err error) {
		e := errs.As(err)
		if bad == nil {
			bad = errs.E(errs.Invalid, "volunteer.check")
		}
		bad.Fields = append(bad.Fields, e.Fields...)
	}
	c.Name = plaintext.OneLine(c.Name)
	switch n := utf8.RuneCountInString(c.Name); {
	case n == 0:
		fail(errs.Refuse("name", "volunteer.missing"))
	case n > MaxName:
		fail(errs.Refuse("name", "volunteer.too_long", "max", MaxName))
	}
	phone, ok := network.FoldPhone(c.Phone)
	if c.Phone = phone; !ok || phone == "" {
		fail(errs.Refuse("phone", "volunteer.bad_phone"))
	}
	if !slices.Contains(Kinds(), c.Kind) {
		fail(errs.Refuse("kind", "volunteer.no_kind"))
	}
	offer, err := c.Offer.check()
	if c.Offer = offer; err != nil {
		fail(err)
	}
	if bad != nil {
		return c, bad
	}
	return c, nil
}

// check cleans an offer. Skills come in the catalogue's order, each once.
func (o Offer) check() (Offer, error) {
	var known []Skill
	for _, s := range Skills() {
		if slices.Contains(o.Skills, s) {
			known = append(known, s)
		}
	}
	for _, s := range o.Skills {
		if !s.Valid() {
			return o, errs.Refuse("skills", "volunteer.no_skill")
		}
	}
	o.Skills, o.Pledge = known, plaintext.OneLine(o.Pledge)
	switch {
	case utf8.RuneCountInString(o.Pledge) > MaxPledge:
		return o, errs.Refuse("pledge", "volunteer.too_long", "max", MaxPledge)
	case o.Hours < 0 || o.Hours > MaxHours:
		return o, errs.Refuse("hours", "volunteer.bad_hours", "max", MaxHours)
	}
	return o, nil
}

func (v *Volunteer) over() error {
	switch v.State {
	case Left:
		return errs.E(errs.Conflict, "volunteer.left_already")
	case Refused:
		return errs.E(errs.Conflict, "volunteer.refused_already")
	}
	return nil
}

// Confirm takes somebody in as a person of the registry.
func (v *Volunteer) Confirm(personID string, now time.Time) error {
	if err := v.over(); err != nil {
		return err
	}
	if v.State == Active {
		return errs.E(errs.Conflict, "volunteer.active_already")
	}
	v.State, v.PersonID, v.DecidedAt = Active, personID, now
	return nil
}

// Refuse says that somebody isn't taken in, and why.
func (v *Volunteer) Refuse(reason Reason, now time.Time) error {
	if err := v.over(); err != nil {
		return err
	}
	if v.State == Active {
		return errs.E(errs.Conflict, "volunteer.active_already")
	}
	if !slices.Contains(Reasons(), reason) {
		return errs.Refuse("reason", "volunteer.no_reason")
	}
	v.State, v.Reason, v.DecidedAt = Refused, reason, now
	v.erase()
	return nil
}

// Lapse ends one on which nobody has decided, and erases what was told.
func (v *Volunteer) Lapse(now time.Time) bool {
	if v.State != Pending || v.ReportedAt.After(now.AddDate(0, 0, -waitDays)) {
		return false
	}
	v.State, v.Reason, v.DecidedAt = Refused, Lapsed, now
	v.erase()
	return true
}

// Leave ends it, and erases what was told.
func (v *Volunteer) Leave(now time.Time) error {
	if err := v.over(); err != nil {
		return err
	}
	v.State, v.LeftAt = Left, now
	v.erase()
	return nil
}

func (v *Volunteer) erase() {
	v.Name, v.HasPhone, v.phone, v.phoneIndex, v.HouseholdID, v.Offer = "", false, "", "", "", Offer{}
}

// Change replaces what somebody offers.
func (v *Volunteer) Change(o Offer) error {
	if err := v.over(); err != nil {
		return err
	}
	v.Offer = o
	return nil
}

// ActsFor reports whether somebody with the key acts for the person: whoever was
// new does, but a name and a number are no proof of being one whom the registry knew.
func (v *Volunteer) ActsFor(a auth.Actor) bool {
	return !v.Linked || v.PersonID != "" && a.PersonID == v.PersonID
}

// MayAct is the error for whom ActsFor doesn't hold.
func (v *Volunteer) MayAct(a auth.Actor) error {
	if v.ActsFor(a) {
		return nil
	}
	return errs.E(errs.Forbidden, "volunteer.log_in")
}

// shown refuses a change of what isn't any more as it was shown.
func (v *Volunteer) shown(version int) error {
	if v.Version != version {
		return errs.E(errs.Stale, "volunteer.changed_since")
	}
	return nil
}
