package calendar_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/calendar"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/workday"
)

type city struct{}

func (city) Contains(rootID, unitID string) bool { return rootID == "city" || rootID == unitID }
func (city) RootID() string                      { return "city" }

func office() auth.Actor {
	return auth.Actor{AccountID: "o", Name: "基层办", Grants: []auth.Grant{{Role: auth.CityOffice, UnitID: "city"}}}
}

func today() time.Time { return time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC) }

func open(t *testing.T, db *sqldb.DB) *calendar.Service {
	t.Helper()
	log, err := audit.Open(db, audit.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	s, err := calendar.Open(t.Context(), calendar.Options{DB: db, Policy: auth.NewPolicy(city{}, calendar.Rules), Audit: log, Now: today})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// list is how somebody might paste the next year's arrangement.
const list = "开始日期\t结束日期\t安排\t节日\r\n" +
	"2027年1月1日\t2027年1月3日\t放假\t元旦\r\n" +
	"2027/2/5，2027/2/11，休，春节\r\n" +
	"2027-01-31, 班, 春节\r\n" +
	"# 以下待定\r\n\r\n" +
	"46511\t46511\t补班\t春节\r\n" // 2027-05-03, a Monday

func TestCheckThenPut(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		s, other := open(t, db), open(t, db)
		if got := s.Missing(); !slices.Equal(got, []int{2027}) {
			t.Errorf("Missing = %v", got)
		}
		p, err := s.Check(t.Context(), office(), list)
		if err != nil || len(p.Bad) != 0 || len(p.Days) != 12 || len(p.Changes) != 12 {
			t.Fatalf("%+v, %v", p, err)
		}
		if c := p.Changes[0]; c.Date != "2027-01-01" || !c.Worked || c.WillWork || c.Name != "元旦" {
			t.Errorf("%+v", c)
		}
		if c := p.Changes[3]; c.Date != "2027-01-31" || c.Worked || !c.WillWork {
			t.Errorf("%+v: a Sunday that is worked", c)
		}
		rev, put := s.Rev(), calendar.PutDays{Key: "k", Rev: p.Rev, Days: p.Days}
		for range 2 { // pressed twice
			if n, err := s.PutDays(t.Context(), office(), put); err != nil || n != 12 {
				t.Fatal(n, err)
			}
		}
		if s.Rev() != rev+1 || s.Calendar().IsWorkday(day(t, "2027-02-05")) || !s.Calendar().IsWorkday(day(t, "2027-01-31")) || len(s.Missing()) != 0 {
			t.Errorf("not in force: rev %d, missing %v", s.Rev(), s.Missing())
		}
		if n, err := s.PutDays(t.Context(), office(), calendar.PutDays{Key: "k2", Rev: s.Rev(), Days: p.Days}); err != nil || n != 0 || s.Rev() != rev+1 {
			t.Errorf("the same list again changed %d, rev %d, %v", n, s.Rev(), err)
		}
		if _, err := other.PutDays(t.Context(), office(), calendar.PutDays{Key: "k3", Rev: rev, Days: p.Days[:1]}); errs.KindOf(err) != errs.Stale {
			t.Errorf("a list compared with an older calendar: %v", err)
		}
		if err := other.Refresh(t.Context()); err != nil || other.Rev() != s.Rev() || other.Calendar().IsWorkday(day(t, "2027-02-05")) {
			t.Errorf("the other replica never heard of it: %v", err)
		}
	})
}

func TestOwnDayOverTheState(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		s := open(t, db)
		duty := calendar.Day{Date: "2026-10-01", Kind: workday.Ordinary, Name: "防汛值守"}
		if _, err := s.PutDays(t.Context(), office(), calendar.PutDays{Days: []calendar.Day{duty}}); err != nil {
			t.Fatal(err)
		}
		if d, _ := s.Get().Day("2026-10-01"); !d.Own || !s.Get().Works("2026-10-01") {
			t.Errorf("%+v", d)
		}
		if n, err := s.DropDays(t.Context(), office(), calendar.DropDays{Key: "d", From: "2026-10-01", To: "2026-10-07"}); err != nil || n != 1 {
			t.Fatal(n, err)
		}
		if d, _ := s.Get().Day("2026-10-01"); d.Own || d.Name != "国庆节" || s.Get().Works("2026-10-01") {
			t.Errorf("%+v: the State Council's day is not back", d)
		}
		if _, err := s.DropDays(t.Context(), office(), calendar.DropDays{Key: "e", From: "2026-10-01", To: "2026-10-01"}); errs.KindOf(err) != errs.NotFound {
			t.Errorf("taken back twice: %v", err)
		}
	})
}

