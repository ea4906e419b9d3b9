package catalog

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"bilin/internal/errs"
)

// Say writes working time in words: "1 个工作日", "4 小时", "1 working day 2 hours".
// t is the reader's translator.
func Say(t func(key string, kv ...any) string, d time.Duration) string {
	var parts []string
	for _, unit := range []struct {
		key string
		of  time.Duration
	}{{"catalog.days", WorkingDay}, {"catalog.hours", time.Hour}, {"catalog.minutes", time.Minute}} {
		if n := int(d / unit.of); n > 0 {
			parts = append(parts, t(unit.key, "n", n))
			d %= unit.of
		}
	}
	if len(parts) == 0 {
		return t("catalog.minutes", "n", 0)
	}
	return strings.Join(parts, " ")
}

// units are how people write them, in either language.
var units = map[string]time.Duration{
	"天": WorkingDay, "日": WorkingDay, "个工作日": WorkingDay, "工作日": WorkingDay, "个天": WorkingDay,
	"d": WorkingDay, "day": WorkingDay, "days": WorkingDay, "workingday": WorkingDay, "workingdays": WorkingDay,
	"小时": time.Hour, "个小时": time.Hour, "时": time.Hour, "h": time.Hour, "hour": time.Hour, "hours": time.Hour,
	"分": time.Minute, "分钟": time.Minute, "m": time.Minute, "min": time.Minute, "minute": time.Minute, "minutes": time.Minute,
}

var term = regexp.MustCompile(`^([0-9]{1,4}(?:\.[0-9])?)([^0-9.]+)`)

// ParseLimit reads working time as people write it, such as "2天", "1 day 4 hours"
// or "半天". Whether it is within bounds is said when it is stored.
func ParseLimit(text string) (time.Duration, error) {
	rest := strings.NewReplacer(" ", "", "半天", "0.5天", "半小时", "30分钟", "半个小时", "30分钟").Replace(strings.ToLower(strings.Map(halfWidth, text)))
	var sum time.Duration
	for rest != "" {
		m := term.FindStringSubmatch(rest)
		if m == nil || units[m[2]] == 0 {
			return 0, errs.E(errs.Invalid, "catalog.unreadable_limit")
		}
		n, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			return 0, errs.Wrap(err, errs.Invalid, "catalog.unreadable_limit")
		}
		sum += time.Duration(n * float64(units[m[2]])).Round(time.Minute)
		rest = rest[len(m[0]):]
	}
	return sum, nil
}

func halfWidth(r rune) rune {
	switch {
	case r >= '！' && r <= '～':
		return r - '！' + '!'
	case r == '\u3000':
		return ' '
	}
	return r
}
