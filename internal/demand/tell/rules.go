package tell

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"bilin/internal/demand"
)

// Word is which message it is; "demand.tell." + Word is its key.
type Word string

// The words, the weightiest first: of what happens at once, a resident hears one.
const (
	Resolved   Word = "resolved"
	Asked      Word = "asked"
	AskedAgain Word = "asked_again"
	Lapsed     Word = "lapsed"
	Accepted   Word = "accepted"
	Climbed    Word = "climbed"
	Overdue    Word = "overdue"
	Owed       Word = "owed"      // the city failed it; somebody senior answers by a date
	OwedLate   Word = "owed_late" // and didn't
	Merged     Word = "merged"
	Moved      Word = "moved"
	Answered   Word = "answered"
	Raised     Word = "raised"
	Followed   Word = "followed" // to those who have the same trouble
	Reminded   Word = "reminded" // to the handler, whose time limit is near
)

func weights() []Word {
	return []Word{Resolved, Asked, AskedAgain, Lapsed, Owed, OwedLate, Accepted, Climbed, Overdue, Merged, Moved, Answered, Raised}
}

// pick chooses what the author hears of events that happened at once, and of
// which entry. What they did themselves they know.
func pick(d *demand.Demand, events []demand.Event) (word Word, seq int, ok bool) {
	best := len(weights())
	for _, e := range events {
		if slices.Contains([]demand.Step{demand.StepReopened, demand.StepSaid, demand.StepWithdrawn}, e.Step) {
			return "", 0, false
		}
		if e.Step == demand.StepRaised && d.Source == demand.FromResident {
			return "", 0, false // the receipt is on their screen
		}
		if w, told := wordFor(e); told {
			if i := slices.Index(weights(), w); i < best {
				best, word, seq, ok = i, w, e.Seq, true
			}
		}
	}
	if slices.ContainsFunc(events, func(e demand.Event) bool { return e.Step == demand.StepRaised }) && ok {
		return Raised, events[0].Seq, true
	}
	return word, seq, ok
}

func wordFor(e demand.Event) (Word, bool) {
	switch e.Step {
	case demand.StepRaised:
		return Raised, true
	case demand.StepAccepted, demand.StepTaken:
		return Accepted, true
	case demand.StepAnswered, demand.StepAdopted, demand.StepOwedAnswered:
		return Answered, true
	case demand.StepOwed:
		return Owed, true
	case demand.StepOwedLate:
		return OwedLate, true
	case demand.StepAsked:
		return Asked, true
	case demand.StepResolved:
		return Resolved, true
	case demand.StepLapsed:
		return Lapsed, true
	case demand.StepAskedAgain:
		return AskedAgain, true
	case demand.StepOverdue:
		return Overdue, true
	case demand.StepMerged:
		return Merged, true
	case demand.StepAssigned:
		if e.Reason == demand.ReasonOverdue {
			return Climbed, true
		}
		return Moved, true
	}
	return "", false
}

// starts reports whether a message that got through starts the seven days.
func (w Word) starts() bool { return w == Resolved || w == Asked }

// Waits between attempts, and how long a message is tried at all.
const (
	firstWait = 2 * time.Second
	longest   = 10 * time.Minute
	giveUp    = 24 * time.Hour  // after this an attempt that fails is the last
	inOrder   = 5 * time.Second // until it is looked again whether an earlier message went out
)

// wait doubles with each attempt up to a longest, spread over its upper half by
// dice in [0,1).
func wait(attempts int, dice float64) time.Duration {
	d := firstWait << min(max(attempts-1, 0), 20)
	d = min(d, longest)
	return d/2 + time.Duration(dice*float64(d/2))
}

// maxWho keeps a message short.
const maxWho = 16

// who names a post holder as residents know them: the office and the name, or
// the office alone if that is long.
func who(unit, name string) string {
	full := unit + name
	if utf8.RuneCountInString(full) <= maxWho {
		return full
	}
	if utf8.RuneCountInString(unit) <= maxWho && unit != "" {
		return unit
	}
	return string([]rune(full)[:maxWho-1]) + "…"
}

// mobile is a telephone number as a gateway wants it: digits only.
func mobile(contact string) string {
	return strings.Map(func(r rune) rune {
		if r >= '０' && r <= '９' {
			return r - '０' + '0'
		}
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, contact)
}
