package auth

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The vectors of RFC 6238, appendix B, cut to six digits.
func TestTOTPVectors(t *testing.T) {
	key := []byte("12345678901234567890")
	for at, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		if got := totpCode(key, totpStep(time.Unix(at, 0))); got != want {
			t.Errorf("at %d: %s, want %s", at, got, want)
		}
	}
}

// A code is good one step early or late, and never again once it was taken.
func TestTOTPMatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), 20, 20).Draw(t, "key")
		now := time.Unix(rapid.Int64Range(1e9, 4e9).Draw(t, "now"), 0)
		off := rapid.Int64Range(-5, 5).Draw(t, "off")
		code := totpCode(key, totpStep(now)+off)
		step, ok := totpMatch(key, code, now, 0)
		near := off >= -totpDrift && off <= totpDrift
		if near && !ok {
			t.Fatalf("refused %d steps off", off)
		}
		if ok && totpCode(key, step) != code {
			t.Fatalf("took %s for step %d", code, step)
		}
		if _, again := totpMatch(key, code, now, step); ok && again {
			if later, _ := totpMatch(key, code, now, step); later <= step { // another step may have the same six digits
				t.Fatal("took a code twice")
			}
		}
	})
}

func TestFoldCode(t *testing.T) {
	for typed, want := range map[string]string{
		" 123 456 ": "123456", "１２３４５６": "123456", "123-456": "123456", "ABCD-efgh-ijkl-mnop": "abcdefghijklmnop", "": "",
	} {
		if got := foldCode(typed); got != want {
			t.Errorf("%q: %q", typed, got)
		}
	}
	for code, want := range map[string]bool{"123456": true, "12345": false, "abcdef": false, "1234567": false} {
		if looksTimed(code) != want {
			t.Errorf("%q", code)
		}
	}
}

func TestTOTPAddress(t *testing.T) {
	want := "otpauth://totp/%E6%AF%94%E9%82%BB%20Bilin:town?issuer=%E6%AF%94%E9%82%BB%20Bilin&secret=ABC"
	if got := totpURI(issuer, "town", "ABC"); got != want {
		t.Errorf("%s", got)
	}
}

// Passkeys need a name over HTTPS, or localhost.
func TestPasskeySites(t *testing.T) {
	for site, want := range map[string]bool{
		"https://bilin.example": true, "https://bilin.example:8443": true, "http://localhost:8080": true,
		"http://bilin.example": false, "https://10.0.0.1": false, "http://127.0.0.1:8080": false, "": false, "http://:8080": false,
	} {
		if got := newPasskeys(site) != nil; got != want {
			t.Errorf("%q: %v", site, got)
		}
	}
}
