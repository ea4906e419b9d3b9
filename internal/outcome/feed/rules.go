package feed

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/outcome"
)

// Problem is what is wrong in a row. What was expected there is the message
// "outcome.feed.expect." and the column.
type Problem struct {
	Row    int // as it is numbered
	Column string
	Value  string // as it was written
	Code   string // message key
	Args   []any
}

// Check reads rows for an indicator: those that are right, and what is wrong with
// the others. now is the quarter that runs.
func Check(tree *network.Tree, x outcome.Indicator, now outcome.Period, rows []Row) (good []outcome.Row, problems []Problem) {
	c := checker{places: placesOf(tree), x: x, now: now, seen: map[place]int{}}
	for _, r := range rows {
		before := len(c.problems)
		if row := c.row(r); len(c.problems) == before {
			good = append(good, row)
		}
	}
	return good, c.problems
}

type place struct {
	unit   string
	period outcome.Period
}

type checker struct {
	places   *places
	x        outcome.Indicator
	now      outcome.Period
	seen     map[place]int
	problems []Problem
}

func (c *checker) fail(r Row, column, value, code string, args ...any) {
	c.problems = append(c.problems, Problem{r.Number, column, value, code, args})
}

func (c *checker) row(r Row) (out outcome.Row) {
	before := len(c.problems)
	out.UnitID = c.village(r)
	p, ok := Period(r.Period)
	switch {
	case fold(r.Period) == "":
		c.fail(r, ColPeriod, r.Period, "outcome.feed.missing")
	case !ok:
		c.fail(r, ColPeriod, r.Period, "outcome.feed.bad_period")
	case p > c.now:
		c.fail(r, ColPeriod, r.Period, "outcome.feed.future", "period", p.String())
	}
	out.Period = p
	out.Num, out.Den = c.number(r, ColNum, r.Num), c.number(r, ColDen, r.Den)
	if len(c.problems) > before {
		return out
	}
	if err := c.x.CheckCount(out.Num, out.Den); err != nil {
		e := errs.As(err)
		column, value := ColNum, r.Num
		if e.Code == "outcome.no_denominator" {
			column, value = ColDen, r.Den
		}
		c.fail(r, column, value, e.Code, e.Args...)
	}
	at := place{out.UnitID, p}
	if first, twice := c.seen[at]; twice {
		c.fail(r, ColVillage, r.name(), "outcome.feed.twice", "row", first)
	} else {
		c.seen[at] = r.Number
	}
	return out
}

// name is how a row names its village.
func (r Row) name() string {
	if r.Village == "" {
		return r.Code
	}
	return r.Village
}

func (c *checker) number(r Row, column, text string) int {
	folded := strings.NewReplacer(",", "", " ", "", "'", "").Replace(fold(text))
	folded = strings.TrimSuffix(strings.TrimSuffix(folded, ".0"), ".00")
	n, err := strconv.Atoi(folded)
	switch {
	case folded == "":
		c.fail(r, column, text, "outcome.feed.missing")
	case err != nil:
		c.fail(r, column, text, "outcome.feed.bad_number")
	case n < 0 || n > outcome.MaxCount:
		c.fail(r, column, text, "outcome.bad_count", "max", outcome.MaxCount)
	}
	return n
}

// village finds the village that a row speaks of.
func (c *checker) village(r Row) string {
	code, name, town := fold(r.Code), fold(r.Village), fold(r.Town)
	if code == "" && twelve.MatchString(name) {
		code, name = name, ""
	}
	byCode, byName := "", ""
	if code != "" {
		if byCode = c.byCode(r, code); byCode == "" {
			return ""
		}
	}
	if name != "" {
		if byName = c.byName(r, town, name, byCode != ""); byName == "" && byCode == "" {
			return ""
		}
	}
	switch {
	case byCode == "" && byName == "":
		c.fail(r, ColVillage, "", "outcome.feed.missing")
	case byCode != "" && byName != "" && byCode != byName:
		c.fail(r, ColCode, r.Code, "outcome.feed.other_village", "name", c.places.label(byCode))
	case byCode != "":
		return byCode
	}
	return byName
}

var twelve = regexp.MustCompile(`^\d{9,}$`)

// lost is how a spreadsheet writes a code whose last digits it has forgotten.
var lost = regexp.MustCompile(`^\d(\.\d+)?e\+?\d+$`)

func (c *checker) byCode(r Row, code string) string {
	if id := c.places.code[code]; id != "" {
		return id
	}
	switch successor := c.places.merged(code); {
	case successor != "":
		c.fail(r, ColCode, code, "outcome.feed.merged", "name", successor)
	case lost.MatchString(code):
		c.fail(r, ColCode, code, "outcome.feed.lost_digits")
	default:
		c.fail(r, ColCode, code, "outcome.feed.no_code")
	}
	return ""
}

// byName finds a village by its name; where a code has told already, a name that
// isn't known is a way to write it.
func (c *checker) byName(r Row, town, name string, told bool) string {
	found := c.places.find(town, name)
	switch {
	case len(found) == 1:
		return found[0]
	case told:
	case len(found) == 0:
		c.fail(r, ColVillage, r.Village, "outcome.feed.no_village")
	default:
		c.fail(r, ColVillage, r.Village, "outcome.feed.which_village", "n", len(found), "names", strings.Join(c.places.labels(found), "、"))
	}
	return ""
}

var quarters = regexp.MustCompile(`^(\d{4})(?:[年\-/._]?(?:第)?([1-4一二三四])季度?|[年\-/._]?q([1-4]))$`)

// Period reads a quarter as people write it: 2026Q3, 2026年三季度, 2026-3季度. What
// could as well be a month isn't read.
func Period(text string) (outcome.Period, bool) {
	m := quarters.FindStringSubmatch(fold(text))
	if m == nil {
		return 0, false
	}
	quarter := m[2] + m[3]
	if i := strings.Index("一二三四", quarter); i >= 0 && len(quarter) > 1 {
		quarter = strconv.Itoa(i/3 + 1)
	}
	p, err := outcome.ParsePeriod(m[1] + "Q" + quarter)
	return p, err == nil
}

// fold makes two ways to type the same equal: full-width letters and digits, case,
// white space and what can't be seen.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToLower(norm.NFKC.String(s)))
}
