package number

import "testing"

// What is read as a number is one whoever reads it again, and a mistyped digit is noticed.
func FuzzParse(f *testing.F) {
	f.Add("X", "X26 0000-17")
	f.Add("", "２６０００００１７")
	f.Add("L", Of("L", 2026, 12345, 4))
	f.Fuzz(func(t *testing.T, letter, typed string) {
		if len(letter) > 1 || letter != "" && (letter[0] < 'A' || letter[0] > 'Z') {
			return // letters are ours, what follows is typed
		}
		n, ok := Parse(letter, typed)
		if !ok {
			return
		}
		if again, ok := Parse(letter, n); !ok || again != n {
			t.Errorf("%q is read as %q, and that as %q", typed, n, again)
		}
		digits := []byte(n[len(letter):])
		digits[1] = '0' + (digits[1]-'0'+1)%10
		if other, ok := Parse(letter, letter+string(digits)); ok {
			t.Errorf("%q with a wrong digit is %q", n, other)
		}
	})
}
