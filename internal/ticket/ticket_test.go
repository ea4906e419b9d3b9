package ticket

import (
	"strings"
	"testing"
)

func TestKeysAreReadAsCopied(t *testing.T) {
	t.Parallel()
	a, b := New(), New()
	if a == b || len(a) != 26 {
		t.Errorf("keys %q and %q", a, b)
	}
	for _, ok := range []string{a, strings.ToUpper(a), Spoken(a), strings.NewReplacer("0", "O", "1", "l").Replace(a)} {
		if !Opens(ok, Hash(a)) {
			t.Errorf("%q refused", ok)
		}
	}
	for _, bad := range []string{"", " ", b, a[:25], a + "0"} {
		if Opens(bad, Hash(a)) {
			t.Errorf("%q accepted", bad)
		}
	}
	for key, opens := range map[string]bool{"O123 4567 89AB-CDEF GHJK MNPQ RS": true, "oI23456789abcdefghjkmnpqrs": true, "0123456789abcdefghjkmnpqrt": false} {
		if Opens(key, Hash("0123456789abcdefghjkmnpqrs")) != opens {
			t.Errorf("%q: %v", key, !opens)
		}
	}
	if Opens("", "") {
		t.Error("no key opens what has none")
	}
	if got := Spoken("0123456789ab"); got != "0123 4567 89ab" {
		t.Error(got)
	}
}
