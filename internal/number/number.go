// Package number makes short numbers that can be read out over a telephone: all
// digits but for a leading letter, with a check digit.
package number

import (
	"fmt"
	"strings"
)

// Of returns a letter (or nothing), two digits of the year, the n-th of that
// year in at least so many digits, and the check digit over all digits.
func Of(letter string, year, n, digits int) string {
	body := fmt.Sprintf("%02d%0*d", year%100, digits, n)
	return letter + body + string(rune('0'+CheckDigit(body)))
}

// Parse reads a number as people write it: in small letters, with spaces or
// dashes, in full-width digits. ok is false when it is none, or mistyped.
func Parse(letter, s string) (number string, ok bool) {
	digits, ok := Digits(strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(s)), letter))
	if !ok || len(digits) < 4 || len(digits) > 18 || !Right(digits) {
		return "", false
	}
	return letter + digits, true
}

// Digits returns what is left of a number without what people put between its
// digits; ok is false if something else is there.
func Digits(s string) (digits string, ok bool) {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r >= '０' && r <= '９':
			b.WriteRune(r - '０' + '0')
		case strings.ContainsRune(" 　-－–—·.", r):
		default:
			return "", false
		}
	}
	return b.String(), true
}

// Right reports whether the last digit is the check digit of those before it.
func Right(digits string) bool {
	n := len(digits) - 1
	return n > 0 && CheckDigit(digits[:n]) == int(digits[n]-'0')
}

// CheckDigit computes ISO 7064 MOD 11,10 over a string of digits: a digit
// misheard or two swapped are noticed.
func CheckDigit(digits string) int {
	p := 10
	for _, r := range digits {
		s := (p + int(r-'0')) % 10
		if s == 0 {
			s = 10
		}
		p = s * 2 % 11
	}
	return (11 - p) % 10
}
