package auth

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// A code as people type it folds once, and no text is one by itself.
func FuzzCode(f *testing.F) {
	for _, s := range []string{"１２３ ４５６", "abcd-efgh", "—–　", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		code := foldCode(typed)
		if again := foldCode(code); utf8.ValidString(typed) && again != code && strings.TrimSpace(code) == code {
			t.Errorf("%q folds to %q and that to %q", typed, code, again)
		}
		if strings.ContainsAny(code, " -　") {
			t.Errorf("%q folds to %q", typed, code)
		}
		if Device(typed) == "" {
			t.Errorf("%q is no device at all", typed)
		}
	})
}
