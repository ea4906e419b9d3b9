package practice

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bilin/internal/errs"
)

func whole() Text {
	return Text{Title: "路灯认领", Trouble: "巷子里黑。", Did: "一户看一盏。", Cost: "没花钱。", Result: "亮了。"}
}

func TestWriteChecks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(*Write)
		field string
	}{
		"as it is":       {func(*Write) {}, ""},
		"no headline":    {func(w *Write) { w.Title = " " }, "title"},
		"long headline":  {func(w *Write) { w.Title = strings.Repeat("字", MaxTitle+1) }, "title"},
		"no topic":       {func(w *Write) { w.Topic = "gossip" }, "topic"},
		"half a draft":   {func(w *Write) { w.Result = "" }, ""},
		"half, offered":  {func(w *Write) { w.Result, w.Offer = "", true }, "result"},
		"nothing minded": {func(w *Write) { w.Mind, w.Offer = "", true }, ""},
		"a telephone":    {func(w *Write) { w.Did = "找老李，１３８ 0013 8000" }, "did"},
		"a year":         {func(w *Write) { w.Did = "2026年，12月31日，20000元" }, ""},
		"an identity":    {func(w *Write) { w.Mind = "11010519491231002X" }, "mind"},
		"mute picture":   {func(w *Write) { w.Picture = &Picture{} }, "alt"},
	} {
		w := Write{Topic: "water", Text: whole()}
		c.spoil(&w)
		_, err := w.check(Draft)
		switch {
		case c.field == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.field != "" && (err == nil || errs.As(err).Fields[0].Name != c.field):
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever the two do in whatever order, only words that both agreed to as they
// stand are published, and no edition is ever reused.
func TestOnlyWhatBothAgreedTo(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p, now := &Practice{State: Draft, author: "a"}, time.Unix(1, 0)
		agreed, seen := map[Side]int{}, 0
		for i := range rapid.IntRange(1, 30).Draw(t, "steps") {
			side := rapid.SampledFrom([]Side{Author, Editor}).Draw(t, "side")
			was := p.State
			edition := p.Edition - rapid.IntRange(0, 1).Draw(t, "late")
			switch rapid.IntRange(0, 2).Draw(t, "what") {
			case 0:
				latest := p.Edition
				err := p.write(side, Write{Topic: "water", Text: whole(), Edition: edition, Offer: i > 2}, now)
				if (err == nil) != (edition == latest) {
					t.Fatalf("words over edition %d of %d: %v", edition, latest, err)
				}
				if err == nil && i > 2 && side == Author && p.AuthorOK == p.Edition {
					agreed[Author] = p.Edition
				}
			case 1:
				if _, err := p.agree(side, Edition{Text: whole(), Topic: p.Topic}, edition, now); err == nil {
					agreed[side] = edition
				}
			case 2:
				if p.withdraw("写错", now) == nil {
					clear(agreed)
				}
			}
			if p.Shown < seen || p.Shown > 0 && p.State != Published && p.State != Withdrawn {
				t.Fatalf("edition %d after %d, and %s", p.Shown, seen, p.State)
			}
			if (p.Shown > seen || p.State == Published && was == Withdrawn) && (agreed[Author] != p.Shown || agreed[Editor] != p.Shown) {
				t.Fatalf("edition %d is out; agreed: %v", p.Shown, agreed)
			}
			seen = p.Shown
		}
	})
}

// A difference gives back both texts, and of equal texts keeps all.
func TestDiff(t *testing.T) {
	t.Parallel()
	letters := rapid.StringOfN(rapid.SampledFrom([]rune("路灯亮。\na")), 0, 40, -1)
	rapid.Check(t, func(t *rapid.T) {
		before, after := letters.Draw(t, "before"), letters.Draw(t, "after")
		old, fresh := "", ""
		list := Diff(before, after)
		for i, p := range list {
			if p.Words == "" || i > 0 && list[i-1].Op == p.Op {
				t.Fatalf("pieces %v", list)
			}
			if p.Op != Added {
				old += p.Words
			}
			if p.Op != Gone {
				fresh += p.Words
			}
		}
		if old != before || fresh != after {
			t.Fatalf("%q, %q: %v", before, after, list)
		}
		if before == after && len(list) > 1 {
			t.Fatalf("equal: %v", list)
		}
	})
	if got := Diff("每户看一盏灯", "一户看两盏灯"); len(got) != 6 || got[1].Words != "每" && got[0].Words != "每" {
		t.Errorf("%v", got)
	}
}

// What stands in a text is found by any part of it, whatever its width and case.
func TestAskedIsInGrams(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.SampledFrom([]rune("垃圾分类，路灯 AbＣ１2。\n")), 1, 60, -1).Draw(t, "text")
		runes := []rune(text)
		from := rapid.IntRange(0, len(runes)-1).Draw(t, "from")
		to := rapid.IntRange(from+1, len(runes)).Draw(t, "to")
		have := map[string]bool{}
		for _, g := range grams(text) {
			have[g] = true
		}
		for _, word := range askedFor(string(runes[from:to])) {
			for _, p := range word.pairs {
				if !have[p] {
					t.Fatalf("%q of %q: no %q", string(runes[from:to]), text, p)
				}
			}
			found := word.single == ""
			for g := range have {
				found = found || strings.HasPrefix(g, word.single)
			}
			if !found {
				t.Fatalf("no %q in %q", word.single, text)
			}
		}
	})
}

func FuzzAsked(f *testing.F) {
	f.Add("垃圾 分类")
	f.Fuzz(func(t *testing.T, q string) {
		words := askedFor(q)
		if len(words) > maxWords {
			t.Fatalf("%d words", len(words))
		}
		for _, a := range words {
			if len(a.pairs) > maxGrams || len(a.pairs) == 0 && a.single == "" {
				t.Fatalf("%+v", a)
			}
		}
	})
}

// However a village takes up, tells and ends, it does it or it doesn't; what was
// told is never lost.
func TestTake(t *testing.T) {
	t.Parallel()
	p := &Practice{ID: "p", UnitID: "own", State: Published}
	if _, err := p.takes(nil, "own", "2026-12-01"); errs.CodeOf(err) != "practice.own" {
		t.Errorf("its own: %v", err)
	}
	rapid.Check(t, func(t *rapid.T) {
		var had *Take
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			switch rapid.IntRange(0, 2).Draw(t, "what") {
			case 0:
				next, err := p.takes(had, "v", "2026-12-01")
				if (err == nil) != (had == nil || !had.Live()) {
					t.Fatalf("%+v: %v", had, err)
				}
				if err == nil {
					had = next
				}
			case 1:
				if had == nil {
					continue
				}
				if err := had.tell(TellCame{Came: Partly, Words: "只修好一半", Version: had.Version}, "2026-12-02"); err != nil {
					t.Fatal(err)
				}
			case 2:
				if had == nil {
					continue
				}
				live, came := had.Live(), had.Came
				if err := had.end("2026-12-03"); (err == nil) != live || had.Live() || had.Came != came {
					t.Fatalf("%+v: %v", had, err)
				}
			}
		}
	})
	take := &Take{Version: 2}
	for code, c := range map[string]TellCame{
		"practice.check":         {Came: "great", Words: "好", Version: 2},
		"practice.changed_since": {Came: Worked, Words: "好", Version: 1},
	} {
		if err := take.tell(c, "2026-12-02"); errs.CodeOf(err) != code {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
