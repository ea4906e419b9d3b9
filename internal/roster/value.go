package roster

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"bilin/internal/address"
	"bilin/internal/sheet"

	"golang.org/x/text/unicode/norm"
)

// clean takes off what a cell carries besides its text: space around it, an
// export's apostrophe, invisible characters, full-width letters and digits.
func clean(s string) string {
	if s = strings.TrimFunc(s, isInvisible); s == "" {
		return ""
	}
	s = sheet.Unescape(s)
	if !isCommon(s) {
		s = norm.NFKC.String(s)
		s = strings.Map(dropInvisible, s)
	}
	return strings.TrimFunc(s, isInvisible)
}

// isCommon reports whether s holds only what needs no folding.
func isCommon(s string) bool {
	for _, r := range s {
		if r >= 0x20 && r < 0x7F || r >= 0x4E00 && r <= 0x9FFF {
			continue
		}
		return false
	}
	return true
}

func isInvisible(r rune) bool {
	return unicode.IsSpace(r) || r == '\ufeff' || r == '\u200b' || r == '\u200c' || r == '\u200d' || r == '\u2060'
}

func dropInvisible(r rune) rune {
	switch {
	case r == '\n' || r == '\r' || r == '\t':
		return ' '
	case isInvisible(r) && r != ' ':
		return -1
	}
	return r
}

// unreadable reports whether s holds what no text holds: remains of a wrong
// encoding, or control characters.
func unreadable(s string) bool {
	if !utf8.ValidString(s) {
		return true
	}
	for _, r := range s {
		if r == utf8.RuneError || r < 0x20 && r != '\n' && r != '\r' && r != '\t' || r == 0x7F {
			return true
		}
	}
	return false
}

// sheetErrors are what a spreadsheet shows where it failed to compute.
func isSheetError(s string) bool {
	switch s {
	case "#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!":
		return true
	}
	return false
}

// lostDigits reports whether a spreadsheet has rounded a long number:
// 4.30182E+11.
func lostDigits(s string) bool {
	mantissa, exponent, ok := strings.Cut(strings.ToUpper(s), "E+")
	return ok && isNumber(strings.Replace(mantissa, ".", "", 1)) && isNumber(exponent)
}

func isNumber(s string) bool {
	if s == "" {
		return false
	}
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// foldName removes the spaces people align two-character names with: 王　明.
func foldName(s string) string {
	if !strings.Contains(s, " ") {
		return s
	}
	for _, r := range s {
		if r != ' ' && (r < 0x4E00 || r > 0x9FFF) && r != '·' {
			return strings.Join(strings.Fields(s), " ")
		}
	}
	return strings.ReplaceAll(s, " ", "")
}

// foldPhone returns the digits of a telephone number, and whether they can be
// one: a mobile number of 11 digits, or a landline of 7 to 12. Of several
// numbers in one cell the first counts.
func foldPhone(s string) (string, bool) {
	if i := strings.IndexAny(s, "/、;,， ；"); i > 0 && countDigits(s[:i]) >= 7 {
		s = s[:i]
	}
	digits := make([]byte, 0, 16)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits = append(digits, c)
		case c == ' ' || c == '-' || c == '+' || c == '(' || c == ')':
		default:
			return s, false
		}
	}
	number := string(digits)
	if len(number) == 13 || len(number) == 15 {
		number = strings.TrimPrefix(strings.TrimPrefix(number, "00"), "86")
	}
	switch {
	case number == "":
		return "", false
	case number[0] == '1':
		return number, len(number) == 11
	case number[0] == '0':
		return number, len(number) >= 10 && len(number) <= 12
	}
	return number, len(number) == 7 || len(number) == 8
}

func countDigits(s string) int {
	n := 0
	for i := 0; i < len(s); i++ {
		if s[i] >= '0' && s[i] <= '9' {
			n++
		}
	}
	return n
}

// maxSize is more people than live in any one household.
const maxSize = 99

// foldSize reads a number of people: 3, 3人, 三口.
func foldSize(s string) (int, bool) {
	for _, suffix := range []string{"人", "口", "口人", ".0"} {
		s = strings.TrimSpace(strings.TrimSuffix(s, suffix))
	}
	n, ok := address.Numeral(s)
	return n, ok && n <= maxSize
}
