package calendarweb

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"bilin/internal/auth"
	"bilin/internal/calendar"
	"bilin/internal/web"
	"bilin/internal/workday"
)

type yearPage struct {
	web.Base
	Year      int
	Years     []yearTab
	Published bool
	Missing   []int
	Months    []month
	Stretches []stretch
	May       bool // enter days and hours
	Rev       int64
	Text      string // the pasted list
	Day       dayForm
	Kinds     []web.Option
	Hours     weekForm
	Weekdays  []string // message keys, from Monday
}

type yearTab struct {
	Year    int
	Current bool
	Missing bool
}

// month is a month as a wall calendar shows it.
type month struct {
	Name  string // message key
	Weeks [][7]cell
}

// cell is a day of a month; N is 0 outside of it.
type cell struct {
	N           int
	Works       bool
	Mark        string // message key of 休 or 班, "" on a day like any other
	Hint        string
	Today, Date string
}

// Kind colours the day.
func (c cell) Kind() string {
	switch {
	case c.N == 0:
		return "none"
	case c.Mark != "" && c.Works:
		return "makeup"
	case c.Mark != "":
		return "holiday"
	case c.Works:
		return "work"
	}
	return "off"
}

// stretch is a run of days of one kind and name.
type stretch struct {
	From, To string
	N        int
	Kind     string // message key
	State    string // colour
	Name     string
	Own      bool
}

type dayForm struct{ Date, Kind, Name string }

type weekForm struct {
	Hours  string
	Days   []string // "mon"
	Uneven bool     // the days differ, which this form can't show
}

func (p *Pages) page(r *http.Request) yearPage {
	state, today := p.svc.Get(), p.now().In(p.svc.Calendar().Zone())
	page := yearPage{
		Base: p.web.Base(r, "calendar.page.title"), Year: today.Year(), Missing: p.svc.Missing(), Rev: p.svc.Rev(),
		May: p.may(auth.From(r.Context()), calendar.ActManage), Hours: weekOf(state.Week),
	}
	if y, err := strconv.Atoi(r.URL.Query().Get("year")); err == nil && y >= today.Year()-1 && y <= today.Year()+2 {
		page.Year = y
	}
	for y := today.Year() - 1; y <= today.Year()+1; y++ {
		page.Years = append(page.Years, yearTab{y, y == page.Year, !state.Published(y)})
	}
	page.Published = state.Published(page.Year)
	for m := time.January; m <= time.December; m++ {
		page.Months = append(page.Months, monthOf(state, page.Year, m, today.Format(time.DateOnly), p.web.T(r)))
	}
	page.Stretches = stretches(state.Days(page.Year))
	for _, kind := range []workday.Kind{workday.Holiday, workday.Makeup, workday.Ordinary} {
		page.Kinds = append(page.Kinds, web.Option{Value: kind.String(), Label: p.web.T(r)("calendar.page.kind." + kind.String())})
	}
	for _, d := range weekdays() {
		page.Weekdays = append(page.Weekdays, weekdayKey(d))
	}
	return page
}

func monthOf(state *calendar.State, year int, m time.Month, today string, t func(string, ...any) string) month {
	out := month{Name: fmt.Sprintf("calendar.page.month.%d", m)}
	var week [7]cell
	for d := time.Date(year, m, 1, 0, 0, 0, 0, time.UTC); d.Month() == m; d = d.AddDate(0, 0, 1) {
		at := (int(d.Weekday()) + 6) % 7 // from Monday
		week[at] = cellOf(state, d, today, t)
		if at == 6 || d.AddDate(0, 0, 1).Month() != m {
			out.Weeks = append(out.Weeks, week)
			week = [7]cell{}
		}
	}
	return out
}

func cellOf(state *calendar.State, d time.Time, today string, t func(string, ...any) string) cell {
	date := d.Format(time.DateOnly)
	c := cell{N: d.Day(), Date: date, Works: state.Works(date)}
	if date == today {
		c.Today = "date"
	}
	special, ok := state.Day(date)
	if !ok {
		return c
	}
	if special.Kind != workday.Ordinary {
		c.Mark = "calendar.page.mark." + special.Kind.String()
	}
	c.Hint = strings.TrimSpace(special.Name + " " + t("calendar.page.kind."+special.Kind.String()))
	return c
}

// stretches gathers days that follow each other and are of one kind.
func stretches(days []calendar.Day) []stretch {
	var out []stretch
	colours := map[workday.Kind]string{workday.Holiday: "ok", workday.Makeup: "warn", workday.Ordinary: "idle"}
	for _, d := range days {
		kind := "calendar.page.kind." + d.Kind.String()
		if n := len(out); n > 0 && out[n-1].Kind == kind && out[n-1].Name == d.Name && out[n-1].Own == d.Own && next(out[n-1].To) == d.Date {
			out[n-1].To, out[n-1].N = d.Date, out[n-1].N+1
			continue
		}
		out = append(out, stretch{From: d.Date, To: d.Date, N: 1, Kind: kind, State: colours[d.Kind], Name: d.Name, Own: d.Own})
	}
	return out
}

func next(date string) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return ""
	}
	return t.AddDate(0, 0, 1).Format(time.DateOnly)
}

// kindNames are the names of workday's kinds, at their own places.
func kindNames() []string {
	return []string{workday.Ordinary.String(), workday.Holiday.String(), workday.Makeup.String()}
}

// weekdays lists them from Monday.
func weekdays() []time.Weekday {
	return []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}
}

// short is a weekday as workday.ParseWeek reads it.
func short(d time.Weekday) string { return strings.ToLower(d.String()[:3]) }

func weekdayKey(d time.Weekday) string { return "calendar.page.weekday." + short(d) }

// weekOf shows weekly hours as one set of hours and the days that have it.
func weekOf(week workday.Week) weekForm {
	var f weekForm
	for _, d := range weekdays() {
		if len(week[d]) == 0 {
			continue
		}
		text := hoursText(week[d])
		f.Uneven = f.Uneven || f.Hours != "" && f.Hours != text
		if f.Hours == "" {
			f.Hours = text
		}
		f.Days = append(f.Days, short(d))
	}
	return f
}

func hoursText(hours workday.Hours) string {
	spans := make([]string, 0, len(hours))
	for _, s := range hours {
		spans = append(spans, fmt.Sprintf("%02d:%02d-%02d:%02d", s.From/60, s.From%60, s.To/60, s.To%60))
	}
	return strings.Join(spans, ",")
}

// Choices are the days of the week with those ticked that are worked.
func (f weekForm) Choices() []dayChoice {
	var out []dayChoice
	for _, d := range weekdays() {
		out = append(out, dayChoice{short(d), weekdayKey(d), slices.Contains(f.Days, short(d))})
	}
	return out
}

type dayChoice struct {
	Value, Label string
	Checked      bool
}

// text is the form as workday.ParseWeek reads it.
func (f weekForm) text() string {
	parts := make([]string, 0, len(f.Days))
	for _, d := range f.Days {
		parts = append(parts, d+" "+f.Hours)
	}
	return strings.Join(parts, "; ")
}

// tidyHours brings what people type to ASCII: full-width signs, 至 and dashes.
func tidyHours(text string) string {
	text = strings.NewReplacer("至", "-", "到", "-", "—", "-", "–", "-", "~", "-", "～", "-", "、", ",", "；", ",", ";", ",", " ", "").Replace(text)
	return strings.Map(func(r rune) rune {
		if r >= '！' && r <= '～' {
			return r - '！' + '!'
		}
		return r
	}, text)
}
