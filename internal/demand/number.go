package demand

import (
	"fmt"
	"strings"

	"bilin/internal/errs"
)

// A number is two digits of the year, a sequence of at least six, and a check
// digit after ISO 7064 MOD 11,10: all digits, so that it can be read out over a
// telephone, and a digit misheard or two swapped are noticed.

const seqDigits = 6

// NumberOf returns the number for the n-th demand of a year.
func NumberOf(year, n int) string {
	body := fmt.Sprintf("%02d%0*d", year%100, seqDigits, n)
	return body + string(rune('0'+checkDigit(body)))
}

// ParseNumber reads a number as people write it: with spaces or dashes, in
// full-width digits. A wrong check digit is an error of its own.
func ParseNumber(s string) (string, error) {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r >= '０' && r <= '９':
			b.WriteRune(r - '０' + '0')
		case strings.ContainsRune(" 　-－–—·.", r):
		default:
			return "", errs.E(errs.NotFound, "demand.number_wrong")
		}
	}
	n := b.String()
	if len(n) < 2+seqDigits+1 || len(n) > 18 {
		return "", errs.E(errs.NotFound, "demand.number_wrong")
	}
	if checkDigit(n[:len(n)-1]) != int(n[len(n)-1]-'0') {
		return "", errs.E(errs.NotFound, "demand.number_mistyped")
	}
	return n, nil
}

// Spoken writes a number in groups of three, as it is read aloud.
func Spoken(number string) string {
	var b strings.Builder
	for i, r := range number {
		if i > 0 && i%3 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// checkDigit computes ISO 7064 MOD 11,10 over a string of digits.
func checkDigit(digits string) int {
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
