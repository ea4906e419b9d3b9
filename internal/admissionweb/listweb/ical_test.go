package listweb

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestCalendarIsWrittenAsTheStandardSays(t *testing.T) {
	stamp := time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)
	got := string(calendar("花明村", stamp, []event{{uid: "M26000011-2026-12@bilin", title: "防汛, 转移", text: "一\n二;三", first: "2026-12-01", last: "2026-12-31"}}))
	want := strings.Join([]string{
		"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Bilin//Monthly list//ZH", "CALSCALE:GREGORIAN", "METHOD:PUBLISH", "X-WR-CALNAME:花明村",
		"REFRESH-INTERVAL;VALUE=DURATION:PT6H", "BEGIN:VEVENT", "UID:M26000011-2026-12@bilin", "DTSTAMP:20261124T030000Z",
		"DTSTART;VALUE=DATE:20261201", "DTEND;VALUE=DATE:20270101", `SUMMARY:防汛\, 转移`, `DESCRIPTION:一\n二\;三`, "TRANSP:TRANSPARENT", "END:VEVENT", "END:VCALENDAR", "",
	}, "\r\n")
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func FuzzCalendarLines(f *testing.F) {
	f.Add("把转移路线告诉住户", strings.Repeat("长", 200))
	f.Add("\r\nBEGIN:VEVENT", "a\x00b")
	f.Fuzz(func(t *testing.T, title, text string) {
		if !utf8.ValidString(title) || !utf8.ValidString(text) {
			return // the catalogue holds valid text only
		}
		out := string(calendar(title, time.Unix(0, 0), []event{{uid: "u", title: title, text: text, first: "2026-12-01", last: "2026-12-01"}}))
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
