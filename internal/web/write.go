package web

import (
	"fmt"
	"reflect"
	"strconv"
	"time"

	"bilin/internal/i18n"
)

// CityZone is the time of the city; China keeps one zone and no summer time.
var CityZone = time.FixedZone("CST", 8*60*60)

// writer writes numbers, dates and times as a language does.
type writer struct {
	locale string
	now    func() time.Time
	t      func(string, ...any) string
}

// num groups the digits of a whole number: 468,178.
func (w writer) num(v any) string {
	n, ok := integer(v)
	if !ok {
		return fmt.Sprint(v)
	}
	s := strconv.FormatInt(n, 10)
	start := 0
	if n < 0 {
		start = 1
	}
	for i := len(s) - 3; i > start; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// pct writes a share with one decimal, and a dash where there is no whole.
func (w writer) pct(part, whole any) string {
	a, okA := number(part)
	b, okB := number(whole)
	if !okA || !okB || b == 0 {
		return "—"
	}
	share := 100 * a / b
	text := strconv.FormatFloat(share, 'f', 1, 64)
	if text == "100.0" && a < b { // never claim all when one is missing
		text = "99.9"
	}
	return text + "%"
}

func integer(v any) (int64, bool) {
	r := reflect.ValueOf(v)
	switch {
	case !r.IsValid():
		return 0, false
	case r.CanInt():
		return r.Int(), true
	case r.CanUint():
		return int64(r.Uint()), true //nolint:gosec // counts stay far below
	}
	return 0, false
}

func number(v any) (float64, bool) {
	if n, ok := integer(v); ok {
		return float64(n), true
	}
	r := reflect.ValueOf(v)
	if r.IsValid() && r.CanFloat() {
		return r.Float(), true
	}
	return 0, false
}

// moment reads a time.Time, milliseconds since 1970, or a day "2006-01-02".
func moment(v any) (time.Time, bool) {
	switch x := v.(type) {
	case time.Time:
		return x.In(CityZone), !x.IsZero()
	case string:
		t, err := time.ParseInLocation("2006-01-02", x, CityZone)
		return t, err == nil
	}
	ms, ok := integer(v)
	return time.UnixMilli(ms).In(CityZone), ok && ms != 0
}

func (w writer) format(v any, zh, en string) string {
	t, ok := moment(v)
	if !ok {
		return "—"
	}
	if w.locale == i18n.EN {
		return t.Format(en)
	}
	return t.Format(zh)
}

func (w writer) date(v any) string { return w.format(v, "2006年1月2日", "2 January 2006") }

func (w writer) datetime(v any) string {
	return w.format(v, "2006年1月2日 15:04", "2 January 2006, 15:04")
}

func (w writer) clock(v any) string { return w.format(v, "15:04", "15:04") }

func (w writer) iso(v any) string {
	t, ok := moment(v)
	if !ok {
		return ""
	}
	return t.Format(time.RFC3339)
}

// ago says how long ago something was; after a week it gives the date,
// with the year where it is another.
func (w writer) ago(v any) string {
	t, ok := moment(v)
	if !ok {
		return "—"
	}
	gone := w.now().Sub(t)
	switch {
	case gone < time.Minute:
		return w.t("web.just_now")
	case gone < 7*24*time.Hour:
		return w.t("web.ago", "span", w.span(gone))
	}
	if t.Year() == w.now().In(CityZone).Year() {
		return w.format(v, "1月2日", "2 January")
	}
	return w.date(v)
}

// deadline says what is left, or by how much it is overdue.
func (w writer) deadline(v any) string {
	t, ok := moment(v)
	if !ok {
		return "—"
	}
	left := t.Sub(w.now())
	if left < 0 {
		return w.t("web.overdue", "span", w.span(-left))
	}
	return w.t("web.left", "span", w.span(left))
}

// span writes a duration in its largest fitting unit.
func (w writer) span(d time.Duration) string {
	switch {
	case d < time.Hour:
		return w.t("web.minutes", "n", max(1, int(d.Minutes())))
	case d < 48*time.Hour:
		return w.t("web.hours", "n", int(d.Hours()))
	}
	return w.t("web.days", "n", int(d.Hours()/24))
}
