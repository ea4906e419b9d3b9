package rehearsal

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"bilin/internal/mobilise"
)

// Answers is how people behave.
type Answers string

// The ways in which people behave.
const (
	Realistic Answers = "realistic" // most answer within minutes, some only the call, some never
	None      Answers = "none"      // nobody answers
	All       Answers = "all"       // everybody comes
	Flood     Answers = "flood"     // everybody answers at once
)

// Profiles lists them.
func Profiles() []Answers { return []Answers{Realistic, None, All, Flood} }

// Of a thousand people in a realistic rehearsal.
const (
	never    = 80  // don't answer, and some of them only open the door
	cant     = 120 // can't come
	onlyCall = 150 // of those who answer: not the message, but the call
	noReport = 30  // no word comes back of whether it was delivered
	home     = 750 // of those who never answer: are found at home
	arrive   = 950 // of those who come: are noted as there
)

// refusedNumbers end in this; so does one in a hundred.
const refusedNumbers = "77"

// Story is what one person does, in the time of the rehearsal.
type Story struct {
	Silent    bool          // never answers
	ByCall    bool          // answers the call and not the message
	After     time.Duration // from the message to the answer
	Cant      mobilise.Reason
	Arrives   time.Duration // from the answer until they are there; 0: nobody notes it
	Delivered time.Duration // from the message until it is on their telephone; 0: nobody says so
	Home      bool          // is found by whoever knocks
	Door      time.Duration // from when somebody is told to knock until they are there
	Looks     bool          // opens the page first
}

// storyOf draws one person's story; the same seed always tells the same.
func storyOf(a Answers, seed uint64, n int) Story {
	dice := rand.New(rand.NewPCG(seed, uint64(n))) //nolint:gosec // a story, not a secret; n counts people
	of := func(thousand int) bool { return dice.IntN(1000) < thousand }
	s := Story{After: minutes(dice, 3.5, 0.9), Arrives: minutes(dice, 14, 0.4), Door: minutes(dice, 5, 0.6),
		Delivered: time.Second + time.Duration(dice.IntN(8000))*time.Millisecond, Looks: of(100)}
	silent, refuses, call, lost, found, noted := of(never), of(cant*1000/(1000-never)), of(onlyCall), of(noReport), of(home), of(arrive)
	reason := mobilise.Reasons()[dice.IntN(len(mobilise.Reasons()))]
	switch a {
	case Flood:
		return Story{}
	case All:
		return s
	case None:
		s.Silent = true
		return s
	case Realistic:
	}
	s.Silent, s.ByCall, s.Home = silent, call, found
	if refuses {
		s.Cant = reason
	}
	if lost {
		s.Delivered = 0
	}
	if !noted {
		s.Arrives = 0
	}
	return s
}

// minutes draws a log-normal time of a median.
func minutes(dice *rand.Rand, median, spread float64) time.Duration {
	return time.Duration(median * math.Exp(dice.NormFloat64()*spread) * float64(time.Minute))
}

// lasts is how long a rehearsal's story is, and how long it takes on the clock
// on the wall unless somebody says otherwise.
func (a Answers) lasts() (story, wall time.Duration) {
	switch a {
	case None:
		return 14 * time.Minute, 20 * time.Second
	case Flood:
		return 0, 0
	case Realistic, All:
	}
	return 30 * time.Minute, 40 * time.Second
}

// percentile is the duration that so many in a hundred don't exceed.
func percentile(list []time.Duration, p float64) time.Duration {
	if len(list) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(list))
	return sorted[min(len(sorted)-1, int(float64(len(sorted))*p/100))]
}

// pace is how many a second came while the middle eight in ten came: neither
// the first who hurried nor the last who took their time make it look better.
func pace(at []time.Time) float64 {
	n := len(at)
	if n < 10 {
		return 0
	}
	sorted := slices.SortedFunc(slices.Values(at), time.Time.Compare)
	from, to := n/10, n-1-n/10
	span := sorted[to].Sub(sorted[from]).Seconds()
	if span <= 0 {
		return 0
	}
	return float64(to-from) / span
}
