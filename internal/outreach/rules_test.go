package outreach

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	good := Compose{Kind: News, Title: " 停水 通知 ", Words: "今天停水。\r\n\r\n\r\n 明天有水。"}
	got, err := good.check(false)
	if err != nil || got.Title != "停水 通知" || got.Words != "今天停水。\n\n明天有水。" {
		t.Errorf("%+v, %v", got, err)
	}
	for field, spoil := range map[string]func(*Compose){
		"title": func(c *Compose) { c.Title = strings.Repeat("字", MaxTitle+1) },
		"words": func(c *Compose) { c.Words = "【时间】停水" },
		"kind":  func(c *Compose) { c.Kind = "gossip" },
		"min":   func(c *Compose) { c.MinSize = -1 },
		"max":   func(c *Compose) { c.MinSize, c.MaxSize = 4, 3 },
	} {
		c := good
		spoil(&c)
		if _, err := c.check(false); err == nil || !strings.Contains(err.Error(), field) && field == "" {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := good.check(true); err == nil {
		t.Error("a picture without words for those who can't see it")
	}
}

func TestTemplatesAreGood(t *testing.T) {
	t.Parallel()
	for _, tpl := range Templates() {
		for i, lang := range []string{"中文", "English"} {
			say := func(part string) string { return Messages["outreach.template."+tpl.Name+part][i] }
			c := Compose{Kind: tpl.Kind, Title: say(".title"), Words: strings.NewReplacer("【", "", "】", "").Replace(say(".words"))}
			if _, err := c.check(false); err != nil {
				t.Errorf("%s in %s: %v", tpl.Name, lang, err)
			}
			if long := longSentences(c.Words); len(long) > 0 && i == 0 {
				t.Errorf("%s: long sentences %q", tpl.Name, long)
			}
		}
	}
}

// Whatever is entered in a minute, no more is odd than was entered, and all above the bound is.
func TestOdd(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		total, strange := 0, 0
		for _, n := range rapid.SliceOf(rapid.IntRange(1, 60)).Draw(t, "entries") {
			o := odd(total, n)
			if o < 0 || o > n {
				t.Fatalf("%d of %d", o, n)
			}
			total, strange = total+n, strange+o
		}
		if want := max(0, total-Quick); strange != want {
			t.Fatalf("%d odd of %d", strange, total)
		}
	})
}

// A household is reached once, whatever the order of the ways.
func TestAdds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var had Way
		firsts, fresh := 0, 0
		ways := rapid.SliceOfN(rapid.SampledFrom([]Way{Opened, Told, Met}), 1, 12).Draw(t, "ways")
		for _, w := range ways {
			f, first := adds(had, w)
			if f {
				fresh++
			}
			if first {
				firsts++
			}
			had |= w
		}
		if firsts != 1 || fresh > 3 || fresh < 1 {
			t.Fatalf("%v: %d firsts, %d fresh", ways, firsts, fresh)
		}
	})
}

func TestNear(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		shown, now int
		want       bool
	}{{0, 0, true}, {11, 11, true}, {11, 12, false}, {468178, 468200, true}, {468178, 400000, false}, {100, 102, true}, {103, 100, false}} {
		if near(c.shown, c.now) != c.want {
			t.Errorf("%d shown, %d now", c.shown, c.now)
		}
	}
}
