package job

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Bounds of the wait between attempts.
const (
	firstWait = 2 * time.Second
	longest   = time.Hour
)

// maxError bounds the error text that is kept.
const maxError = 1000

// snooze is the error that means "later".
type snooze time.Duration

func (s snooze) Error() string { return fmt.Sprintf("snoozed for %v", time.Duration(s)) }

// Snooze is what a handler returns to be called again after d, without this
// counting as an attempt.
func Snooze(d time.Duration) error { return snooze(d) }

// fatal is an error that no further attempt would mend.
type fatal struct{ error }

func (f fatal) Unwrap() error { return f.error }

// Fatal marks an error that no further attempt would mend: the job is dead at once.
func Fatal(err error) error {
	if err == nil {
		return nil
	}
	return fatal{err}
}

// end is what becomes of a job after an attempt.
type end struct {
	state   State
	at      time.Time // when it is due again, or when it finished
	attempt int
	err     string
}

// after decides what becomes of a job after attempt number n of at most most.
// dice is in [0,1) and spreads the waits, so that what failed together isn't
// tried again together.
func after(err error, n, most int, now time.Time, dice float64) end {
	if err == nil {
		return end{state: Done, at: now, attempt: n}
	}
	if s, ok := errors.AsType[snooze](err); ok {
		return end{state: Queued, at: now.Add(max(0, time.Duration(s))), attempt: n - 1}
	}
	e := end{state: Retry, attempt: n, err: clip(err.Error())}
	if _, ok := errors.AsType[fatal](err); ok || n >= most {
		e.state, e.at = Dead, now
		return e
	}
	e.at = now.Add(wait(n, dice))
	return e
}

// wait doubles with each attempt up to a longest, and is spread over its upper half.
func wait(n int, dice float64) time.Duration {
	d := float64(firstWait) * math.Pow(2, float64(max(0, n-1)))
	d = min(d, float64(longest))
	return time.Duration(d/2 + d/2*dice)
}

func clip(text string) string {
	if len(text) <= maxError {
		return text
	}
	cut := maxError
	for cut > 0 && text[cut]&0xC0 == 0x80 { // not inside a character
		cut--
	}
	return text[:cut]
}

// nextRun is the next moment of a schedule that was due at due: on its grid,
// after now. Moments that were missed are not made up for.
func nextRun(due, now time.Time, interval time.Duration) time.Time {
	if missed := now.Sub(due); missed >= 0 {
		return due.Add((missed/interval + 1) * interval)
	}
	return due
}
