package reportweb

import (
	"fmt"
	"strconv"
	"time"

	"bilin/internal/i18n"
	"bilin/internal/web"
)

// num groups the digits of a count: 30,000.
func num(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// pct writes a share with one decimal; all is claimed only of all.
func pct(part, whole int) string {
	if whole == 0 {
		return "—"
	}
	text := fmt.Sprintf("%.1f", 100*float64(part)/float64(whole))
	if text == "100.0" && part < whole {
		text = "99.9"
	}
	return text + "%"
}

// share writes a count with its share of a whole.
func (v *view) share(part, whole int) string {
	return v.t("reportweb.share", "n", num(part), "pct", pct(part, whole))
}

// long writes how long something took, in the two largest units.
func (v *view) long(d time.Duration) string {
	d = max(0, d).Round(time.Second)
	hours, minutes, seconds := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60
	switch {
	case hours >= 48:
		return v.t("reportweb.long.days", "d", hours/24, "h", hours%24)
	case hours > 0 && minutes == 0:
		return v.t("reportweb.long.hour", "h", hours)
	case hours > 0:
		return v.t("reportweb.long.hours", "h", hours, "m", minutes)
	case minutes >= 10 || minutes > 0 && seconds == 0:
		return v.t("reportweb.long.minutes", "m", minutes)
	case minutes > 0:
		return v.t("reportweb.long.both", "m", minutes, "s", seconds)
	}
	return v.t("reportweb.long.seconds", "s", seconds)
}

// clock writes a moment: with its day unless it is that of the order.
func (v *view) clock(at time.Time) string {
	at, day := at.In(web.CityZone), v.r.Order.IssuedAt.In(web.CityZone)
	if at.YearDay() == day.YearDay() && at.Year() == day.Year() {
		return at.Format("15:04")
	}
	return v.format(at, "1月2日 15:04", "2 Jan 15:04")
}

func (v *view) datetime(at time.Time) string {
	return v.format(at, "2006年1月2日 15:04", "2 January 2006, 15:04")
}

func (v *view) date(at time.Time) string { return v.format(at, "2006年1月2日", "2 January 2006") }

func (v *view) format(at time.Time, zh, en string) string {
	if v.locale == i18n.EN {
		return at.In(web.CityZone).Format(en)
	}
	return at.In(web.CityZone).Format(zh)
}

// amount writes a number that may have decimals.
func amount(x float64) string {
	if x == float64(int(x)) {
		return num(int(x))
	}
	return strconv.FormatFloat(x, 'f', 1, 64)
}
