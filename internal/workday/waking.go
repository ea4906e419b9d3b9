package workday

import "time"

// When people may be called, or told of what can wait: o'clock in the City.
const (
	Waking = 8
	Rest   = 20
)

// UntilWaking is how long it is at a time until people may be called; 0 by day.
func UntilWaking(now time.Time) time.Duration {
	now = now.In(City)
	switch {
	case now.Hour() < Waking:
		return waking(now, 0).Sub(now)
	case now.Hour() >= Rest:
		return UntilMorning(now)
	}
	return 0
}

// UntilMorning is how long it is at a time until tomorrow's Waking.
func UntilMorning(now time.Time) time.Duration {
	now = now.In(City)
	return waking(now, 1).Sub(now)
}

func waking(now time.Time, days int) time.Time {
	return time.Date(now.Year(), now.Month(), now.Day()+days, Waking, 0, 0, 0, City)
}
