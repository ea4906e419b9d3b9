package plaintext_test

import (
	"testing"
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
