package demand

import (
	"time"

	"bilin/internal/demand/catalog"
	"bilin/internal/workday"
)

// How long each side has where the limits of the catalogue don't say.
const (
	silence     = 7 * 24 * time.Hour   // after the resident was told; calendar days
	reopenable  = 365 * 24 * time.Hour // after it was closed
	recheckWait = 30 * 24 * time.Hour  // until "is it still fixed?"
)

// Terms are the city's working hours and time limits. A demand is handled under those of today.
type Terms struct {
	Calendar *workday.Calendar
	Catalog  *catalog.Catalog
}

// limit is the working time that an owner on a rung has.
func (t Terms) limit(d *Demand, r Rung) time.Duration {
	return t.Catalog.Limit(d.CategoryID, d.Urgency, r)
}

// Clock measures how much of a limit of working time an owner has used.
type Clock struct {
	Limit time.Duration // working time
	Used  time.Duration // of it, before Since
	Since time.Time     // when it began to run; zero: it stands still
}

// Running reports whether time counts now.
func (c Clock) Running() bool { return !c.Since.IsZero() }

// Elapsed is the working time used by now.
func (c Clock) Elapsed(cal *workday.Calendar, now time.Time) time.Duration {
	if !c.Running() || now.Before(c.Since) {
		return c.Used
	}
	return c.Used + cal.Between(c.Since, now)
}

// stop lets the clock stand still and keeps what was used.
func (c Clock) stop(cal *workday.Calendar, now time.Time) Clock {
	return Clock{Limit: c.Limit, Used: c.Elapsed(cal, now)}
}

// run lets it go on.
func (c Clock) run(now time.Time) Clock {
	if c.Running() {
		return c
	}
	return Clock{Limit: c.Limit, Used: c.Used, Since: now}
}

// at returns the instant at which share (0 to 1) of the limit is used up.
func (c Clock) at(cal *workday.Calendar, share float64) time.Time {
	left := time.Duration(share*float64(c.Limit)) - c.Used
	if left <= 0 {
		return c.Since
	}
	return cal.Add(c.Since, left)
}

// remindShare is how much of a limit is gone when the owner is reminded.
const remindShare = 0.75

// wind starts a fresh clock for the owner of the moment.
func (d *Demand) wind(now time.Time) {
	d.Clock = Clock{Limit: d.terms.limit(d, d.Rung), Since: now}
	d.set()
}

// set reads the instants of a running clock off the calendar.
func (d *Demand) set() {
	d.DueAt, d.RemindAt = d.Clock.at(d.terms.Calendar, 1), d.Clock.at(d.terms.Calendar, remindShare)
}

// hold lets the clock stand still.
func (d *Demand) hold(now time.Time) {
	d.Clock = d.Clock.stop(d.terms.Calendar, now)
	d.DueAt, d.RemindAt = time.Time{}, time.Time{}
}

// goOn lets a clock that stood still run again.
func (d *Demand) goOn(now time.Time) {
	d.Clock = d.Clock.run(now)
	d.set()
}

// Under puts the demand under the terms of today; a rule may be applied only after it.
func (d *Demand) Under(t Terms) *Demand {
	d.terms = t
	return d
}

// Reckon reads the instants anew after the calendar changed, and reports whether any moved.
func (d *Demand) Reckon() bool {
	if !d.Clock.Running() {
		return false
	}
	due, remind := d.DueAt, d.RemindAt
	d.set()
	if remind.IsZero() {
		d.RemindAt = time.Time{} // was reminded already
	}
	return !due.Equal(d.DueAt) || !remind.Equal(d.RemindAt)
}
