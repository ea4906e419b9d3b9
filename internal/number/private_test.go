package number_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"bilin/internal/number"
)

// All numbers are made up; 999 is no county.
func TestFindPrivate(t *testing.T) {
	for _, tt := range []struct {
		text, masked string
		want         number.Private
	}{
		{"我的身份证是439999199001010017，谢谢", "我的身份证是******，谢谢", number.Identity},
		{"身份证 439999 19900101 0017 。", "身份证 ****** 。", number.Identity},
		{"４３９９９９１９９００１０１００１７", "******", number.Identity},
		{"证号43999919900101002x", "证号43999919900101002x", number.Harmless}, // wrong check digit
		{"卡号6200 0000 0000 0005", "卡号******", number.BankCard},
		{"6200000000000005和6200-0000-0000-0005", "******和******", number.BankCard},
		{"6200000000000006", "6200000000000006", number.Harmless},
		{"电话13900000001 13900000002", "", number.Harmless},
		{"439999199013010011", "", number.Harmless},  // no 13th month
		{"4399991990010100172", "", number.Harmless}, // a longer number
		{"快递单号773300000000000", "", number.Harmless},
		{"2026-03-04 10:30到12:00，第3组12户", "", number.Harmless},
		{"", "", number.Harmless},
	} {
		if got := number.FindPrivate(tt.text); got != tt.want {
			t.Errorf("%q holds %q, want %q", tt.text, got, tt.want)
		}
		if tt.masked == "" {
			tt.masked = tt.text
		}
		if got := number.MaskPrivate(tt.text); got != tt.masked {
			t.Errorf("%q masked is %q, want %q", tt.text, got, tt.masked)
		}
	}
}

// TestEveryIdentityNumberIsFound wherever it stands, whatever the check digit.
func TestEveryIdentityNumberIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.StringMatching(`43[0-9]{4}(19[0-9]{2}|20[0-9]{2})(0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])[0-9]{3}`).Draw(t, "body")
		full := ""
		for _, c := range "0123456789X" {
			if number.FindPrivate(body+string(c)) == number.Identity {
				if full != "" {
					t.Fatalf("two check digits for %s", body)
				}
				full = body + string(c)
			}
		}
		if full == "" {
			t.Fatalf("no check digit for %s", body)
		}
		text := rapid.StringMatching(`[一-龥，。 ]{0,9}`).Draw(t, "before") + full + rapid.StringMatching(`[一-龥，。]{0,9}`).Draw(t, "after")
		if number.FindPrivate(text) != number.Identity || strings.Contains(number.MaskPrivate(text), full) {
			t.Fatalf("not found in %q", text)
		}
	})
}

func FuzzMaskPrivate(f *testing.F) {
	f.Add("身份证 439999 19900101 0017 和 6200 0000 0000 0005 x X")
	f.Fuzz(func(t *testing.T, text string) {
		masked := number.MaskPrivate(text)
		if (masked == text) != (number.FindPrivate(text) == number.Harmless) {
			t.Errorf("%q becomes %q", text, masked)
		}
		if utf8.ValidString(text) && !utf8.ValidString(masked) {
			t.Errorf("%q is broken to %q", text, masked)
		}
	})
}
