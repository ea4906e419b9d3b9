package catalog_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"bilin/internal/demand/catalog"
	"bilin/internal/i18n"
)

func words(t testing.TB, locale string) func(string, ...any) string {
	c, err := i18n.New(catalog.Messages)
	ok(t, err)
	return func(key string, kv ...any) string { return c.T(locale, key, kv...) }
}

func TestSayAndParse(t *testing.T) {
	zh, en := words(t, i18n.ZH), words(t, i18n.EN)
	for d, want := range map[time.Duration][2]string{
		catalog.WorkingDay:             {"1 个工作日", "1 working day"},
		10 * catalog.WorkingDay:        {"10 个工作日", "10 working days"},
		catalog.WorkingDay + time.Hour: {"1 个工作日 1 小时", "1 working day 1 hour"},
		4*time.Hour + 30*time.Minute:   {"4 小时 30 分钟", "4 hours 30 minutes"},
		0:                              {"0 分钟", "0 minutes"},
	} {
		if got := [2]string{catalog.Say(zh, d), catalog.Say(en, d)}; got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
	for text, want := range map[string]time.Duration{
		"2天": 2 * catalog.WorkingDay, "２ 个工作日": 2 * catalog.WorkingDay, "半天": catalog.WorkingDay / 2, "1.5小时": 90 * time.Minute,
		"30 min": 30 * time.Minute, "1 day 4 hours": catalog.WorkingDay + 4*time.Hour, "半个小时": 30 * time.Minute, "1H": time.Hour,
	} {
		if got, err := catalog.ParseLimit(text); err != nil || got != want {
			t.Errorf("ParseLimit(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"2", "两天", "2周", "天", "1天x", "-2天", "99999天"} {
		if got, err := catalog.ParseLimit(text); err == nil {
			t.Errorf("ParseLimit(%q) = %v", text, got)
		}
	}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	zh, en := words(t, i18n.ZH), words(t, i18n.EN)
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.IntRange(15, 60*7*60).Draw(t, "minutes")) * time.Minute
		for _, say := range []string{catalog.Say(zh, d), catalog.Say(en, d)} {
			if got, err := catalog.ParseLimit(say); err != nil || got != d {
				t.Fatalf("ParseLimit(%q) = %v, %v, want %v", say, got, err, d)
			}
		}
	})
}
