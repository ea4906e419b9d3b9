package workday_test

import (
	"testing"
	"time"

	"bilin/internal/workday"
)

func calendar(t testing.TB) *workday.Calendar {
	t.Helper()
	c, err := workday.Default()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// at reads a time of the city.
func at(t testing.TB, text string) time.Time {
	t.Helper()
	zone, err := time.LoadLocation(workday.DefaultZone)
	if err != nil {
		t.Fatal(err)
	}
	moment, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
	if err != nil {
		t.Fatal(err)
	}
	return moment
}

func TestIsWorkday(t *testing.T) {
	c := calendar(t)
	for day, want := range map[string]bool{
		"2026-11-20": true,  // an ordinary Friday
		"2026-11-21": false, // an ordinary Saturday
		"2026-02-14": true,  // a Saturday made up for the Spring Festival
		"2026-02-16": false, // New Year's Eve
		"2026-02-23": false, // last day of the Spring Festival
		"2026-02-24": true,
		"2026-09-20": true, // a Sunday made up for the National Day
		"2026-10-07": false,
		"2025-10-08": false, // National Day and Mid-Autumn together: eight days
		"2025-01-26": true,
		"2024-02-09": true, // in 2024 New Year's Eve was no holiday
		"2024-09-14": true,
	} {
		if got := c.IsWorkday(at(t, day+" 00:00")); got != want {
			t.Errorf("IsWorkday(%s) = %v, want %v", day, got, want)
		}
	}
}

func TestIsWorkdayCountsTheCitysDay(t *testing.T) {
	c := calendar(t)
	friday := time.Date(2026, 11, 20, 15, 59, 0, 0, time.UTC) // 23:59 in the city
	if !c.IsWorkday(friday) || c.IsWorkday(friday.Add(time.Minute)) {
		t.Error("the day does not change at the city's midnight")
	}
}

func TestAdd(t *testing.T) {
	c := calendar(t)
	tests := []struct {
		name, start string
		add         time.Duration
		want        string
	}{
		{"within a morning", "2026-11-20 09:30", time.Hour, "2026-11-20 10:30"},
		{"to the end of a morning", "2026-11-20 09:00", 3 * time.Hour, "2026-11-20 12:00"},
		{"over lunch", "2026-11-20 11:30", time.Hour, "2026-11-20 13:30"},
		{"from lunch", "2026-11-20 12:20", time.Hour, "2026-11-20 14:00"},
		{"over a weekend", "2026-11-20 16:00", 2 * time.Hour, "2026-11-23 10:00"},
		{"from a Sunday", "2026-11-22 22:00", time.Hour, "2026-11-23 10:00"},
		{"a working day later", "2026-11-19 10:00", 7 * time.Hour, "2026-11-20 10:00"},
		{"over the Spring Festival, with the make-up Saturday", "2026-02-13 16:00", 2 * time.Hour, "2026-02-14 10:00"},
		{"over the whole Spring Festival", "2026-02-14 16:00", 2 * time.Hour, "2026-02-24 10:00"},
		{"nothing", "2026-11-22 22:00", 0, "2026-11-22 22:00"},
		{"back over lunch", "2026-11-20 13:30", -time.Hour, "2026-11-20 11:30"},
		{"back over a weekend", "2026-11-23 10:00", -2 * time.Hour, "2026-11-20 16:00"},
		{"back to the begin of a day", "2026-11-23 08:00", -7 * time.Hour, "2026-11-20 09:00"},
	}
	for _, tt := range tests {
		if got, want := c.Add(at(t, tt.start), tt.add), at(t, tt.want); !got.Equal(want) {
			t.Errorf("%s: Add(%s, %v) = %v, want %v", tt.name, tt.start, tt.add, got, want)
		}
	}
}

func TestBetween(t *testing.T) {
	c := calendar(t)
	tests := []struct {
		a, b string
		want time.Duration
	}{
		{"2026-11-20 09:00", "2026-11-20 17:00", 7 * time.Hour},
		{"2026-11-20 00:00", "2026-11-21 00:00", 7 * time.Hour},
		{"2026-11-20 12:00", "2026-11-20 13:00", 0},
		{"2026-11-21 00:00", "2026-11-23 09:00", 0},
		{"2026-10-01 00:00", "2026-10-08 00:00", 0},
		{"2026-09-14 00:00", "2026-09-21 00:00", 6 * 7 * time.Hour}, // with the make-up Sunday
		{"2026-11-23 10:00", "2026-11-20 16:00", -2 * time.Hour},
	}
	for _, tt := range tests {
		if got := c.Between(at(t, tt.a), at(t, tt.b)); got != tt.want {
			t.Errorf("Between(%s, %s) = %v, want %v", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestNextOpen(t *testing.T) {
	c := calendar(t)
	for from, want := range map[string]string{
		"2026-11-20 10:00": "2026-11-20 10:00",
		"2026-11-20 12:00": "2026-11-20 13:00",
		"2026-11-20 17:00": "2026-11-23 09:00",
		"2026-09-30 17:00": "2026-10-08 09:00",
	} {
		if got := c.NextOpen(at(t, from)); !got.Equal(at(t, want)) {
			t.Errorf("NextOpen(%s) = %v, want %s", from, got, want)
		}
	}
	if c.IsOpen(at(t, "2026-11-20 12:30")) || !c.IsOpen(at(t, "2026-11-20 09:00")) {
		t.Error("IsOpen disagrees with the hours")
	}
}

func TestMissingYears(t *testing.T) {
	c := calendar(t)
	if got := c.Missing(at(t, "2024-01-01 00:00"), at(t, "2026-12-31 23:59")); len(got) != 0 {
		t.Errorf("years without data: %v, want none", got)
	}
	got := c.Missing(at(t, "2026-12-31 23:59"), at(t, "2028-01-01 00:00"))
	if len(got) != 2 || got[0] != 2027 || got[1] != 2028 {
		t.Errorf("years without data: %v, want 2027 and 2028", got)
	}
}

func TestWeekOfTheCity(t *testing.T) {
	week, err := workday.ParseWeek("mon-fri 08:30-12:00,14:30-17:30; sat 09:00-12:00")
	if err != nil {
		t.Fatal(err)
	}
	c, err := workday.New(workday.Options{Week: week})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.Day(), 6*time.Hour+30*time.Minute; got != want {
		t.Errorf("Day() = %v, want %v", got, want)
	}
	got := c.Add(at(t, "2026-11-20 17:00"), time.Hour)
	if want := at(t, "2026-11-21 09:30"); !got.Equal(want) {
		t.Errorf("Add over to Saturday = %v, want %v", got, want)
	}
}

func TestNewRefuses(t *testing.T) {
	bad := map[string]workday.Options{
		"unknown zone":      {Zone: "Asia/Nowhere"},
		"overlapping hours": {Week: workday.Week{1: {{540, 720}, {700, 800}}}},
		"hours past a day":  {Makeup: workday.Hours{{540, 1500}}},
	}
	for name, o := range bad {
		if _, err := workday.New(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
