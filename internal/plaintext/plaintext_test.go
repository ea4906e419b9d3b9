package plaintext_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"bilin/internal/plaintext"
)

func TestOneLine(t *testing.T) {
	for s, want := range map[string]string{"": "", " \n\t ": "", "路灯  不亮\r\n了 ": "路灯 不亮 了", "\xff井\xfe盖": "井盖", "全　角": "全 角"} {
		if got := plaintext.OneLine(s); got != want {
			t.Errorf("%q is %q, want %q", s, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := plaintext.OneLine(string(rapid.SliceOf(rapid.Byte()).Draw(t, "s")))
		if !utf8.ValidString(s) || plaintext.OneLine(s) != s {
			t.Fatalf("%q isn't clean", s)
		}
	})
}

// TestMarksThatTurnTheText around, or hide in it, are dropped wherever input is read.
func TestMarksThatTurnTheText(t *testing.T) {
	for s, want := range map[string]string{
		"\u202e开会\u202c": "开会", "a\u2066b\u2069\u200f\u061c": "ab", "139\u200b0000": "1390000", "\ufeff灯\x00": "灯",
		"一\r\n二\t三": "一\n二\t三", "👨\u200d👩\u200d👧": "👨\u200d👩\u200d👧", "\xff井": "井",
	} {
		if got := plaintext.Lines(s); got != want {
			t.Errorf("%q is %q, want %q", s, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := plaintext.Lines(rapid.String().Draw(t, "s"))
		if plaintext.Lines(s) != s || strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Bidi_Control, r) }) {
			t.Fatalf("%q isn't clean", s)
		}
	})
}
