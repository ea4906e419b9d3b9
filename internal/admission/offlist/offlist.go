// Package offlist takes reports of work that reached leads past the monthly list, and protects whoever reports.
//
// Nobody reads who reported: the reporter is sealed, and finds their own
// reports by a blind index. The department concerned learns of a report only
// what the city office wrote about it, with the month and the town.
package offlist

import (
	_ "embed"
	"strings"
	"time"
	"unicode/utf8"

	"bilin/internal/admission"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/number"
	"bilin/internal/plaintext"
)

//go:embed messages.json
var raw []byte

// Messages are this package's words.
var Messages = i18n.MustParse(raw)

// What can be done with reports.
const (
	ActReport auth.Action = "offlist.report" // report, and read one's own
	ActSettle auth.Action = "offlist.settle" // read what was reported and settle it
	ActRead   auth.Action = "offlist.read"   // read what was settled about one's own department
)

// Rules gives them to roles.
var Rules = []auth.Rule{
	{Action: ActReport, Roles: []auth.Role{auth.Lead, auth.GroupLead, auth.AreaLead, auth.LinkedOfficial, auth.VillageOfficial, auth.TownOfficial}, Own: true},
	{Action: ActSettle, Roles: []auth.Role{auth.CityOffice}},
	{Action: ActRead, Roles: []auth.Role{auth.Department}, OfDepartment: true},
}

// Way is how the work came.
type Way string

// The ways.
const (
	Phone   Way = "phone"
	Chat    Way = "chat"
	Meeting Way = "meeting"
	Paper   Way = "paper"
	App     Way = "app"
)

// Ways lists them.
func Ways() []Way { return []Way{Phone, Chat, Meeting, Paper, App} }

// State is where a report stands.
type State string

// The states.
const (
	Open      State = "open"
	Confirmed State = "confirmed" // it counts against the department
	Dismissed State = "dismissed" // it counts against nobody
)

// Bounds of what is entered: texts in characters, the time in minutes.
const (
	MaxWhat    = 300
	MaxSummary = 200
	MaxMinutes = 600
	OldestDays = 92 // back that a report reaches
	mostADay   = 20 // reports of one reporter
)

// Report is work that came past the list.
type Report struct {
	Key          string
	UnitID       string // of the post it came to; one of the reporter's own
	DepartmentID string // whose work it is
	Way          Way
	What         string // in the reporter's words
	Day          string // on which it came, "YYYY-MM-DD"; "" is today
	Minutes      int    // it took or would take; 0 if not said
}

// Mine is a report as whoever sent it sees it.
type Mine struct {
	Number, Day, DepartmentID string
	Way                       Way
	What                      string
	Minutes                   int
	State                     State
	Summary                   string // the city office's words
	ID                        string // for paging
}

// Item is a report as the city office sees it: where and what, not who.
type Item struct {
	ID, Number, Month, Day string
	TownID, VillageID      string // VillageID "" if it came to the town
	DepartmentID           string
	Way                    Way
	What                   string
	Minutes                int
	State                  State
	Summary                string
	DecidedAt              time.Time // zero before
	CreatedAt              time.Time
	Version                int
}

// Seen is all that a department learns of a report that was confirmed.
type Seen struct {
	Month   admission.Month
	TownID  string
	Summary string // the city office's words
}

// Settle is the city office's decision on a report.
type Settle struct {
	Key, Number string
	Confirm     bool   // it counts against the department
	Summary     string // of a confirmed one what the department is told, else why not
	Version     int    // at which it was shown
}

// check cleans a report and refuses what doesn't fit. today is the city's day.
func (r Report) check(today string) (Report, error) {
	r.What = plaintext.OneLine(r.What)
	if r.Day == "" {
		r.Day = today
	}
	day, err := time.Parse(time.DateOnly, r.Day)
	now, _ := time.Parse(time.DateOnly, today) // the zero time refuses every day
	switch {
	case r.What == "":
		return r, errs.Refuse("what", "offlist.missing")
	case utf8.RuneCountInString(r.What) > MaxWhat:
		return r, errs.Refuse("what", "offlist.too_long", "max", MaxWhat)
	case !r.Way.valid():
		return r, errs.Refuse("way", "offlist.no_way")
	case err != nil || r.Day > today || now.Sub(day) > OldestDays*24*time.Hour:
		return r, errs.Refuse("day", "offlist.bad_day", "days", OldestDays)
	case r.Minutes < 0 || r.Minutes > MaxMinutes:
		return r, errs.Refuse("minutes", "offlist.bad_minutes", "max", MaxMinutes)
	}
	return r, nil
}

func (w Way) valid() bool {
	for _, known := range Ways() {
		if w == known {
			return true
		}
	}
	return false
}

// sameRun is how many characters in a row a summary may share with the report.
const sameRun = 12

// checkSummary refuses a summary from which a department could tell who
// reported: by a place below the town or by the reporter's own turn of phrase.
func checkSummary(summary, what string, places []string) (string, error) {
	summary = plaintext.OneLine(summary)
	switch {
	case summary == "":
		return "", errs.Refuse("summary", "offlist.missing")
	case utf8.RuneCountInString(summary) > MaxSummary:
		return "", errs.Refuse("summary", "offlist.too_long", "max", MaxSummary)
	}
	for _, place := range places {
		if place != "" && strings.Contains(summary, place) {
			return "", errs.Refuse("summary", "offlist.tells_place", "place", place)
		}
	}
	if sharesRun([]rune(summary), what) {
		return "", errs.Refuse("summary", "offlist.tells_words", "n", sameRun)
	}
	return summary, nil
}

func sharesRun(summary []rune, what string) bool {
	for i := 0; i+sameRun <= len(summary); i++ {
		if strings.Contains(what, string(summary[i:i+sameRun])) {
			return true
		}
	}
	return false
}

// NumberOf makes a report's number, such as "X26123456" and a check digit. n
// is drawn by lot: a number that counted would tell when it was given.
func NumberOf(year, n int) string { return number.Of("X", year, n, 6) }

// ParseNumber reads a number as people write it.
func ParseNumber(s string) (string, bool) { return number.Parse("X", s) }
