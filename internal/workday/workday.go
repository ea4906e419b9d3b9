// Package workday does arithmetic in working hours over a calendar of weekly hours, holidays and make-up workdays.
//
// It is pure: a Calendar is data, and every instant is a parameter.
package workday

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
	_ "time/tzdata" // the city's time must not depend on what the machine has installed
)

// DefaultZone is the time zone of a Calendar that names none.
const DefaultZone = "Asia/Shanghai"

// City is the zone in which the city's days begin and end; China keeps no summer time.
var City = time.FixedZone(DefaultZone, 8*60*60)

// Options describe a city's calendar. The zero value is Monday to Friday,
// 09:00–12:00 and 13:00–17:00, without any holiday.
type Options struct {
	Zone   string // IANA name; DefaultZone if empty
	Week   Week   // DefaultWeek if all seven days are empty
	Makeup Hours  // hours of a make-up workday; those of the first working day of the week if empty
	Days   []Day  // exceptions, as from China or ReadDays; of two for one date the later stands
}

// Calendar knows when the city works. It never changes after New and may be
// used by several goroutines.
type Calendar struct {
	zone   *time.Location
	week   Week
	makeup Hours
	days   map[date]Kind
	years  map[int]bool
}

// New returns the calendar that the options describe.
func New(o Options) (*Calendar, error) {
	if o.Zone == "" {
		o.Zone = DefaultZone
	}
	if o.Week.empty() {
		o.Week = DefaultWeek()
	}
	zone, err := time.LoadLocation(o.Zone)
	if err != nil {
		return nil, fmt.Errorf("workday: time zone: %w", err)
	}
	if o.Makeup == nil {
		o.Makeup = o.Week.first()
	}
	if err := errors.Join(o.Week.check(), o.Makeup.check()); err != nil {
		return nil, err
	}
	c := &Calendar{zone: zone, week: o.Week, makeup: o.Makeup, days: map[date]Kind{}, years: map[int]bool{}}
	for _, d := range o.Days {
		c.days[d.date] = d.Kind
		c.years[d.date.year] = true
	}
	return c, nil
}

// Default returns the calendar of a Chinese city with the default hours and
// the State Council's holidays, and after them the city's own days.
func Default(own ...Day) (*Calendar, error) {
	days, err := China()
	if err != nil {
		return nil, err
	}
	return New(Options{Days: append(days, own...)})
}

// Zone returns the city's time zone.
func (c *Calendar) Zone() *time.Location { return c.zone }

// Day returns the working time of an ordinary working day, so that a limit of
// two working days can be written as 2 * c.Day().
func (c *Calendar) Day() time.Duration { return c.week.first().total() }

// Years lists the years that the calendar has holidays for.
func (c *Calendar) Years() []int { return slices.Sorted(maps.Keys(c.years)) }

// Missing lists the years from that of a to that of b for which the calendar
// has no holidays, so that every weekday of them counts as a workday. Whoever
// computes a deadline can warn of it.
func (c *Calendar) Missing(a, b time.Time) []int {
	var missing []int
	for y := a.In(c.zone).Year(); y <= b.In(c.zone).Year(); y++ {
		if !c.years[y] {
			missing = append(missing, y)
		}
	}
	return missing
}

// hours returns when the city works on a day: nothing on a holiday.
func (c *Calendar) hours(d date) Hours {
	switch c.days[d] {
	case Holiday:
		return nil
	case Makeup:
		return c.makeup
	default:
		return c.week[d.weekday()]
	}
}
