package listweb

import (
	"strings"
	"time"
	"unicode/utf8"
)

// event is one entry of a calendar: whole days, nothing personal.
type event struct {
	uid, title, text string
	first, last      string // "YYYY-MM-DD"; the last day is part of it
}

// calendar writes a feed after RFC 5545: lines end in CRLF and are folded at 75
// octets, never within a character; the end of whole days is exclusive.
func calendar(name string, stamp time.Time, events []event) []byte {
	var b strings.Builder
	line := func(name, value string) { fold(&b, name+":"+value) }
	line("BEGIN", "VCALENDAR")
	line("VERSION", "2.0")
	line("PRODID", "-//Bilin//Monthly list//ZH")
	line("CALSCALE", "GREGORIAN")
	line("METHOD", "PUBLISH")
	line("X-WR-CALNAME", escape(name))
	line("REFRESH-INTERVAL;VALUE=DURATION", "PT6H")
	for _, e := range events {
		line("BEGIN", "VEVENT")
		line("UID", e.uid)
		line("DTSTAMP", stamp.UTC().Format("20060102T150405Z"))
		line("DTSTART;VALUE=DATE", day(e.first, 0))
		line("DTEND;VALUE=DATE", day(e.last, 1))
		line("SUMMARY", escape(e.title))
		line("DESCRIPTION", escape(e.text))
		line("TRANSP", "TRANSPARENT")
		line("END", "VEVENT")
	}
	line("END", "VCALENDAR")
	return []byte(b.String())
}

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
