package outcome

import (
	"fmt"
	"time"

	"bilin/internal/errs"
)

// Period is a quarter: four times the year, plus 0 to 3.
type Period int

// First and last year of a period.
const (
	firstYear = 2000
	lastYear  = 2199
)

// ParsePeriod reads "2026Q3".
func ParsePeriod(s string) (Period, error) {
	var year, quarter int
	if n, err := fmt.Sscanf(s, "%4dQ%1d", &year, &quarter); err != nil || n != 2 || len(s) != 6 || quarter < 1 || quarter > 4 || year < firstYear || year > lastYear {
		return 0, errs.E(errs.Invalid, "outcome.bad_period", "value", s)
	}
	return Period(4*year + quarter - 1), nil
}

// PeriodOf is the quarter of a day in the city.
func PeriodOf(at time.Time) Period {
	at = at.In(city)
	return Period(4*at.Year() + (int(at.Month())-1)/3)
}

var city = time.FixedZone("CST", 8*60*60)

// Year is the period's year.
func (p Period) Year() int { return int(p) / 4 }

// Quarter is its quarter, 1 to 4.
func (p Period) Quarter() int { return int(p)%4 + 1 }

// String writes "2026Q3".
func (p Period) String() string { return fmt.Sprintf("%04dQ%d", p.Year(), p.Quarter()) }

// Begin is the first moment of the period in the city.
func (p Period) Begin() time.Time {
	return time.Date(p.Year(), time.Month(3*(p.Quarter()-1)+1), 1, 0, 0, 0, 0, city)
}

// End is the first moment after it.
func (p Period) End() time.Time { return (p + 1).Begin() }
