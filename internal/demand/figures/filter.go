package figures

import (
	"time"

	"bilin/internal/errs"
	"bilin/internal/workday"
)

// MostMonths is the longest period that is counted at once.
const MostMonths = 36

// usualMonths is the period where none is asked for.
const usualMonths = 12

// Filter says what is counted. The zero value asks for all that the actor may
// count, of the last twelve months.
type Filter struct {
	UnitCode     string // a unit; empty: the first the actor may count
	DepartmentID string // what this department has; empty: whoever has it
	CategoryID   string // of either level; empty: all
	From, To     string // months "2026-04", both included; empty: the last twelve
}

const month = "2006-01"

// over fills in the period and refuses one that can't be counted.
func (f Filter) over(now time.Time) (Filter, error) {
	this := now.In(workday.City)
	if f.To == "" {
		f.To = this.Format(month)
	}
	to, err := time.Parse(month, f.To)
	if err != nil {
		return f, errs.Wrap(err, errs.Invalid, "demand.figures.bad_month")
	}
	if f.From == "" {
		f.From = to.AddDate(0, 1-usualMonths, 0).Format(month)
	}
	from, err := time.Parse(month, f.From)
	switch {
	case err != nil:
		return f, errs.Wrap(err, errs.Invalid, "demand.figures.bad_month")
	case from.After(to):
		return f, errs.E(errs.Invalid, "demand.figures.backwards")
	case from.AddDate(0, MostMonths, 0).Before(to.AddDate(0, 1, 0)):
		return f, errs.E(errs.Invalid, "demand.figures.too_long", "n", MostMonths)
	}
	return f, nil
}

// months lists the period's months.
func (f Filter) months() []string {
	var list []string
	at, err := time.Parse(month, f.From)
	for ; err == nil && at.Format(month) <= f.To; at = at.AddDate(0, 1, 0) {
		list = append(list, at.Format(month))
	}
	return list
}
