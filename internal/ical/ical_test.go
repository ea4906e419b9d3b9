package ical

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

var stamp = time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)

func TestWrittenAsTheStandardSays(t *testing.T) {
	head := []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Bilin//Monthly list//ZH", "CALSCALE:GREGORIAN", "METHOD:PUBLISH", "X-WR-CALNAME:花明村", "REFRESH-INTERVAL;VALUE=DURATION:PT6H", "BEGIN:VEVENT"}
	foot := []string{"TRANSP:TRANSPARENT", "END:VEVENT", "END:VCALENDAR", ""}
	for name, tt := range map[string]struct {
		event Event
		want  []string
	}{
		"whole days": {
			Event{UID: "M26000011-2026-12@bilin", Title: "防汛, 转移", Text: "一\n二;三", First: "2026-12-01", Last: "2026-12-31"},
			[]string{"UID:M26000011-2026-12@bilin", "DTSTAMP:20261124T030000Z", "DTSTART;VALUE=DATE:20261201", "DTEND;VALUE=DATE:20270101", `SUMMARY:防汛\, 转移`, `DESCRIPTION:一\n二\;三`},
		},
		"an hour that was cancelled": {
			Event{UID: "Y1@bilin", Title: "屋场会", Start: stamp, End: stamp.Add(time.Hour), Place: "晒谷坪", URL: "https://b.example/meetings/Y1", Sequence: 3, Cancelled: true},
			[]string{"UID:Y1@bilin", "DTSTAMP:20261124T030000Z", "DTSTART:20261124T030000Z", "DTEND:20261124T040000Z", "SUMMARY:屋场会", "DESCRIPTION:", "LOCATION:晒谷坪",
				"URL:https://b.example/meetings/Y1", "SEQUENCE:3", "STATUS:CANCELLED"},
		},
	} {
		got := string(Write(Feed{Name: "花明村", Product: "Monthly list", Stamp: stamp, Events: []Event{tt.event}}))
		if want := strings.Join(append(append(append([]string{}, head...), tt.want...), foot...), "\r\n"); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
		}
	}
}

func FuzzCalendarLines(f *testing.F) {
	f.Add("把转移路线告诉住户", strings.Repeat("长", 200))
	f.Add("\r\nBEGIN:VEVENT", "a\x00b")
	f.Fuzz(func(t *testing.T, title, text string) {
		if !utf8.ValidString(title) || !utf8.ValidString(text) {
			return // what is stored is valid text only
		}
		out := string(Write(Feed{Name: title, Product: "x", Stamp: stamp, Events: []Event{{UID: "u", Title: title, Text: text, Place: text, First: "2026-12-01", Last: "2026-12-01"}}}))
		lines := strings.Split(strings.TrimSuffix(out, "\r\n"), "\r\n")
		begun := 0
		for _, l := range lines {
			if len(l) > most || strings.ContainsAny(l, "\r\n") || !utf8.ValidString(l) {
				t.Fatalf("line %q", l)
			}
			if l == "BEGIN:VEVENT" {
				begun++
			}
		}
		if begun != 1 {
			t.Fatalf("%d events in\n%s", begun, out)
		}
	})
}
