// Package outcome says how places fare, from departments' own data and from what residents said, with statistics that know what chance can do.
//
// Nothing is asked of the network for it: the source of an indicator is a
// department's feed, or what residents said of their demands and when. What
// leads or villages do (visits, tasks, notices, log-ins) has no way in: Source
// is a closed list, and a test holds it.
package outcome

import (
	_ "embed"
	"math"
	"time"

	"bilin/internal/i18n"
)

//go:embed messages.json
var raw []byte

// Messages are this package's words.
var Messages = i18n.MustParse(raw)

// Source is where an indicator's numbers come from. The list is closed.
type Source string

// The sources.
const (
	Feed      Source = "feed"      // a department's own data: file, HTTP or SQL
	Confirmed Source = "confirmed" // residents: of the demands said to be resolved, confirmed by who raised them
	Reopened  Source = "reopened"  // residents: of the demands said to be resolved, re-opened by who raised them
	Prompt    Source = "prompt"    // residents: of the demands confirmed, within PromptDays of asking
)

// Sources lists them.
func Sources() []Source { return []Source{Feed, Confirmed, Reopened, Prompt} }

// PromptDays is how many calendar days a confirmed answer may take to count as prompt.
const PromptDays = 15

// Measure says how numerator and denominator belong together.
type Measure string

// The measures.
const (
	Rate  Measure = "rate"  // events over a population that brings them forth: Poisson
	Share Measure = "share" // some of a number of things: binomial
)

// Better is the direction of an indicator.
type Better string

// The directions.
const (
	Lower  Better = "lower"
	Higher Better = "higher"
)

// Indicator is one outcome figure.
type Indicator struct {
	ID, Code             string
	Name, NameEN         string
	Definition, DefEN    string // in a sentence that a village secretary understands
	Department           string // code; "" where residents are the source
	Source               Source
	Measure              Measure
	Better               Better
	Numerator, NumEN     string // what is counted, such as "fires"
	Denominator, DenomEN string // over what, such as "residents"
	Per                  int    // a rate is shown per so many; 100 for a share
	Weight               int    // 0 to 10 in a town's summary; 0 for context
	Context              bool   // shown beside the others and never judged: complaints, hotline calls, petitions
	Window               int    // quarters that a light looks at, 1 to 4
	Retired              bool
	Sort                 int
	Version              int
}

// Value is what a source says of one village in one quarter.
type Value struct {
	IndicatorID, UnitID string
	Period              Period
	Num, Den            int
	Version             int   // from 1; a later or corrected value is a new one
	Seq                 int64 // the order in which values came, over all; a release names the last it knew
	BatchID             string
	At                  time.Time
}

// Batch is one delivery of values, and where it came from.
type Batch struct {
	ID, IndicatorID string
	Way             Way
	Name            string // of the file or the pull
	SHA256          string // of what came
	Rows, New       int    // rows read; values that are new or differ
	ByID, By        string
	At              time.Time
}

// Way is how a batch came.
type Way string

// The ways.
const (
	File   Way = "file"
	HTTP   Way = "http"
	SQL    Way = "sql"
	Demand Way = "residents"
)

// Decision puts a version of the method in force from a quarter on.
type Decision struct {
	ID      string
	From    Period
	Version string
	Why, By string
	At      time.Time
}

// Light is what a village shows for an indicator.
type Light string

// The lights. Grey is too few to tell; Dark means that there is no data.
const (
	Red    Light = "red"
	Yellow Light = "yellow"
	Green  Light = "green"
	Grey   Light = "grey"
	Dark   Light = "dark"
)

// Cell is one village's light for one indicator in one period, with what it
// rests on: counts rounded as in small.go, so that all of it can be published.
type Cell struct {
	UnitID, IndicatorID string
	Period              Period
	Num, Den            int     // over the indicator's window; multiples of method.Base
	Parts               int     // in which they were rounded
	Quarters            int     // of the window that have data
	Expected            float64 // Num of an ordinary village with this Den
	Low, High           float64 // 95% interval of the village's own rate or share
	Shrunk              float64 // its rate or share, drawn towards the others' by as much as it is uncertain
	Z                   float64 // standardised; above 0 is worse
	P                   float64 // of seeing this or worse in an ordinary village
	Q                   float64 // the same after looking at all cells of the period (Benjamini-Hochberg)
	Power               float64 // chance that a village twice as bad would be noticed
	Light               Light
	Better              bool    // as unlikely on the good side
	Trend               float64 // change of the log rate or log odds per year; above 0 is worse
	TrendP              float64
	Hidden              bool // on so few people that there are no numbers
}

// rounded keeps six significant digits of what was reckoned.
func (c Cell) rounded() Cell {
	for _, x := range []*float64{&c.Expected, &c.Low, &c.High, &c.Shrunk, &c.Z, &c.P, &c.Q, &c.Power, &c.Trend, &c.TrendP} {
		*x = significant(*x)
	}
	return c
}

func significant(x float64) float64 {
	if math.Abs(x) < 1e-300 || math.IsInf(x, 0) || math.IsNaN(x) {
		return 0
	}
	scale := math.Pow(10, 5-math.Floor(math.Log10(math.Abs(x))))
	return math.Round(x*scale) / scale
}
