package quiet

import (
	"hash/fnv"
	"time"
)

// When messages go out, in hours of the city's day, and how long one waits at all.
const (
	opens  = 8
	closes = 20
	waking = 30 * time.Minute // over which a morning's messages go out: what else is due then isn't behind them
	again  = time.Hour        // until it is looked again whether an emergency is over
	yield  = time.Minute
	giveUp = 3 * 24 * time.Hour
)

// hold is how long a message waits at a time of the city's day, and its part of
// the morning with it; 0 to send now.
func hold(at time.Time, emergency bool, part time.Duration) time.Duration {
	switch {
	case at.Hour() < opens:
		return morning(at, 0).Sub(at) + part
	case at.Hour() >= closes:
		return untilMorning(at) + part
	case emergency:
		return again
	}
	return 0
}

// spread is a message's part of the morning.
func spread(id string) time.Duration {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // never fails
	return time.Duration(h.Sum32()%uint32(waking/time.Second)) * time.Second
}

// untilMorning is how long it is until the next day begins.
func untilMorning(at time.Time) time.Duration { return morning(at, 1).Sub(at) }

func morning(at time.Time, days int) time.Time {
	return time.Date(at.Year(), at.Month(), at.Day()+days, opens, 0, 0, 0, at.Location())
}
