package calendar

import (
	"strings"
	"testing"
	"time"
)

// Whatever is pasted, each line becomes days or a complaint about that line,
// and no line more days than a year has.
func FuzzParse(f *testing.F) {
	f.Add("2026-10-01,2026-10-07,holiday,国庆节\n2026年9月27日，班，调休")
	f.Add("46000,46003,放假,x\n#\n,,\n")
	now := time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		days, bad := parse(text, now)
		lines := strings.Count(text, "\n") + 1
		if len(days) > 400*lines || len(bad) > lines {
			t.Errorf("%d days and %d complaints from %d lines", len(days), len(bad), lines)
		}
		for _, d := range days {
			if _, err := time.Parse(time.DateOnly, d.Date); err != nil {
				t.Errorf("a day %q", d.Date)
			}
		}
	})
}
