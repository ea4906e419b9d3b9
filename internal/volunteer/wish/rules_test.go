package wish

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bilin/internal/errs"
	"bilin/internal/volunteer"
)

var home = Place{Town: "t", Village: "v", Group: "g", Cell: "c"}

func TestFit(t *testing.T) {
	t.Parallel()
	want := Want{Place: home, Skill: volunteer.Plumber, Days: []Day{{"2026-12-03", 4}, {"2026-12-05", 6}}, From: 8 * 60, To: 12 * 60}
	able := Helper{ID: "a", Place: home, Reach: InCell, Skills: []volunteer.Skill{volunteer.Plumber}, Until: "2026-12-31", Slots: []Slot{{Weekday: 6, From: 9 * 60, To: 11 * 60}}}
	if f, ok := Fit(want, able); !ok || f.Day != "2026-12-05" || f.Near != SameCell {
		t.Fatalf("%+v, %v", f, ok)
	}
	for name, change := range map[string]func(*Helper){
		"without the skill":      func(h *Helper) { h.Skills = []volunteer.Skill{volunteer.Handy} },
		"on another day":         func(h *Helper) { h.Slots[0].Weekday = 0 },
		"too short a time":       func(h *Helper) { h.Slots[0].To = h.Slots[0].From + 29 },
		"in the evening":         func(h *Helper) { h.Slots[0].From, h.Slots[0].To = 18*60, 20*60 },
		"only until before":      func(h *Helper) { h.Until = "2026-12-04" },
		"once, another day":      func(h *Helper) { h.Slots[0].Day = "2026-12-12" },
		"away":                   func(h *Helper) { h.Away = []Span{{"2026-12-04", "2026-12-05"}} },
		"out of reach":           func(h *Helper) { h.Place.Cell = "d" },
		"of another town":        func(h *Helper) { h.Place, h.Reach = Place{Town: "u", Village: "w"}, InTown },
		"known by nothing":       func(h *Helper) { h.Place, h.Reach = Place{}, InTown },
		"a reach there isn't":    func(h *Helper) { h.Reach = "world" },
		"of nowhere, everywhere": func(h *Helper) { h.Place, h.Reach = Place{Village: "x"}, InTown },
	} {
		h := able
		h.Slots = slices.Clone(able.Slots)
		change(&h)
		if f, ok := Fit(want, h); ok {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func draw(t *rapid.T, id string) Helper {
	one := func(label string, of ...string) string { return rapid.SampledFrom(of).Draw(t, label) }
	h := Helper{ID: id, Place: Place{Town: one("town", "t", "u"), Village: one("village", "v", "w", ""), Group: one("group", "g", "x", ""), Cell: one("cell", "c", "d", "")},
		Reach: rapid.SampledFrom(Reaches()).Draw(t, "reach"), Until: one("until", "2026-12-01", "2026-12-04", "2026-12-31"), AskedAt: time.Unix(rapid.Int64Range(0, 5).Draw(t, "asked"), 0)}
	if rapid.Bool().Draw(t, "able") {
		h.Skills = []volunteer.Skill{volunteer.Handy}
	}
	for range rapid.IntRange(0, 2).Draw(t, "slots") {
		from := rapid.IntRange(0, 22).Draw(t, "from") * 60
		h.Slots = append(h.Slots, Slot{Weekday: time.Weekday(rapid.IntRange(0, 6).Draw(t, "weekday")), Day: one("day", "", "2026-12-03"), From: from, To: from + rapid.IntRange(10, 120).Draw(t, "long")})
	}
	return h
}

// Match returns only what fits, the nearest first, among the equally near whoever
// was asked least recently; it depends on nothing else, nor on the order given.
func TestMatchIsByPlaceSkillAndTime(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := Want{Place: home, Skill: rapid.SampledFrom([]volunteer.Skill{"", volunteer.Handy}).Draw(t, "skill"), From: 8 * 60, To: 21 * 60}
		for d := range 7 {
			want.Days = append(want.Days, Day{fmt.Sprintf("2026-12-%02d", d+1), time.Weekday((d + 2) % 7)})
		}
		var all []Helper
		for i := range rapid.IntRange(0, 8).Draw(t, "n") {
			all = append(all, draw(t, string(rune('a'+i))))
		}
		most := rapid.IntRange(0, 4).Draw(t, "most")
		got := Match(want, all, most)
		for i, f := range got {
			if _, ok := Fit(want, f.Helper); !ok || !f.Reach.covers(f.Near) {
				t.Fatalf("%+v doesn't fit", f)
			}
			if i > 0 && (got[i-1].Near > f.Near || got[i-1].Near == f.Near && got[i-1].AskedAt.After(f.AskedAt)) {
				t.Fatalf("%+v before %+v", got[i-1], f)
			}
		}
		if fits := Match(want, all, 100); len(got) != min(len(fits), most) {
			t.Fatalf("%d of %d", len(got), len(fits))
		}
		back := slices.Clone(all)
		slices.Reverse(back)
		if fmt.Sprint(Match(want, back, most)) != fmt.Sprint(got) {
			t.Fatal("the order given matters")
		}
	})
}

// Whatever happens to a wish, it is with nobody unless asked or taken, and what
// was given back knows nothing of whom it was with.
func TestNothingIsHeldAgainstAnybody(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		now := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
		w := &Wish{State: Open, Until: "2026-12-20"}
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			before := *w
			var err error
			step := rapid.SampledFrom([]string{"ask", "any", "take", "take other", "decline", "back", "say", "agree", "finish", "withdraw", "again", "pass"}).Draw(t, "step")
			switch step {
			case "ask":
				err = w.Ask("a", now)
			case "any":
				err = w.Any()
			case "take":
				err = w.Take("a", "2026-12-10", now)
			case "take other":
				err = w.Take("b", "2026-12-10", now)
			case "decline":
				err = w.Decline("a")
			case "back":
				err = w.GiveBack()
			case "say":
				err = w.Say(Help, "2026-12-08", 600, "2026-12-15")
			case "agree":
				err = w.Agree(Home)
			case "finish":
				err = w.Finish(Great, now)
			case "withdraw":
				err = w.Withdraw(now)
			case "again":
				err = w.Again("2026-12-28", now)
			case "pass":
				now = now.AddDate(0, 0, rapid.IntRange(0, 9).Draw(t, "days"))
				w.Pass(now.Format(time.DateOnly), now)
			}
			if err != nil && *w != before {
				t.Fatalf("%s was refused and changed it: %+v", step, w)
			}
			if (w.AskedID != "") != (w.State == Asked) || (w.HelperID != "") != (w.State == Taken || w.State == Done) {
				t.Fatalf("after %s: %+v", step, w)
			}
			if w.State == Open && (w.Meet != Meet{} || !w.TakenAt.IsZero() || w.DueOn != "") {
				t.Fatalf("after %s it still knows: %+v", step, w)
			}
			if before.State == Done && w.State != Done {
				t.Fatalf("%s undoes what was done", step)
			}
			if (before.State == Asked && w.State == Taken) && w.HelperID != before.AskedID {
				t.Fatalf("somebody took what another was asked: %+v", w)
			}
		}
	})
}

