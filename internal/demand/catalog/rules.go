package catalog

import (
	"time"

	"bilin/internal/errs"
)

// check refuses a limit outside its bounds.
func (l Limit) check() error {
	switch {
	case !l.Urgency.valid() || !l.Rung.valid():
		return errs.E(errs.Invalid, "catalog.no_such_limit")
	case l.Time < MinLimit || l.Time > MaxLimit || l.Time%time.Minute != 0:
		return errs.E(errs.Invalid, "catalog.bad_limit", "days", int(MaxLimit/WorkingDay))
	}
	return nil
}
