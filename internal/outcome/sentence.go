package outcome

import (
	"math"
	"strconv"

	"bilin/internal/i18n"
	"bilin/internal/outcome/method"
)

// Say writes a message in the language of whoever reads it.
type Say func(key string, kv ...any) string

// Words are an indicator's words in one language.
type Words struct {
	Name, Definition, Numerator, Denominator string
}

// In returns its words in a language.
func (x Indicator) In(locale string) Words {
	if locale == i18n.EN {
		return Words{x.NameEN, x.DefEN, x.NumEN, x.DenomEN}
	}
	return Words{x.Name, x.Definition, x.Numerator, x.Denominator}
}

// Shown is a rate of one quarter, or a share, as it is shown: a rate for so many
// and a year, a share of a hundred.
func (x Indicator) Shown(v float64) float64 {
	if x.Measure == Share {
		return 100 * v
	}
	return 4 * float64(x.Per) * v
}

// Sentence explains a published light to a village secretary: what was to be
// expected, what came, how sure one can be, and whom to turn to. It speaks of
// rounded numbers only, and of places, never of people who would be to blame.
// department is the name of the source; "" where residents are.
func Sentence(locale string, say Say, x Indicator, c Cell, department string) string {
	if department == "" {
		department = say("outcome.sentence.office")
	}
	switch {
	case c.Hidden:
		return say("outcome.sentence.hidden")
	case c.Den == 0 && c.Quarters > 0 && x.Source == Feed:
		return say("outcome.sentence.dark.nothing", "span", span(say, c))
	case c.Light == Dark || c.Den == 0:
		return say(key("outcome.sentence.dark", x.Source == Feed, "feed", "residents"), "whom", department)
	}
	return say("outcome.sentence.both", "facts", facts(locale, say, x, c), "verdict", say(verdict(x, c), "whom", department))
}

func key(stem string, is bool, yes, no string) string {
	if is {
		return stem + "." + yes
	}
	return stem + "." + no
}

// facts say what an ordinary place has and what this one had.
func facts(locale string, say Say, x Indicator, c Cell) string {
	words := x.In(locale)
	here := say(key("outcome.sentence.here."+string(x.Measure), c.Num > 0, "some", "none"), "n", grouped(c.Num), "numerator", words.Numerator)
	return say("outcome.sentence."+string(x.Measure), "span", span(say, c), "usual", usual(say, c),
		"numerator", words.Numerator, "here", here, "den", grouped(c.Den), "denominator", words.Denominator)
}

// span says how long a light looks at.
func span(say Say, c Cell) string {
	return say("outcome.sentence.span." + string(rune('0'+min(max(c.Quarters, 1), 4))))
}

// usual writes what is expected as coarsely as it is known: a small number
// between two whole ones.
func usual(say Say, c Cell) string {
	const small = 10
	if c.Expected >= small {
		return say("outcome.sentence.near", "n", grouped(int(math.Round(c.Expected))))
	}
	low := int(math.Floor(c.Expected))
	return say("outcome.sentence.between", "low", low, "high", low+1)
}

// grouped writes 12,345.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// verdict is the key of what a light says.
func verdict(x Indicator, c Cell) string {
	switch {
	case c.Light == Red || c.Light == Yellow:
		return key("outcome.sentence."+string(c.Light), x.ManyIsWorse(), "many", "few")
	case c.Better:
		return "outcome.sentence.better"
	case c.Light == Green && c.P <= method.Default().AlertLevel:
		return key("outcome.sentence.edge", x.ManyIsWorse(), "many", "few")
	case c.Light == Green:
		return "outcome.sentence.green"
	}
	return "outcome.sentence.grey"
}
