package quiet

import (
	"hash/fnv"
	"time"

	"bilin/internal/workday"
)

// How long messages wait.
const (
	waking = 30 * time.Minute // over which a morning's messages go out: what else is due then isn't behind them
	again  = time.Hour        // until it is looked again whether an emergency is over
	yield  = time.Minute
	giveUp = 3 * 24 * time.Hour
)

// hold is how long a message waits at a time, and its part of
// the morning with it; 0 to send now.
func hold(at time.Time, emergency bool, part time.Duration) time.Duration {
	if d := workday.UntilWaking(at); d > 0 {
		return d + part
	}
	if emergency {
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
