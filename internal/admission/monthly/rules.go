package monthly

import (
	"time"

	"bilin/internal/admission"
)

// Facts are what the gate asks about one task.
type Facts struct {
	Matter     *admission.Matter // nil: there is none
	Month      admission.Month
	Now        time.Time // in the city's zone
	Published  bool      // the month's list is
	Listed     bool      // the matter stands on it
	InAudience bool
	Objected   bool // the village, or the town over it, said no
	Served     bool // somebody serves in the post
	Already    bool // there is such a task
	Paused     bool // the unit is in emergency mode
	Asked      int  // minutes of the lead's month that are taken
	Minutes    int  // minutes of this task
	Budget     int
}

// Gate returns the rule by which a task is refused, or Passes. An emergency
// permit needs neither list nor budget, but its end must not have come.
func Gate(f Facts) Rule {
	if rule := permit(f); rule != Passes {
		return rule
	}
	m := f.Matter
	if !m.Emergency {
		switch {
		case !f.Published:
			return NoList
		case !f.Listed:
			return NotOnList
		}
	}
	switch {
	case !f.InAudience:
		return NotInAudience
	case !m.Due(f.Month) || f.Minutes == 0:
		return NotDue
	case f.Objected:
		return Objected
	case !f.Served:
		return NoLead
	case f.Already:
		return Already
	}
	switch {
	case m.Emergency:
		return Passes
	case f.Paused && !m.Standing: // care is owed in an emergency too
		return Paused
	case f.Asked+f.Minutes > f.Budget:
		return OverBudget
	}
	return Passes
}

// permit is whether the matter's permit is valid for the month.
func permit(f Facts) Rule {
	m := f.Matter
	switch {
	case m == nil:
		return NoMatter
	case m.State == admission.Revoked:
		return RevokedRule
	case m.State == admission.Expired || m.Lapsed(f.Now) || m.State == admission.Admitted && m.Until < f.Month.First():
		return ExpiredRule
	case m.State != admission.Admitted:
		return NotAdmitted
	case m.From > f.Month.Last():
		return NotStarted
	}
	return Passes
}
