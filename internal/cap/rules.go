package cap

import (
	"math"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

func anything(string) string { return "" }

// handle is an identifier or a sender: CAP 1.2 §3.2.1 forbids spaces, commas, < and &.
func handle(text string) string {
	switch {
	case strings.TrimSpace(text) == "":
		return "cap.empty"
	case strings.ContainsAny(text, " \t\r\n,<&"):
		return "cap.bad_handle"
	}
	return ""
}

func oneOf(words ...string) func(string) string {
	return func(text string) string {
		if slices.Contains(words, text) {
			return ""
		}
		return "cap.bad_word"
	}
}

var (
	momentForm   = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d$`)
	languageForm = regexp.MustCompile(`^[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*$`)
	integerForm  = regexp.MustCompile(`^[-+]?\d+$`)
	decimalForm  = regexp.MustCompile(`^[-+]?(\d+(\.\d*)?|\.\d+)$`)
)

// readMoment reads a time with its offset; the standard wants no Z. XML Schema
// knows no year 0 and no offset beyond 14 hours.
func readMoment(text string) (time.Time, bool) {
	text = collapse(text)
	if !momentForm.MatchString(text) {
		return time.Time{}, false
	}
	at, err := time.Parse(time.RFC3339, text)
	_, offset := at.Zone()
	return at, err == nil && at.Year() > 0 && max(offset, -offset) <= 14*60*60
}

func moment(text string) string {
	if _, ok := readMoment(text); !ok {
		return "cap.bad_time"
	}
	return ""
}

func language(text string) string {
	if !languageForm.MatchString(collapse(text)) {
		return "cap.bad_language"
	}
	return ""
}

func integer(text string) string {
	if !integerForm.MatchString(collapse(text)) {
		return "cap.bad_number"
	}
	return ""
}

func decimal(text string) string {
	if !decimalForm.MatchString(collapse(text)) {
		return "cap.bad_number"
	}
	return ""
}

func address(text string) string {
	if _, err := url.Parse(collapse(text)); err != nil {
		return "cap.bad_address"
	}
	return ""
}

// readPoint reads "latitude,longitude".
func readPoint(text string) (Point, bool) {
	lat, lon, found := strings.Cut(text, ",")
	p := Point{}
	var north, east bool
	p.Lat, north = readDecimal(lat)
	p.Lon, east = readDecimal(lon)
	return p, found && north && east && math.Abs(p.Lat) <= 90 && math.Abs(p.Lon) <= 180
}

// readDecimal reads digits with a point; Go's own reader knows more, such as
// powers and hexadecimal.
func readDecimal(text string) (float64, bool) {
	if !decimalForm.MatchString(text) {
		return 0, false
	}
	v, err := strconv.ParseFloat(text, 64)
	return v, err == nil
}

// readPolygon reads four points or more of which the first is the last.
func readPolygon(text string) ([]Point, bool) {
	var out []Point
	for _, part := range strings.Fields(text) {
		p, ok := readPoint(part)
		if !ok {
			return nil, false
		}
		out = append(out, p)
	}
	return out, len(out) >= 4 && out[0] == out[len(out)-1]
}

func polygon(text string) string {
	if _, ok := readPolygon(text); !ok {
		return "cap.bad_polygon"
	}
	return ""
}

// readCircle reads "latitude,longitude radius".
func readCircle(text string) (Circle, bool) {
	parts := strings.Fields(text)
	if len(parts) != 2 {
		return Circle{}, false
	}
	p, ok := readPoint(parts[0])
	radius, number := readDecimal(parts[1])
	return Circle{p, radius}, ok && number && radius >= 0
}

func circle(text string) string {
	if _, ok := readCircle(text); !ok {
		return "cap.bad_circle"
	}
	return ""
}

// readReferences reads "sender,identifier,sent" by white space.
func readReferences(text string) ([]Reference, bool) {
	var out []Reference
	for _, part := range strings.Fields(text) {
		three := strings.Split(part, ",")
		if len(three) != 3 || handle(three[0]) != "" || handle(three[1]) != "" {
			return nil, false
		}
		at, ok := readMoment(three[2])
		if !ok {
			return nil, false
		}
		out = append(out, Reference{three[0], three[1], at})
	}
	return out, true
}

// collapse is what XML Schema does to white space of everything but strings.
func collapse(text string) string { return strings.Join(strings.Fields(text), " ") }
