package network

import (
	"strings"
	"testing"
)

// A telephone number that is taken is digits, and reads the same again.
func FuzzFoldPhone(f *testing.F) {
	for _, s := range []string{"１３８ ００００-0001", "+86 138", "(0731) 8888 8888", "+", "138a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		phone, ok := FoldPhone(typed)
		if !ok {
			return
		}
		digits := strings.TrimPrefix(phone, "+")
		if strings.Trim(digits, "0123456789") != "" || phone != "" && (len(digits) < 5 || len(digits) > 15) {
			t.Errorf("%q is taken as %q", typed, phone)
		}
		if again, ok := FoldPhone(phone); !ok || again != phone {
			t.Errorf("%q reads as %q", phone, again)
		}
	})
}

// A level is found by its own name only.
func FuzzParseLevel(f *testing.F) {
	f.Add("village")
	f.Add("村社区")
	f.Fuzz(func(t *testing.T, name string) {
		if level := ParseLevel(name); level != 0 && level.String() != name {
			t.Errorf("%q is level %s", name, level)
		}
	})
}
