package workday

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

const minutesPerDay = 24 * 60

// Span is a stretch of a day, in minutes since midnight; To is not part of it.
type Span struct{ From, To int }

// Hours are the stretches of one day in which the city works, in order.
type Hours []Span

// Week holds the hours of each time.Weekday.
type Week [7]Hours

// DefaultHours are 09:00–12:00 and 13:00–17:00.
func DefaultHours() Hours { return Hours{{9 * 60, 12 * 60}, {13 * 60, 17 * 60}} }

// DefaultWeek is DefaultHours from Monday to Friday.
func DefaultWeek() Week {
	var w Week
	for d := time.Monday; d <= time.Friday; d++ {
		w[d] = DefaultHours()
	}
	return w
}

// ParseHours reads hours such as "09:00-12:00,13:00-17:00".
func ParseHours(text string) (Hours, error) {
	var hours Hours
	for part := range strings.SplitSeq(text, ",") {
		from, to, ok := strings.Cut(strings.TrimSpace(part), "-")
		if !ok {
			return nil, fmt.Errorf("workday: %q is not a span such as 09:00-12:00", part)
		}
		a, errFrom := minute(from)
		b, errTo := minute(to)
		if err := errors.Join(errFrom, errTo); err != nil {
			return nil, err
		}
		hours = append(hours, Span{a, b})
	}
	return hours, hours.check()
}

// ParseWeek reads weekly hours such as
// "mon-fri 09:00-12:00,13:00-17:00; sat 09:00-12:00". Days not named are free.
func ParseWeek(text string) (Week, error) {
	var w Week
	for part := range strings.SplitSeq(text, ";") {
		days, spans, ok := strings.Cut(strings.TrimSpace(part), " ")
		if !ok {
			return Week{}, fmt.Errorf("workday: %q is not a day and its hours", part)
		}
		hours, err := ParseHours(spans)
		if err != nil {
			return Week{}, err
		}
		if err := w.set(days, hours); err != nil {
			return Week{}, err
		}
	}
	return w, nil
}

// set gives hours to a day ("sat") or a range of days ("mon-fri", "sat-sun").
func (w *Week) set(days string, hours Hours) error {
	first, last, ranged := strings.Cut(days, "-")
	if !ranged {
		last = first
	}
	from, okFrom := weekday(first)
	to, okTo := weekday(last)
	if !okFrom || !okTo {
		return fmt.Errorf("workday: %q names no day of the week", days)
	}
	for d := from; ; d = (d + 1) % 7 {
		if w[d] != nil {
			return fmt.Errorf("workday: %s has two sets of hours", d)
		}
		w[d] = hours
		if d == to {
			return nil
		}
	}
}

func weekday(name string) (time.Weekday, bool) {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.EqualFold(name, d.String()[:3]) {
			return d, true
		}
	}
	return 0, false
}

// minute reads "HH:MM"; "24:00" is the end of the day.
func minute(text string) (int, error) {
	if text == "24:00" {
		return minutesPerDay, nil
	}
	t, err := time.Parse("15:04", text)
	if err != nil {
		return 0, fmt.Errorf("workday: %q is not a time of day: %w", text, err)
	}
	return t.Hour()*60 + t.Minute(), nil
}

func (h Hours) check() error {
	end := 0
	for _, s := range h {
		if s.From < end || s.To <= s.From || s.To > minutesPerDay {
			return fmt.Errorf("workday: hours %v are out of order", h)
		}
		end = s.To
	}
	return nil
}

func (h Hours) total() time.Duration {
	sum := 0
	for _, s := range h {
		sum += s.To - s.From
	}
	return time.Duration(sum) * time.Minute
}

func (w Week) check() error {
	for _, h := range w {
		if err := h.check(); err != nil {
			return err
		}
	}
	return nil
}

func (w Week) empty() bool { return len(w.first()) == 0 }

// first returns the hours of the week's first working day, beginning on Monday.
func (w Week) first() Hours {
	for i := range 7 {
		if h := w[(i+1)%7]; len(h) > 0 {
			return h
		}
	}
	return nil
}