func TestWords(t *testing.T) {
	t.Parallel()
	for text, code := range map[string]string{
		"  楼梯间 的灯，要带梯子 ": "", "2楼左边那家的灯": "", "正月十五元宵一起包汤圆": "", "It will be easy": "",
		"修好给50元": "wish.money", "给一百块": "wish.money", "发个红包谢您": "wish.money", "加我微信": "wish.money",
		"打13800138000": "wish.number", "打１３８００１３": "wish.number",
		"独居，腿脚不便": "wish.reason", "有病走不动": "wish.reason", "低保家庭": "wish.reason", "cancer": "wish.reason",
		strings.Repeat("字", MaxWords+1): "wish.too_long",
	} {
		if _, err := words("words", text, MaxWords); errs.CodeOf(err) != code && (err != nil || code != "") {
			t.Errorf("%q: %v, want %q", text, err, code)
		}
	}
}

func TestAChildIsNeverAloneWithAVolunteer(t *testing.T) {
	t.Parallel()
	n := 0
	for _, k := range Default() {
		if !k.Guardian {
			continue
		}
		n++
		if _, err := (Post{Kind: k.Code}).check(k, "2026-12-01", "2026-12-22"); errs.CodeOf(err) != "wish.guardian" {
			t.Errorf("%s without a guardian: %v", k.Code, err)
		}
		if _, err := (Post{Kind: k.Code, Guardian: true}).check(k, "2026-12-01", "2026-12-22"); err != nil {
			t.Errorf("%s with a guardian: %v", k.Code, err)
		}
	}
	if n < 2 {
		t.Errorf("%d kinds with a child", n)
	}
}

func TestTheCatalogue(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, k := range Default() {
		if _, err := k.check(); err != nil || seen[k.Code] || k.NameEN == "" {
			t.Errorf("%+v: %v", k, err)
		}
		seen[k.Code] = true
	}
}

func FuzzParseClock(f *testing.F) {
	for _, s := range []string{"09:30", "24:00", "9:5", "", ":", "+9:00", "09:-1", "٠٩:٣٠"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, ok := ParseClock(s)
		if m < 0 || m >= 24*60 || !ok && m != 0 {
			t.Fatalf("%q: %d, %v", s, m, ok)
		}
		if again, fine := ParseClock(Clock(m)); ok && (!fine || again != m) {
			t.Fatalf("%q comes back as %d", s, again)
		}
	})
}
