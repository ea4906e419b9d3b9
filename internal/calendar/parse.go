package calendar

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"bilin/internal/errs"
	"bilin/internal/workday"
)

// What a pasted list may hold.
const (
	MaxText  = 40_000 // characters
	maxLines = 500
	maxShown = 60 // characters of a bad line
)

// BadLine is a line of a list that could not be read.
type BadLine struct {
	Number int // from 1
	Text   string
	Code   string // message key
	Args   []any
}

// parse reads a list of days as people paste it: one line per stretch with
// first day, last day, holiday or workday, and name, parted by commas or tabs in
// either width. Of a single day the second date may be missing. A heading and
// comments are passed over.
func parse(text string, now time.Time) (days []Day, bad []BadLine) {
	for i, line := range strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n") {
		line = strings.TrimSpace(fold(line))
		switch {
		case strings.Trim(line, ", ") == "" || strings.HasPrefix(line, "#"):
			continue
		case i >= maxLines:
			return days, append(bad, BadLine{Number: i + 1, Text: shorten(line), Code: "calendar.many_lines", Args: []any{"max", maxLines}})
		case len(days) == 0 && len(bad) == 0 && !strings.ContainsAny(line, "0123456789"):
			continue // a heading
		}
		got, err := parseLine(line, now)
		if err != nil {
			e := errs.As(err)
			bad = append(bad, BadLine{Number: i + 1, Text: shorten(line), Code: e.Code, Args: e.Args})
			continue
		}
		days = append(days, got...)
	}
	return days, bad
}

func parseLine(line string, now time.Time) ([]Day, error) {
	fields := strings.Split(line, ",")
	for i := range fields {
		fields[i] = strings.TrimSpace(fields[i])
	}
	from := isoDate(fields[0])
	if len(fields) > 1 && !strings.ContainsAny(fields[1], "0123456789") {
		fields = append([]string{from}, fields...) // a single day
	}
	if len(fields) < 3 {
		return nil, errs.E(errs.Invalid, "calendar.bad_line")
	}
	name := strings.Join(nonEmpty(fields[3:]), "、")
	read, err := workday.Days(from, isoDate(fields[1]), kindWord(fields[2]), name)
	if err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "calendar.bad_line")
	}
	days := make([]Day, 0, len(read))
	for _, d := range read {
		day := Day{Date: d.Date(), Kind: d.Kind, Name: d.Name, Own: true}
		if err := day.check(now); err != nil {
			return nil, err
		}
		days = append(days, day)
	}
	return days, nil
}

// words are the ways in which notices and spreadsheets say it.
var words = map[string]workday.Kind{
	"休": workday.Holiday, "放假": workday.Holiday, "休息": workday.Holiday, "节假日": workday.Holiday,
	"班": workday.Makeup, "上班": workday.Makeup, "补班": workday.Makeup, "调休上班": workday.Makeup,
	"平": workday.Ordinary, "平常": workday.Ordinary, "照常": workday.Ordinary,
}

func kindWord(word string) string {
	if k, ok := words[word]; ok {
		return k.String()
	}
	return strings.ToLower(word)
}

var dateForm = regexp.MustCompile(`^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$`)

// isoDate brings a date into the form YYYY-MM-DD, if it is one; a number of five
// digits is how spreadsheets store a day.
func isoDate(text string) string {
	if n, err := strconv.Atoi(text); err == nil && len(text) == 5 {
		return time.Date(1899, 12, 30+n, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
	}
	m := dateForm.FindStringSubmatch(text)
	if m == nil {
		return text
	}
	two := func(s string) string { return strings.Repeat("0", 2-len(s)) + s }
	return m[1] + "-" + two(m[2]) + "-" + two(m[3])
}

// fold brings full-width signs and tabs to ASCII.
func fold(line string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '、' || r == ';' || r == '；':
			return ','
		case r == '\u3000':
			return ' '
		case r >= '！' && r <= '～':
			return r - '！' + '!'
		}
		return r
	}, line)
}

func nonEmpty(fields []string) []string {
	var out []string
	for _, f := range fields {
		if f != "" {
			out = append(out, f)
		}
	}
	return out
}

func shorten(line string) string {
	if r := []rune(line); len(r) > maxShown {
		return string(r[:maxShown]) + "…"
	}
	return line
}
