// Package ical writes calendar feeds after RFC 5545.
package ical

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Event is one entry of a calendar: whole days or a time, nothing personal.
type Event struct {
	UID, Title, Text string
	First, Last      string    // "YYYY-MM-DD"; the last day is part of it
	Start, End       time.Time // in place of days
	Place, URL       string
	Sequence         int // rises with each change
	Cancelled        bool
}

// Feed is a calendar that others subscribe to.
type Feed struct {
	Name    string
	Product string // what made it, such as "Monthly list"
	Stamp   time.Time
	Events  []Event
}

// Type is what a feed is served as.
const Type = "text/calendar; charset=utf-8"

// Write writes the feed: lines end in CRLF and are folded at 75 octets, never
// within a character; the end of whole days is exclusive.
func Write(f Feed) []byte {
	w := writer{}
	w.line("BEGIN", "VCALENDAR")
	w.line("VERSION", "2.0")
	w.line("PRODID", "-//Bilin//"+escape(f.Product)+"//ZH")
	w.line("CALSCALE", "GREGORIAN")
	w.line("METHOD", "PUBLISH")
	w.line("X-WR-CALNAME", escape(f.Name))
	w.line("REFRESH-INTERVAL;VALUE=DURATION", "PT6H")
	for _, e := range f.Events {
		w.event(e, f.Stamp)
	}
	w.line("END", "VCALENDAR")
	return []byte(w.String())
}

type writer struct{ strings.Builder }

func (w *writer) line(name, value string) { fold(&w.Builder, name+":"+value) }

func (w *writer) event(e Event, stamp time.Time) {
	w.line("BEGIN", "VEVENT")
	w.line("UID", e.UID)
	w.line("DTSTAMP", moment(stamp))
	if e.Start.IsZero() {
		w.line("DTSTART;VALUE=DATE", day(e.First, 0))
		w.line("DTEND;VALUE=DATE", day(e.Last, 1))
	} else {
		w.line("DTSTART", moment(e.Start))
		w.line("DTEND", moment(e.End))
	}
	w.line("SUMMARY", escape(e.Title))
	w.line("DESCRIPTION", escape(e.Text))
	if e.Place != "" {
		w.line("LOCATION", escape(e.Place))
	}
	if e.URL != "" {
		w.line("URL", strings.Join(strings.Fields(e.URL), ""))
	}
	if e.Sequence > 0 {
		w.line("SEQUENCE", strconv.Itoa(e.Sequence))
	}
	if e.Cancelled {
		w.line("STATUS", "CANCELLED")
	}
	w.line("TRANSP", "TRANSPARENT")
	w.line("END", "VEVENT")
}

func moment(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

// day writes a date some days on.
func day(date string, on int) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return "19700101"
	}
	return t.AddDate(0, 0, on).Format("20060102")
}

// escape is for values of type TEXT.
func escape(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r == 0x7f {
			return -1
		}
		return r
	}, s)
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`).Replace(s)
}

// most is how many octets a line has at most, without its end.
const most = 75

func fold(b *strings.Builder, s string) {
	for room := most; len(s) > room; room = most - 1 {
		cut := room
		for cut > 0 && !utf8.RuneStart(s[cut]) {
			cut--
		}
		b.WriteString(s[:cut] + "\r\n ")
		s = s[cut:]
	}
	b.WriteString(s + "\r\n")
}
