// Package address folds Chinese addresses into keys that compare equal however they were typed.
//
// Rosters, door cards and people write the same door in many ways: 宁乡市玉潭
// 街道花明北路十二号, 花明北路１２号, 花明北路 12 號. Everything that stores, indexes
// or looks up an address goes through Key, so that the same door has one key.
package address

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold returns s in its one comparable form: half-width, lower case, without
// spaces and punctuation, simplified where rosters mix scripts, and with the
// numbers of houses, buildings and rooms in plain digits.
func Fold(s string) string {
	if !isPlain(s) {
		s = norm.NFKC.String(s)
	}
	var short [64]rune // most addresses fit; saves an allocation on the import's hot path
	b := short[:0]
	for _, r := range s {
		if r = foldRune(r); r != 0 {
			b = append(b, r)
		}
	}
	b = dropLooseDashes(b)
	b = foldNumbers(b)
	return foldWords(string(b))
}

// isPlain reports whether NFKC would leave s as it is: ASCII and the common
// Chinese characters. Nearly every address is, and normalising is slow.
func isPlain(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < utf8.RuneSelf {
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r < 0x4E00 || r > 0x9FFF {
			return false
		}
		i += size - 1
	}
	return true
}

func foldRune(r rune) rune {
	switch {
	case r >= 'A' && r <= 'Z':
		return r + 'a' - 'A'
	case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
		return r
	case r == '#':
		return '号'
	case r == '〇':
		return '零'
	case r == '-', r == '~', r >= 0x2010 && r <= 0x2015, r == 0x2212:
		return '-'
	case r >= 0x4E00 && r <= 0x9FFF:
		return simplify(r)
	case unicode.IsLetter(r) || unicode.IsDigit(r):
		return unicode.ToLower(r)
	}
	return 0
}

// simplify maps the traditional and variant characters that occur in addresses.
func simplify(r rune) rune {
	switch r {
	case '號':
		return '号'
	case '樓':
		return '楼'
	case '棟', '幢':
		return '栋'
	case '單':
		return '单'
	case '區':
		return '区'
	case '鄉':
		return '乡'
	case '鎮':
		return '镇'
	case '灣':
		return '湾'
	case '組':
		return '组'
	case '鄰':
		return '邻'
	case '層':
		return '层'
	case '門':
		return '门'
	case '園':
		return '园'
	case '東':
		return '东'
	}
	return r
}

// dropLooseDashes keeps a dash only between digits or letters: 12-3.
func dropLooseDashes(b []rune) []rune {
	out := b[:0]
	for i, r := range b {
		if r == '-' && (len(out) == 0 || !isWord(out[len(out)-1]) || i+1 == len(b) || !isWord(b[i+1])) {
			continue
		}
		out = append(out, r)
	}
	return out
}

func isWord(r rune) bool { return r < utf8.RuneSelf && r != '-' }

// foldWords unifies the words that mean the same part of an address.
func foldWords(s string) string {
	if !strings.Contains(s, "号") {
		return s
	}
	s = strings.ReplaceAll(s, "号楼", "栋")
	return strings.ReplaceAll(s, "号栋", "栋")
}
