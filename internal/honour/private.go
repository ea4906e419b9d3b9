package honour

import (
	"regexp"
	"strings"
	"unicode"

	"bilin/internal/number"
)

// mostDigits are as many as may stand together in a text: telephone numbers have more.
const mostDigits = 6

// harmless are a day, a month, some years and a number of this system.
var harmless = regexp.MustCompile(`\b(?:(?:19|20)\d\d[-–—~](?:19|20)\d\d|(?:19|20)\d\d[-./](?:1[0-2]|0?[1-9])(?:[-./](?:3[01]|[12]\d|0?[1-9]))?|[EHNX]\d{9})\b`)

// numerals are digits as one may write them out.
var numerals = strings.NewReplacer("〇", "0", "零", "0", "一", "1", "幺", "1", "二", "2", "两", "2", "三", "3", "四", "4", "五", "5", "六", "6", "七", "7", "八", "8", "九", "9")

// tells reports whether a text gives away the number of a telephone, an identity
// card or an account, in one piece or in groups.
func tells(text string) bool {
	if number.FindPrivate(text) != number.Harmless {
		return true
	}
	text = harmless.ReplaceAllString(numerals.Replace(strings.Map(digit, text)), "，")
	var groups []int
	gap := 0 // since the last digit
	for _, c := range text + "。" {
		switch {
		case unicode.IsDigit(c):
			if gap > 0 || len(groups) == 0 {
				groups = append(groups, 0)
			}
			groups[len(groups)-1]++
			gap = 0
		case gap < 2 && strings.ContainsRune(" -–—－_./·()（）", c):
			gap++
		default:
			if long(groups) {
				return true
			}
			groups, gap = nil, 0
		}
	}
	return false
}

// digit writes every script's digits as ASCII ones; of rare scripts only that it is one.
func digit(c rune) rune {
	switch {
	case c >= '０' && c <= '９':
		return c - '０' + '0'
	case unicode.IsDigit(c) && c > unicode.MaxASCII:
		return '0'
	}
	return c
}

// long reports whether digits in groups are a long number. Groups of two are days,
// hours and counts that follow each other.
func long(groups []int) bool {
	all, most := 0, 0
	for _, n := range groups {
		all, most = all+n, max(most, n)
	}
	return all > mostDigits && most != 2
}
