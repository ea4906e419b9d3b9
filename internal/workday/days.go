package workday

import (
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

//go:embed china.csv
var china string

// Kind says how a day differs from the ordinary week.
type Kind int

// The kinds of day.
const (
	Ordinary Kind = iota // as the week says
	Holiday              // free, whatever the week says
	Makeup               // worked, whatever the week says
)

var kinds = map[Kind]string{Ordinary: "ordinary", Holiday: "holiday", Makeup: "workday"}

// String returns the kind's name in files.
func (k Kind) String() string { return kinds[k] }

// longest is the most days that one line may name: a slip in the year of the
// end should be an error rather than a free decade.
const longest = 31

// Day is an exception to the ordinary week.
type Day struct {
	Kind Kind
	Name string // what is celebrated or made up for, as in 春节
	date date
}

// Date returns the day as YYYY-MM-DD.
func (d Day) Date() string { return d.date.String() }

// China returns the State Council's holidays and make-up workdays for the
// years published when this program was built.
func China() ([]Day, error) { return ReadDays(strings.NewReader(china)) }

// ReadFile reads a city's own days from a file.
func ReadFile(name string) ([]Day, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("workday: %w", err)
	}
	days, err := ReadDays(f)
	return days, errors.Join(err, f.Close())
}

// ReadDays reads days from CSV with the columns from, to, kind and name, where
// from and to are YYYY-MM-DD and kind is holiday (休), workday (班), or ordinary
// (平) for a day that is as the week says after all. Lines that begin with # are
// comments.
func ReadDays(r io.Reader) ([]Day, error) {
	in := csv.NewReader(r)
	in.Comment = '#'
	in.FieldsPerRecord = 4
	in.TrimLeadingSpace = true
	var days []Day
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return days, nil
		}
		if err != nil {
			return nil, fmt.Errorf("workday: days: %w", err)
		}
		line, _ := in.FieldPos(0)
		if days, err = appendDays(days, row); err != nil {
			return nil, fmt.Errorf("workday: days, line %d: %w", line, err)
		}
	}
}

// Days returns the days of one line of such a file.
func Days(from, to, kind, name string) ([]Day, error) {
	return appendDays(nil, []string{from, to, kind, name})
}

func appendDays(days []Day, row []string) ([]Day, error) {
	from, errFrom := parseDate(row[0])
	to, errTo := parseDate(row[1])
	kind, errKind := parseKind(row[2])
	if err := errors.Join(errFrom, errTo, errKind); err != nil {
		return nil, err
	}
	for d, n := from, 0; ; d, n = d.next(), n+1 {
		if to.before(d) || n >= longest {
			return nil, fmt.Errorf("%s to %s is not one to %d days", row[0], row[1], longest)
		}
		days = append(days, Day{Kind: kind, Name: strings.TrimSpace(row[3]), date: d})
		if d == to {
			return days, nil
		}
	}
}

func parseKind(text string) (Kind, error) {
	switch strings.TrimSpace(text) {
	case "holiday", "休":
		return Holiday, nil
	case "workday", "班":
		return Makeup, nil
	case "ordinary", "平":
		return Ordinary, nil
	}
	return 0, fmt.Errorf("%q is neither holiday (休) nor workday (班) nor ordinary (平)", text)
}

func parseDate(text string) (date, error) {
	t, err := time.Parse(time.DateOnly, strings.TrimSpace(text))
	if err != nil {
		return date{}, fmt.Errorf("%q is not a date such as 2026-10-01: %w", text, err)
	}
	return dateOf(t), nil
}

// date is a day of the calendar, whatever the zone.
type date struct {
	year  int
	month time.Month
	day   int
}

func dateOf(t time.Time) date {
	y, m, d := t.Date()
	return date{y, m, d}
}

func (d date) shift(days int) date {
	return dateOf(time.Date(d.year, d.month, d.day+days, 0, 0, 0, 0, time.UTC))
}

func (d date) next() date     { return d.shift(1) }
func (d date) previous() date { return d.shift(-1) }

func (d date) weekday() time.Weekday {
	return time.Date(d.year, d.month, d.day, 0, 0, 0, 0, time.UTC).Weekday()
}

func (d date) before(o date) bool {
	if d.year != o.year {
		return d.year < o.year
	}
	if d.month != o.month {
		return d.month < o.month
	}
	return d.day < o.day
}

func (d date) String() string {
	return fmt.Sprintf("%04d-%02d-%02d", d.year, d.month, d.day)
}
