// Package calendar keeps when the city works: China's published holidays, the city's own days over them, and its weekly hours.
package calendar

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"bilin/internal/i18n"
	"bilin/internal/workday"
)

//go:embed messages.json
var raw []byte

// Messages are this package's words.
var Messages = i18n.MustParse(raw)

// Day is a day that differs from the ordinary week.
type Day struct {
	Date string // YYYY-MM-DD
	Kind workday.Kind
	Name string // what is celebrated or made up for
	Own  bool   // entered by the city, not built in
}

// State is the calendar at one moment. It never changes.
type State struct {
	Week     workday.Week
	OwnWeek  bool // set by the city
	calendar *workday.Calendar
	days     map[string]Day
}

// newState makes a calendar of weekly hours ("" for the default) and the city's own days.
func newState(week string, own []workday.Day) (*State, error) {
	china, err := workday.China()
	if err != nil {
		return nil, err
	}
	s := &State{Week: workday.DefaultWeek(), OwnWeek: week != "", days: map[string]Day{}}
	if s.OwnWeek {
		if s.Week, err = workday.ParseWeek(week); err != nil {
			return nil, fmt.Errorf("calendar: stored hours: %w", err)
		}
	}
	for _, d := range china {
		s.days[d.Date()] = Day{Date: d.Date(), Kind: d.Kind, Name: d.Name}
	}
	for _, d := range own {
		s.days[d.Date()] = Day{Date: d.Date(), Kind: d.Kind, Name: d.Name, Own: true}
	}
	s.calendar, err = workday.New(workday.Options{Week: s.Week, Days: append(china, own...)})
	return s, err
}

// Calendar returns the arithmetic over this state.
func (s *State) Calendar() *workday.Calendar { return s.calendar }

// Day returns what the calendar says of a date beyond the ordinary week.
func (s *State) Day(date string) (Day, bool) {
	d, ok := s.days[date]
	return d, ok
}

// Days returns the exceptions of a year in order.
func (s *State) Days(year int) []Day {
	prefix := fmt.Sprintf("%04d-", year)
	var out []Day
	for _, date := range slices.Sorted(maps.Keys(s.days)) {
		if strings.HasPrefix(date, prefix) {
			out = append(out, s.days[date])
		}
	}
	return out
}

// fewestHolidays is how many free days make a year's list: the law gives 13, and
// a day off of the city's own is not the State Council's list.
const fewestHolidays = 10

// Published reports whether the calendar has the holidays of a year.
func (s *State) Published(year int) bool {
	n := 0
	for _, d := range s.Days(year) {
		if d.Kind == workday.Holiday {
			n++
		}
	}
	return n >= fewestHolidays
}

// Works reports whether the city works on a date.
func (s *State) Works(date string) bool {
	t, err := time.ParseInLocation(time.DateOnly, date, s.calendar.Zone())
	return err == nil && s.calendar.IsWorkday(t)
}

// ahead is how far into the future a limit given today may reach: 60 working
// days over a Spring Festival.
const ahead = 100 * 24 * time.Hour

// missing lists the years for which holidays are needed now and are not there.
func (s *State) missing(now time.Time) []int {
	var out []int
	now = now.In(s.calendar.Zone())
	for y := now.Year(); y <= now.Add(ahead).Year(); y++ {
		if !s.Published(y) {
			out = append(out, y)
		}
	}
	return out
}
