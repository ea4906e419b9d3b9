package calendar

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/workday"
)

// What can be done with the calendar.
const (
	ActView   auth.Action = "calendar.view"   // see which days are worked
	ActManage auth.Action = "calendar.manage" // enter days and hours
)

// Rules gives them to roles.
var Rules = []auth.Rule{
	{Action: ActView, Roles: []auth.Role{auth.VillageOfficial, auth.TownOfficial, auth.Department, auth.Command, auth.Hotline, auth.Auditor}},
	{Action: ActView, Roles: []auth.Role{auth.CityOffice, auth.Admin}},
	{Action: ActManage, Roles: []auth.Role{auth.CityOffice, auth.Admin}},
}

const (
	maxName     = 20             // characters
	yearsBack   = 1              // days before that have no demand to count
	yearsAhead  = 2              // nobody publishes earlier
	fewestHours = 10 * time.Hour // a week; less is a slip of the hand
)

// Change is one day as it is and as it would be.
type Change struct {
	Date             string
	Was, Will        workday.Kind
	Name             string
	Worked, WillWork bool
}

// compare returns what the days would change, and how many say what is so anyway.
func (s *State) compare(days []Day) (changes []Change, same int, err error) {
	own := make([]workday.Day, 0, len(days))
	for _, d := range days {
		day, err := workday.Days(d.Date, d.Date, d.Kind.String(), d.Name)
		if err != nil {
			return nil, 0, err
		}
		own = append(own, day...)
	}
	after, err := workday.New(workday.Options{Week: s.Week, Days: own})
	if err != nil {
		return nil, 0, err
	}
	for _, d := range days {
		was := s.days[d.Date]
		if was.Kind == d.Kind && was.Name == d.Name {
			same++
			continue
		}
		at, err := time.ParseInLocation(time.DateOnly, d.Date, after.Zone())
		if err != nil {
			return nil, 0, err
		}
		changes = append(changes, Change{Date: d.Date, Was: was.Kind, Will: d.Kind, Name: d.Name,
			Worked: s.Works(d.Date), WillWork: after.IsWorkday(at)})
	}
	slices.SortFunc(changes, func(a, b Change) int { return strings.Compare(a.Date, b.Date) })
	return changes, same, nil
}

// check refuses a day far from today or with too long a name.
func (d Day) check(now time.Time) error {
	t, err := time.Parse(time.DateOnly, d.Date)
	switch {
	case err != nil:
		return errs.Wrap(err, errs.Invalid, "calendar.bad_date").WithField("date", "calendar.bad_date")
	case t.Year() < now.Year()-yearsBack || t.Year() > now.Year()+yearsAhead:
		return errs.E(errs.Invalid, "calendar.far_date", "from", now.Year()-yearsBack, "to", now.Year()+yearsAhead).
			WithField("date", "calendar.far_date", "from", now.Year()-yearsBack, "to", now.Year()+yearsAhead)
	case utf8.RuneCountInString(d.Name) > maxName:
		return errs.E(errs.Invalid, "calendar.long_name", "max", maxName).WithField("name", "calendar.long_name", "max", maxName)
	case d.Kind.String() == "":
		return errs.E(errs.Invalid, "calendar.bad_kind").WithField("kind", "calendar.bad_kind")
	}
	return nil
}

// checkWeek refuses hours that can't be read or in which hardly anybody works.
func checkWeek(text string) error {
	week, err := workday.ParseWeek(text)
	if err != nil {
		return errs.Wrap(err, errs.Invalid, "calendar.bad_hours").WithField("hours", "calendar.bad_hours")
	}
	total := 0
	for _, hours := range week {
		for _, s := range hours {
			total += s.To - s.From
		}
	}
	if time.Duration(total)*time.Minute < fewestHours {
		return errs.E(errs.Invalid, "calendar.few_hours", "n", int(fewestHours/time.Hour)).
			WithField("hours", "calendar.few_hours", "n", int(fewestHours/time.Hour))
	}
	return nil
}

// unique sorts the days and refuses a date that is said to be two things.
func unique(days []Day) ([]Day, error) {
	days = slices.Clone(days)
	slices.SortStableFunc(days, func(a, b Day) int { return cmp.Or(strings.Compare(a.Date, b.Date), cmp.Compare(a.Kind, b.Kind)) })
	for i := 1; i < len(days); i++ {
		if days[i].Date == days[i-1].Date && days[i].Kind != days[i-1].Kind {
			return nil, errs.E(errs.Invalid, "calendar.two_kinds", "date", days[i].Date)
		}
	}
	return slices.CompactFunc(days, func(a, b Day) bool { return a.Date == b.Date }), nil
}
