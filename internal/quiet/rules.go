package quiet

import "time"

// When messages go out, in hours of the city's day, and how long one waits at all.
const (
	opens  = 8
	closes = 20
	again  = time.Hour // until it is looked again whether an emergency is over
	giveUp = 3 * 24 * time.Hour
)

// hold is how long a message waits at a time of the city's day; 0 to send now.
func hold(at time.Time, emergency bool) time.Duration {
	switch {
	case at.Hour() < opens:
		return morning(at, 0).Sub(at)
	case at.Hour() >= closes:
		return untilMorning(at)
	case emergency:
		return again
	}
	return 0
}

// untilMorning is how long it is until the next day begins.
func untilMorning(at time.Time) time.Duration { return morning(at, 1).Sub(at) }

func morning(at time.Time, days int) time.Time {
	return time.Date(at.Year(), at.Month(), at.Day()+days, opens, 0, 0, 0, at.Location())
}
