package redact

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// shadow is a text as the patterns read it: half-width, lower case, digits of
// every script as 0 to 9, marks that show nothing as one and the same. Each of
// its characters stands for one of the text, so that what is found in the shadow
// is found in the text.
type shadow struct {
	text, source string
	from         []int // where in source the character at a byte of text begins
}

// unseen stands for characters that show nothing of their own.
const unseen = '\u200b'

func shadowOf(source string) shadow {
	s := shadow{source: source, from: make([]int, 0, len(source)+1)}
	var b strings.Builder
	b.Grow(len(source))
	for at, r := range source {
		n, _ := b.WriteRune(plain(r))
		for range n {
			s.from = append(s.from, at)
		}
	}
	s.from = append(s.from, len(source))
	s.text = b.String()
	return s
}

// find turns a range of the shadow into one of the text.
func (s shadow) find(kind Kind, start, end int) Find {
	f := Find{Kind: kind, Start: s.from[start], End: s.from[end]}
	f.instead = insteadOf(kind, s.source[f.Start:f.End])
	return f
}

// plain is the character that r stands for.
func plain(r rune) rune {
	switch {
	case r >= 0x4E00 && r <= 0x9FFF:
		return r
	case r < 0x80:
		return unicode.ToLower(r)
	case unicode.In(r, unicode.Cf, unicode.Mn, unicode.Me):
		return unseen
	case unicode.IsDigit(r):
		return digit(r)
	}
	if folded := []rune(norm.NFKC.String(string(r))); len(folded) == 1 {
		r = folded[0]
	}
	return unicode.ToLower(r)
}

// digit is the value of a decimal digit of any script. They come in tens.
func digit(r rune) rune {
	n := rune(0)
	for unicode.IsDigit(r - n - 1) {
		n++
	}
	return '0' + n%10
}