func TestHours(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		s := open(t, db)
		rev := s.Rev()
		if err := s.SetWeek(t.Context(), office(), calendar.SetWeek{Key: "a", Rev: rev, Week: "mon-sat 08:00-12:00,14:00-18:00"}); err != nil {
			t.Fatal(err)
		}
		if s.Calendar().Day() != 8*time.Hour || !s.Get().Works("2026-11-28") || s.Rev() != rev+1 {
			t.Errorf("%v a day", s.Calendar().Day())
		}
		for week, code := range map[string]string{"": "calendar.bad_hours", "mon 09:00": "calendar.bad_hours", "mon 09:00-09:01": "calendar.few_hours"} {
			if err := s.SetWeek(t.Context(), office(), calendar.SetWeek{Week: week}); errs.CodeOf(err) != code {
				t.Errorf("%q: %v", week, err)
			}
		}
		if err := s.SetWeek(t.Context(), office(), calendar.SetWeek{Rev: rev, Week: "mon-fri 08:00-12:00"}); errs.KindOf(err) != errs.Stale {
			t.Errorf("a stale page: %v", err)
		}
	})
}

func TestBadLists(t *testing.T) {
	s := open(t, sqldbtest.Open(t, sqldb.SQLite))
	for text, code := range map[string]string{
		"2027-02-30,2027-02-30,休,春节":              "calendar.bad_line",
		"2027-02-01,2027-01-01,休,春节":              "calendar.bad_line",
		"2027-02-01,2027-02-02,玩,春节":              "calendar.bad_line",
		"1. 春节放假":                                 "calendar.bad_line",
		"2036-02-01,2036-02-02,休,春节":              "calendar.far_date",
		"2027-02-01,休," + strings.Repeat("长", 21): "calendar.long_name",
	} {
		p, err := s.Check(t.Context(), office(), "2027-01-01,休,元旦\n"+text)
		if err != nil || len(p.Bad) != 1 || p.Bad[0].Code != code || p.Bad[0].Number != 2 || len(p.Days) != 1 {
			t.Errorf("%s: %+v, %v", text, p, err)
		}
	}
	if _, err := s.Check(t.Context(), office(), "名称,日期\n\n"); errs.CodeOf(err) != "calendar.nothing" {
		t.Errorf("an empty list: %v", err)
	}
	if _, err := s.Check(t.Context(), office(), "2027-01-01,休,a\n2027-01-01,班,b"); errs.CodeOf(err) != "calendar.two_kinds" {
		t.Errorf("a contradiction: %v", err)
	}
	if p, err := s.Check(t.Context(), office(), strings.Repeat("2027-01-01,休,a\n", 600)); err != nil || len(p.Bad) != 1 || len(p.Days) != 1 {
		t.Errorf("an endless list: %v", err)
	}
}

func TestWhoMay(t *testing.T) {
	s := open(t, sqldbtest.Open(t, sqldb.SQLite))
	day := []calendar.Day{{Date: "2027-01-01", Kind: workday.Holiday}}
	for _, role := range auth.Roles() {
		actor := auth.Actor{AccountID: "x", Grants: []auth.Grant{{Role: role, UnitID: "city"}}}
		_, put := s.PutDays(t.Context(), actor, calendar.PutDays{Days: day})
		_, check := s.Check(t.Context(), actor, "2027-01-01,休,元旦")
		week := s.SetWeek(t.Context(), actor, calendar.SetWeek{Week: "mon-fri 09:00-12:00"})
		may := role == auth.CityOffice || role == auth.Admin
		for _, err := range []error{put, check, week} {
			if (err == nil) != may {
				t.Errorf("%s: %v", role, err)
			}
		}
	}
	if _, err := s.DropDays(t.Context(), auth.Actor{}, calendar.DropDays{From: "2027-01-01", To: "2027-01-01"}); errs.KindOf(err) != errs.Unauthenticated {
		t.Errorf("anybody: %v", err)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add(list)
	f.Add("2027-01-01,2027-01-03,holiday,\"a\nb\",c")
	db := sqldbtest.SQLite(f)
	opened, err := sqldb.Open(f.Context(), sqldb.Config{Dir: db})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = opened.Close() })
	s, err := calendar.Open(f.Context(), calendar.Options{DB: opened, Policy: auth.NewPolicy(city{}, calendar.Rules), Now: today})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := s.Check(t.Context(), office(), text)
		if err != nil && errs.KindOf(err) != errs.Invalid {
			t.Fatal(err)
		}
		if err == nil && len(p.Changes)+p.Same != len(p.Days) {
			t.Errorf("%d days are %d changes and %d same", len(p.Days), len(p.Changes), p.Same)
		}
	})
}

func day(t *testing.T, date string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, fmt.Sprintf("%sT12:00:00+08:00", date))
	if err != nil {
		t.Fatal(err)
	}
	return at
}
