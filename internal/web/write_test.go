package web

import (
	"testing"
	"time"

	"bilin/internal/i18n"
)

func writerOf(t *testing.T, locale string) writer {
	t.Helper()
	catalog, err := i18n.New(Messages)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 8, 9, 30, 0, 0, CityZone)
	return writer{locale: locale, now: func() time.Time { return now }, t: func(k string, kv ...any) string { return catalog.T(locale, k, kv...) }}
}

func TestNumbersAndTimes(t *testing.T) {
	zh, en := writerOf(t, i18n.ZH), writerOf(t, i18n.EN)
	now := zh.now()
	for _, c := range []struct{ got, want string }{
		{zh.num(468178), "468,178"}, {zh.num(-1234), "-1,234"}, {zh.num(int64(12)), "12"}, {zh.num("x"), "x"},
		{zh.pct(1, 3), "33.3%"}, {zh.pct(99999, 100000), "99.9%"}, {zh.pct(7, 7), "100.0%"}, {zh.pct(0, 0), "—"},
		{zh.date("2026-03-08"), "2026年3月8日"}, {en.date("2026-03-08"), "8 March 2026"}, {zh.date(""), "—"},
		{zh.datetime(now.UTC()), "2026年3月8日 09:30"}, {zh.clock(now.UnixMilli()), "09:30"},
		{zh.ago(now.Add(-20 * time.Second)), "刚刚"}, {zh.ago(now.Add(-3 * time.Hour)), "3小时前"}, {en.ago(now.Add(-time.Minute)), "1 minute ago"},
		{zh.ago(now.AddDate(0, -1, 0)), "2月8日"}, {en.ago(now.AddDate(-1, 0, 0)), "8 March 2025"},
		{zh.deadline(now.Add(50 * time.Hour)), "还有2天"}, {en.deadline(now.Add(-time.Hour)), "1 hour overdue"},
		{zh.urgency(now.Add(-time.Hour)), "late"}, {zh.urgency(now.Add(time.Hour)), "soon"}, {zh.urgency(now.Add(time.Hour * 48)), "far"},
		{MaskName("张三"), "张*"}, {MaskName("欧阳小满"), "欧阳**"}, {MaskName("王"), "*"}, {MaskName(""), ""},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestTemplateHelpers(t *testing.T) {
	if q, err := query("/x", "q", "路 灯", "empty", ""); err != nil || q != "/x?q=%E8%B7%AF+%E7%81%AF" {
		t.Error(q, err)
	}
	if _, err := dict("a"); err == nil {
		t.Error("an odd dict is taken")
	}
	if _, err := dict(1, 2); err == nil {
		t.Error("a dict with a number for a key is taken")
	}
	if !has([]string{"a", "b"}, "b") || has([]string{"a"}, "b") || has(nil, "b") {
		t.Error("has")
	}
	if n, err := add(1, int64(2)); err != nil || n != 3 {
		t.Error(n, err)
	}
}
