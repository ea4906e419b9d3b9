package auth

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // RFC 6238 as every authenticator has it; what is asked of the hash holds
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Time-based codes of RFC 6238 with the only parameters that every
// authenticator knows: SHA-1, six digits, thirty seconds.
const (
	totpPeriod = 30 * time.Second
	totpDigits = 6
	totpKey    = 20 // bytes
	totpDrift  = 1  // steps that a telephone's clock may be off
)

// totpStep is the number of the period that a moment lies in.
func totpStep(at time.Time) int64 { return at.Unix() / int64(totpPeriod/time.Second) }

// totpCode is the code of one step.
func totpCode(key []byte, step int64) string {
	var message [8]byte
	binary.BigEndian.PutUint64(message[:], uint64(step)) //nolint:gosec // steps are positive
	mac := hmac.New(sha1.New, key)
	mac.Write(message[:])
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	n := binary.BigEndian.Uint32(sum[at:at+4]) & 0x7fffffff
	return fmt.Sprintf("%0*d", totpDigits, n%1_000_000)
}

// totpMatch returns the step whose code this is, of those around now and after
// last, the step of the code taken last: no code is good twice.
func totpMatch(key []byte, code string, now time.Time, last int64) (step int64, ok bool) {
	middle := totpStep(now)
	for s := middle - totpDrift; s <= middle+totpDrift; s++ {
		if subtle.ConstantTimeCompare([]byte(totpCode(key, s)), []byte(code)) == 1 && s > last {
			step, ok = s, true
		}
	}
	return step, ok
}

var totpText = base32.StdEncoding.WithPadding(base32.NoPadding)

// totpURI is what an authenticator reads from the QR code.
func totpURI(issuer, login, secret string) string {
	q := url.Values{"secret": {secret}, "issuer": {issuer}}
	return "otpauth://totp/" + url.PathEscape(issuer+":"+login) + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
}

// foldCode drops what people type into a code: blanks, hyphens, capitals,
// full-width digits.
func foldCode(code string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || r == '-' || r == '　' || r == '—' || r == '–':
			return -1
		case r >= '！' && r <= '～':
			return r - '！' + '!'
		}
		return r
	}, strings.ToLower(strings.TrimSpace(code)))
}

// looksTimed reports whether a folded code is one of an authenticator, not a
// recovery code.
func looksTimed(code string) bool {
	return len(code) == totpDigits && strings.Trim(code, "0123456789") == ""
}
