package number_test

import (
	"testing"

	"pgregory.net/rapid"

	"bilin/internal/number"
)

func TestCheckDigit(t *testing.T) {
	// The example of ISO 7064 for MOD 11,10.
	if got := number.CheckDigit("0794"); got != 5 {
		t.Fatalf("check digit of 0794 is %d, want 5", got)
	}
}

func TestMistypedNumbersAreNoticed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := number.Of("M", rapid.IntRange(2000, 2099).Draw(t, "year"), rapid.IntRange(1, 999_999).Draw(t, "n"), 5)
		if got, ok := number.Parse("M", n); !ok || got != n {
			t.Fatalf("%s reads as %q, %v", n, got, ok)
		}
		at := rapid.IntRange(1, len(n)-1).Draw(t, "at")
		digit := rapid.IntRange(0, 9).Draw(t, "digit")
		if int(n[at]-'0') == digit {
			return
		}
		wrong := n[:at] + string(rune('0'+digit)) + n[at+1:]
		if _, ok := number.Parse("M", wrong); ok {
			t.Fatalf("%s passes for %s", wrong, n)
		}
	})
}

func TestParseReadsWhatPeopleWrite(t *testing.T) {
	want := number.Of("M", 2026, 123, 5)
	for _, s := range []string{want, "m" + want[1:], want[:4] + " " + want[4:], want[:4] + "-" + want[4:], want[1:]} {
		if got, ok := number.Parse("M", s); !ok || got != want {
			t.Errorf("%q reads as %q, %v", s, got, ok)
		}
	}
	for _, s := range []string{"", "M", "M1", "Mabc", want + "x"} {
		if _, ok := number.Parse("M", s); ok {
			t.Errorf("%q is a number", s)
		}
	}
}
