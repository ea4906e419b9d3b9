package auth

import (
	"strings"
	"testing"
	"time"

	"bilin/internal/errs"

	"pgregory.net/rapid"
)

func TestFoldLogin(t *testing.T) {
	for in, want := range map[string]string{
		"  Town ": "town", "ＡＢ１２": "ab12", "张三": "张三", "lead\u3000": "lead", "STRASSE": "strasse",
	} {
		if got := FoldLogin(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "login")
		if once := FoldLogin(s); FoldLogin(once) != once {
			t.Fatalf("%q folds to %q and then to %q", s, once, FoldLogin(once))
		}
	})
}

func TestCheckPassword(t *testing.T) {
	cases := []struct{ login, password, code string }{
		{"town", "梅花三弄又一曲十个字", ""},
		{"town", "correct horse battery", ""},
		{"town", "short", "auth.password_short"},
		{"town", strings.Repeat("x", 300), "auth.password_long"},
		{"town", "aaaaaaaaaaaa", "auth.password_simple"},
		{"town", "啊啊啊啊啊啊啊啊啊啊", "auth.password_simple"},
		{"town", "1234567890", "auth.password_simple"},
		{"town", "          ", "auth.password_simple"},
		{"yutan-town", "Yutan-Town1", "auth.password_login"},
	}
	for _, c := range cases {
		err := CheckPassword(c.login, c.password)
		if (c.code == "") != (err == nil) {
			t.Errorf("%q: %v", c.password, err)
		}
		if err != nil && errs.As(err).Fields[0].Code != c.code {
			t.Errorf("%q: %v, want %s", c.password, err, c.code)
		}
	}
}

func TestBackoff(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	pair := try{free: freePair}
	var waits []time.Duration
	for range 15 {
		pair = pair.count(now)
		waits = append(waits, pair.locked(now))
	}
	for i, want := range []time.Duration{0, 0, 0, 0, 30 * time.Second, time.Minute, 2 * time.Minute} {
		if waits[i] != want {
			t.Errorf("after %d failures %v, want %v", i+1, waits[i], want)
		}
	}
	if waits[14] != longWait {
		t.Errorf("at last %v, want %v", waits[14], longWait)
	}
	if later := pair.count(now.Add(25 * time.Hour)); later.fails != 1 || later.locked(now.Add(25*time.Hour)) != 0 {
		t.Errorf("a day later: %+v", later)
	}
}

// The wait never shrinks as failures add up, and never exceeds an hour.
func TestBackoffGrows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 1000).Draw(t, "n")
		if a, b := backoff(n), backoff(n+1); a > b || b > longWait || a < firstWait {
			t.Fatalf("%d: %v, %v", n, a, b)
		}
	})
}

func TestTryKeys(t *testing.T) {
	a, b := tryKeys("town", "2001:db8:1:2::1"), tryKeys("town", "2001:db8:1:2:ffff::9")
	if a[2].key != b[2].key {
		t.Error("one IPv6 subscriber has several addresses to try from")
	}
	if c := tryKeys("town", "2001:db8:1:3::1"); c[2].key == a[2].key || c[1].key != a[1].key || c[0].key == a[0].key {
		t.Error("keys mix subscribers up")
	}
	if tryKeys("x", "::ffff:10.0.0.1")[2].key != tryKeys("x", "10.0.0.1")[2].key {
		t.Error("a mapped IPv4 address is another subscriber")
	}
}

func TestPasswordHash(t *testing.T) {
	ctx := t.Context()
	weak := newHasher(Params{Memory: 64, Time: 1, Threads: 1})
	strong := newHasher(Params{Memory: 128, Time: 1, Threads: 1})
	stored, err := weak.Hash(ctx, "correct horse")
	if err != nil || !strings.HasPrefix(stored, "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Fatal(stored, err)
	}
	cases := []struct {
		h                *hasher
		stored, password string
		fits, renew      bool
	}{
		{weak, stored, "correct horse", true, false},
		{strong, stored, "correct horse", true, true},
		{strong, stored, "wrong horse", false, false},
		{strong, "", "", false, false},
		{strong, "", "correct horse", false, false},
	}
	for _, c := range cases {
		fits, renew, err := c.h.Verify(ctx, c.stored, c.password)
		if err != nil || fits != c.fits || renew != c.renew {
			t.Errorf("%q against %q: %v %v %v", c.password, c.stored, fits, renew, err)
		}
	}
	if _, _, err := weak.Verify(ctx, "$2a$10$old", "x"); err == nil {
		t.Error("a foreign hash was taken")
	}
}

func TestHasherIsBounded(t *testing.T) {
	h := newHasher(Params{Memory: 64, Time: 1, Threads: 1})
	for range cap(h.queue) {
		h.queue <- struct{}{}
	}
	if _, err := h.Hash(t.Context(), "x"); errs.KindOf(err) != errs.Unavailable {
		t.Errorf("a full queue answers %v", err)
	}
}

func FuzzParsePHC(f *testing.F) {
	f.Add("$argon2id$v=19$m=64,t=1,p=1$c2FsdA$a2V5")
	f.Add("$argon2id$v=19$m=99999999,t=0,p=0$$")
	f.Fuzz(func(t *testing.T, s string) {
		if p, _, key, err := parsePHC(s); err == nil && (p.Time == 0 || p.Threads == 0 || len(key) != keyLen) {
			t.Fatalf("%q taken as %+v", s, p)
		}
	})
}

func TestDevice(t *testing.T) {
	for ua, want := range map[string]string{
		"Mozilla/5.0 (Linux; Android 14; M2) AppleWebKit/537.36 Chrome/120 Mobile Safari/537.36 MicroMessenger/8": "Android/WeChat",
		"Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 Chrome/120 Safari/537.36 Edg/120":                "Windows/Edge",
		"curl/8": "/",
	} {
		if got := Device(ua); got != want {
			t.Errorf("%q: %q, want %q", ua, got, want)
		}
	}
}
