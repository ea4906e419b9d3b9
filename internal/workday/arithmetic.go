package workday

import "time"

// IsWorkday reports whether the city works at some time of t's day.
func (c *Calendar) IsWorkday(t time.Time) bool {
	return len(c.hours(dateOf(t.In(c.zone)))) > 0
}

// IsOpen reports whether t lies within working hours.
func (c *Calendar) IsOpen(t time.Time) bool { return c.NextOpen(t).Equal(t) }

// NextOpen returns t if it lies within working hours, and otherwise the
// instant at which they next begin.
func (c *Calendar) NextOpen(t time.Time) time.Time {
	t = t.In(c.zone)
	for d := dateOf(t); ; d = d.next() {
		for _, s := range c.hours(d) {
			from, to := c.bounds(d, s)
			if t.Before(to) {
				return later(from, t)
			}
		}
	}
}

// Add returns the earliest instant at which d of working time has passed since
// start; for a negative d the latest instant from which -d passes until start.
func (c *Calendar) Add(start time.Time, d time.Duration) time.Time {
	start = start.In(c.zone)
	if d == 0 {
		return start
	}
	if d < 0 {
		return c.back(start, -d)
	}
	for day := dateOf(start); ; day = day.next() {
		for _, s := range c.hours(day) {
			from, to := c.bounds(day, s)
			from = later(from, start)
			open := max(to.Sub(from), 0)
			if open >= d {
				return from.Add(d)
			}
			d -= open
		}
	}
}

func (c *Calendar) back(end time.Time, d time.Duration) time.Time {
	for day := dateOf(end); ; day = day.previous() {
		hours := c.hours(day)
		for i := len(hours) - 1; i >= 0; i-- {
			from, to := c.bounds(day, hours[i])
			to = earlier(to, end)
			open := max(to.Sub(from), 0)
			if open >= d {
				return to.Add(-d)
			}
			d -= open
		}
	}
}

// Between returns the working time from a to b, negative if b is before a.
func (c *Calendar) Between(a, b time.Time) time.Duration {
	if b.Before(a) {
		return -c.Between(b, a)
	}
	a, b = a.In(c.zone), b.In(c.zone)
	var sum time.Duration
	for d, last := dateOf(a), dateOf(b); !last.before(d); d = d.next() {
		for _, s := range c.hours(d) {
			from, to := c.bounds(d, s)
			sum += max(earlier(to, b).Sub(later(from, a)), 0)
		}
	}
	return sum
}

// bounds returns the instants at which a stretch of a day begins and ends.
func (c *Calendar) bounds(d date, s Span) (from, to time.Time) {
	at := func(minute int) time.Time {
		return time.Date(d.year, d.month, d.day, 0, minute, 0, 0, c.zone)
	}
	return at(s.From), at(s.To)
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
