package workday_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bilin/internal/workday"
)

func TestChina(t *testing.T) {
	days, err := workday.China()
	if err != nil {
		t.Fatal(err)
	}
	holidays, makeups := map[string]int{}, map[string]int{}
	for _, d := range days {
		count := holidays
		if d.Kind == workday.Makeup {
			count = makeups
		}
		count[d.Date()[:4]]++
	}
	for year, want := range map[string][2]int{"2024": {28, 8}, "2025": {28, 5}, "2026": {33, 6}} {
		if got := [2]int{holidays[year], makeups[year]}; got != want {
			t.Errorf("%s: %v holidays and make-up workdays, want %v", year, got, want)
		}
	}
}

func TestReadFileOverridesTheState(t *testing.T) {
	name := filepath.Join(t.TempDir(), "days.csv")
	text := "# 宁乡\n2026-11-20,2026-11-20,休,停电\n2026-10-01, 2026-10-01, workday, 值班\n2027-01-01,2027-01-03,holiday,元旦\n"
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	own, err := workday.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	c, err := workday.Default(own...)
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[string]bool{"2026-11-20": false, "2026-10-01": true, "2027-01-01": false} {
		if got := c.IsWorkday(at(t, day+" 12:00")); got != want {
			t.Errorf("IsWorkday(%s) = %v, want %v", day, got, want)
		}
	}
	if back, err := workday.Days("2026-11-20", "2026-11-20", workday.Ordinary.String(), ""); err != nil {
		t.Error(err)
	} else if c, err := workday.Default(append(own, back...)...); err != nil || !c.IsWorkday(at(t, "2026-11-20 12:00")) {
		t.Errorf("a day taken back is still free: %v", err)
	}
	if got := c.Years(); got[len(got)-1] != 2027 {
		t.Errorf("Years() = %v, want 2027 among them", got)
	}
}

func TestReadDaysNamesTheLine(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"no such date", "# a\n2026-02-30,2026-02-30,holiday,x\n", "line 2"},
		{"unknown kind", "2026-02-01,2026-02-01,party,x\n", "neither holiday"},
		{"ends before it begins", "2026-02-02,2026-02-01,holiday,x\n", "not one to 31 days"},
		{"slip in the year", "2026-12-30,2036-01-02,holiday,x\n", "not one to 31 days"},
		{"missing column", "2026-02-02,2026-02-01,holiday\n", "line 1"},
	} {
		_, err := workday.ReadDays(strings.NewReader(tt.text))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want one with %q", tt.name, err, tt.want)
		}
	}
}

func TestParseWeekRefuses(t *testing.T) {
	for _, text := range []string{
		"", "mon", "mon 09:00", "mon 09:00-25:00", "mon 12:00-09:00",
		"mon-fri 09:00-12:00; fri 13:00-14:00", "someday 09:00-12:00", "mon 09:00-12:00,11:00-13:00",
	} {
		if _, err := workday.ParseWeek(text); err == nil {
			t.Errorf("ParseWeek(%q): accepted", text)
		}
	}
	w, err := workday.ParseWeek("sat-sun 00:00-24:00")
	if err != nil || len(w[0]) != 1 || len(w[6]) != 1 || w[1] != nil {
		t.Errorf("a range over the end of the week: %v, %v", w, err)
	}
}

func FuzzReadDays(f *testing.F) {
	f.Add("2026-01-01,2026-01-03,holiday,元旦\n")
	f.Add("# c\n2026-02-14,2026-02-14,班,春节\n")
	f.Fuzz(func(t *testing.T, text string) {
		days, err := workday.ReadDays(strings.NewReader(text))
		if err != nil {
			return
		}
		if _, err := workday.New(workday.Options{Days: days}); err != nil {
			t.Errorf("days that were read make no calendar: %v", err)
		}
	})
}

func FuzzParseWeek(f *testing.F) {
	f.Add("mon-fri 09:00-12:00,13:00-17:00; sat 09:00-12:00")
	f.Fuzz(func(t *testing.T, text string) {
		week, err := workday.ParseWeek(text)
		if err != nil {
			return
		}
		if _, err := workday.New(workday.Options{Week: week}); err != nil {
			t.Errorf("a week that was read makes no calendar: %v", err)
		}
	})
}
