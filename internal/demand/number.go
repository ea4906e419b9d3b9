package demand

import (
	"strings"

	"bilin/internal/errs"
	"bilin/internal/number"
)

// A number is two digits of the year, a sequence of at least six, and a check
// digit after ISO 7064 MOD 11,10: all digits, so that it can be read out over a
// telephone, and a digit misheard or two swapped are noticed.

const seqDigits = 6

// NumberOf returns the number for the n-th demand of a year.
func NumberOf(year, n int) string { return number.Of("", year, n, seqDigits) }

// ParseNumber reads a number as people write it: with spaces or dashes, in
// full-width digits. A wrong check digit is an error of its own.
func ParseNumber(s string) (string, error) {
	n, ok := number.Digits(s)
	switch {
	case !ok || len(n) < 2+seqDigits+1 || len(n) > 18:
		return "", errs.E(errs.NotFound, "demand.number_wrong")
	case !number.Right(n):
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
