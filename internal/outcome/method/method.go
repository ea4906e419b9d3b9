// Package method is the statistics behind the lights: what an ordinary place would show, and how unlikely what came is beside that.
//
// An ordinary place's true rate differs a little from the others' (people,
// roads and records do), so chance alone is no fair yardstick. The places of
// one indicator are taken to be drawn from one distribution: a gamma of rates,
// whose counts are negative-binomial, or a beta of shares, whose counts are
// beta-binomial. That is the additive over-dispersion of Spiegelhalter,
// "Funnel plots for comparing institutional performance", Statistics in
// Medicine 24 (2005) 1185-1202, section 4.2, taken exactly instead of by a
// normal approximation, because villages are small.
package method

// Version names the method that a city begins with. It changes with whatever
// changes a light.
const Version = "1"

// Second names the version that is proposed: see [JudgeSecond]. It is in force
// nowhere until a city's office puts it in force.
const Second = "2"

// Kind says how a count belongs to what it is counted over.
type Kind int

// The kinds.
const (
	Rate  Kind = iota // events over a population: Poisson
	Share             // some of a number of things: binomial
)

// Count is what was counted: Num events, or Num of Den things. 0 ≤ Num, and for
// a Share Num ≤ Den.
type Count struct {
	Num, Den int
	Parts    int // it was rounded in so many parts, see [Round]; 0 if it is exact
}

// Settings are the thresholds of the lights.
type Settings struct {
	RedFDR     float64 // of the red lights of a period, at most this share is expected to be ordinary places
	YellowFDR  float64 // and of the red and yellow ones together
	MinPower   float64 // a place is green only if one twice as bad would be noticed with this probability, else grey
	AlertLevel float64 // one-sided level at which "noticed" is meant; 0.025 is the funnel's 95% line
}

// Default are the settings that a city begins with.
func Default() Settings {
	return Settings{RedFDR: 0.05, YellowFDR: 0.20, MinPower: 0.5, AlertLevel: 0.025}
}
