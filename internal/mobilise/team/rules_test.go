package team

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bilin/internal/errs"
	"bilin/internal/network"
)

func TestPutIsChecked(t *testing.T) {
	for name, c := range map[string]struct {
		in   Put
		code string
	}{
		"fine":           {Put{Name: "  除冰\t一队\n", Kind: Ice}, ""},
		"no name":        {Put{Name: " \n ", Kind: Ice}, "team.missing"},
		"long name":      {Put{Name: strings.Repeat("队", MaxName+1), Kind: Ice}, "team.too_long"},
		"no kind":        {Put{Name: "一队"}, "team.no_kind"},
		"a kind of none": {Put{Name: "一队", Kind: "army"}, "team.no_kind"},
	} {
		out, err := c.in.check()
		if errs.CodeOf(err) != c.code && (err != nil || c.code != "") {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && out.Name != "除冰 一队" {
			t.Errorf("%s: %q", name, out.Name)
		}
	}
}

func TestHomeIsAVillageOrAbove(t *testing.T) {
	for level, fine := range map[network.Level]bool{network.City: true, network.Town: true, network.Village: true, network.Area: false, network.Cell: false} {
		if err := home(&network.Unit{Level: level}); (err == nil) != fine {
			t.Errorf("%s: %v", level, err)
		}
	}
	if home(nil) == nil || home(&network.Unit{Level: network.Village, EndedOn: "2026-01-01"}) == nil {
		t.Error("a unit that isn't there has a team")
	}
}

func TestEquipmentIsChecked(t *testing.T) {
	for name, c := range map[string]struct {
		in   PutEquipment
		code string
	}{
		"fine":       {PutEquipment{Name: "铁锹", Quantity: 1, Place: "村部"}, ""},
		"none of it": {PutEquipment{Name: "铁锹", Place: "村部"}, "team.bad_quantity"},
		"too many":   {PutEquipment{Name: "铁锹", Quantity: MaxQuantity + 1, Place: "村部"}, "team.bad_quantity"},
		"nowhere":    {PutEquipment{Name: "铁锹", Quantity: 1}, "team.missing"},
		"nameless":   {PutEquipment{Quantity: 1, Place: "村部"}, "team.missing"},
	} {
		if _, err := c.in.check(); err != nil && errs.CodeOf(err) != c.code || err == nil && c.code != "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDaysAreChecked(t *testing.T) {
	const today = "2026-12-01"
	for name, c := range map[string]struct{ from, to, code string }{
		"today":            {today, today, ""},
		"began before":     {"2026-11-20", "2026-12-02", ""},
		"a year":           {today, "2027-12-01", ""},
		"more than a year": {today, "2027-12-02", "team.days_many"},
		"over":             {"2026-11-20", "2026-11-30", "team.days_over"},
		"backwards":        {"2026-12-03", "2026-12-02", "team.days_backwards"},
		"no day":           {"", today, "team.no_day"},
		"no last day":      {today, "", "team.no_day"},
		"no such day":      {"2026-02-30", today, "team.no_day"},
		"words":            {"明天", "后天", "team.no_day"},
	} {
		err := SayAway{From: c.from, To: c.to}.check(today)
		if err != nil && errs.CodeOf(err) != c.code || err == nil && c.code != "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A period that is taken holds the day it was said on or days to come, and is bounded.
func TestTakenDaysLieAhead(t *testing.T) {
	today := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		day := func(name string) time.Time {
			return today.AddDate(0, 0, rapid.IntRange(-800, 800).Draw(t, name))
		}
		from, to := day("from"), day("to")
		err := SayAway{From: from.Format(time.DateOnly), To: to.Format(time.DateOnly)}.check(today.Format(time.DateOnly))
		fine := !to.Before(from) && !to.Before(today) && to.Sub(from) < MaxAwayDays*24*time.Hour
		if (err == nil) != fine {
			t.Fatalf("%s to %s: %v", from, to, err)
		}
	})
}

func TestChannelIsTidied(t *testing.T) {
	for in, want := range map[string]string{" wecom://k\n": "wecom://k", "": "", "wecom://k\x00": "!", "wecom://" + strings.Repeat("k", MaxChannel): "!"} {
		got, err := channel(in)
		if (err != nil) != (want == "!") || err == nil && got != want {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
}

// What a search asks for holds no sign that LIKE reads as more than itself.
func TestFoldLeavesNoWildcards(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		if folded := fold(rapid.String().Draw(t, "text")); strings.ContainsAny(folded, `%_\`) {
			t.Fatalf("%q", folded)
		}
	})
}

func TestCursorComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := Listed{PersonID: rapid.String().Draw(t, "id"), Grade: Grade(rapid.IntRange(0, 2).Draw(t, "grade")),
			JoinedAt: time.UnixMilli(rapid.Int64Range(0, 1<<45).Draw(t, "joined"))}
		p, err := readCursor(l.Cursor())
		if err != nil || p != (place{int(l.Grade), l.JoinedAt.UnixMilli(), l.PersonID}) {
			t.Fatalf("%+v, %v", p, err)
		}
	})
	for _, bad := range [][]string{{"a"}, {"a", "b", "c"}, {"1", "x", "c"}, {"1", "2", "3", "4"}} {
		if _, err := readCursor(bad); errs.KindOf(err) != errs.NotFound {
			t.Errorf("%v: %v", bad, err)
		}
	}
}
