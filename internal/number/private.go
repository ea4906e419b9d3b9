package number

import (
	"slices"
	"strings"
	"time"
)

// Private is a kind of number that doesn't belong into a text that others read.
type Private string

// The kinds.
const (
	Harmless Private = ""
	Identity Private = "identity" // the number of an identity card of the mainland
	BankCard Private = "card"
)

// A number that people write in groups has at most this many.
const maxGroups = 8

// piece is a run of digits in a text, with where it stands.
type piece struct {
	digits   string // the last may be X
	from, to int    // bytes of the text
}

// FindPrivate says whether a text holds a valid identity number or the number
// of a bank card, written in one piece or in groups, in ASCII or full width.
// Check digit, date and prefix must be right, so that other long numbers pass.
func FindPrivate(text string) Private {
	found := Harmless
	eachPrivate(text, func(kind Private, _, _ int) bool {
		found = kind
		return false
	})
	return found
}

// MaskPrivate replaces what FindPrivate finds by asterisks, where there is
// nobody whom to ask to take it out.
func MaskPrivate(text string) string {
	var b strings.Builder
	done := 0
	eachPrivate(text, func(_ Private, from, to int) bool {
		b.WriteString(text[done:from])
		b.WriteString("******")
		done = to
		return true
	})
	b.WriteString(text[done:])
	return b.String()
}

// eachPrivate calls found for each private number, from left to right, until it
// returns false.
func eachPrivate(text string, found func(kind Private, from, to int) bool) {
	for _, run := range runs(text) {
		for i := 0; i < len(run); i++ {
			kind, n := longest(run[i:])
			if n == 0 {
				continue
			}
			if !found(kind, run[i].from, run[i+n-1].to) {
				return
			}
			i += n - 1
		}
	}
}

// longest returns the private number that the most first pieces make up.
func longest(run []piece) (kind Private, pieces int) {
	joined := ""
	for i, p := range run[:min(len(run), maxGroups)] {
		joined += p.digits
		if k := kindOf(joined); k != Harmless {
			kind, pieces = k, i+1
		}
	}
	return kind, pieces
}

func kindOf(digits string) Private {
	switch {
	case isIdentity(digits):
		return Identity
	case isCard(digits):
		return BankCard
	}
	return Harmless
}

// runs splits a text into runs of digits in which nothing but one space or dash
// stands between the pieces.
func runs(text string) [][]piece {
	var all [][]piece
	var run []piece
	var p piece
	var digits []byte
	gap := 0 // separators since the last piece
	end := func() {
		if len(digits) > 0 {
			p.digits = string(digits)
			run, digits = append(run, p), nil
		}
	}
	for at, r := range text {
		d := digitOf(r)
		switch {
		case d >= '0':
			if len(digits) == 0 {
				p.from, gap = at, 0
			}
			digits, p.to = append(digits, d), at+len(string(r))
		case d == 'X' && len(digits) > 0:
			digits, p.to = append(digits, d), at+len(string(r))
			end()
		case strings.ContainsRune(" 　-－–·", r) && gap == 0:
			end()
			gap++
		default:
			end()
			all, run, gap = append(all, run), nil, 0
		}
	}
	end()
	return append(all, run)
}

// digitOf returns the ASCII digit of a rune, X for the last place of an identity
// number, 0 for anything else.
func digitOf(r rune) byte {
	switch {
	case r >= '0' && r <= '9':
		return byte(r)
	case r >= '０' && r <= '９':
		return byte(r - '０' + '0')
	case r == 'x' || r == 'X' || r == 'ｘ' || r == 'Ｘ':
		return 'X'
	}
	return 0
}

// provinces are the first two digits of identity numbers.
var provinces = []string{"11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37",
	"41", "42", "43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82", "83", "91"}

// isIdentity checks province, date of birth and the check digit of GB 11643.
func isIdentity(s string) bool {
	if len(s) != 18 || strings.Contains(s[:17], "X") || !slices.Contains(provinces, s[:2]) {
		return false
	}
	born, err := time.Parse("20060102", s[6:14])
	if err != nil || born.Year() < 1900 || born.Year() > 2099 {
		return false
	}
	return s[17] == identityCheck(s[:17])
}

// identityCheck is ISO 7064 MOD 11-2.
func identityCheck(body string) byte {
	sum := 0
	for _, r := range body {
		sum = (sum + int(r-'0')) * 2 % 11
	}
	return "0123456789X"[(12-sum)%11]
}

// isCard checks the length, the issuer's prefix and the check digit of Luhn.
func isCard(s string) bool {
	if len(s) < 16 || len(s) > 19 || strings.Contains(s, "X") {
		return false
	}
	prefix := func(of ...string) bool {
		return slices.ContainsFunc(of, func(p string) bool { return strings.HasPrefix(s, p) })
	}
	if !prefix("62", "9558", "60", "35", "51", "52", "53", "54", "55") && !(len(s) == 16 && prefix("4")) {
		return false
	}
	return luhn(s)
}

func luhn(s string) bool {
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
